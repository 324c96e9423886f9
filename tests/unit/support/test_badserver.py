"""The bad mail server itself: what it takes, what it refuses and when it falls silent."""

from __future__ import annotations

import base64
import json
import smtplib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.badlog import moments, tally
from tests.support.badserver import BadServer

pytestmark = pytest.mark.network

LETTER = b"From: us@ours.example\r\nMessage-ID: <%d@ours.example>\r\nSubject: a\r\n b\r\n\r\n"


@pytest.fixture
def server() -> Iterator[BadServer]:
    with BadServer() as made:
        yield made


class Line:
    """A raw connection, to say what no library says."""

    def __init__(self, server: BadServer) -> None:
        self._socket = socket.create_connection((server.host, server.port), timeout=10)
        self._file = self._socket.makefile("rb")

    def say(self, *words: bytes) -> None:
        self._socket.sendall(b"".join(words))

    def hear(self, lines: int = 1) -> list[str]:
        return [self._file.readline().decode().rstrip("\r\n") for _ in range(lines)]

    def codes(self, lines: int = 1) -> list[str]:
        return [line[:3] for line in self.hear(lines)]

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.fixture
def line(server: BadServer) -> Iterator[Line]:
    made = Line(server)
    assert made.codes() == ["220"]
    yield made
    made.close()


def envelope(number: int) -> bytes:
    return b"MAIL FROM:<us@ours.example>\r\nRCPT TO:<p%d@x.example>\r\nDATA\r\n" % number


def send(server: BadServer, number: int = 1, recipient: str | None = None) -> tuple[int, bytes]:
    """One mail over a connection of its own; the reply, or the one that an error holds."""
    with smtplib.SMTP(server.host, server.port, timeout=10) as smtp:
        try:
            smtp.sendmail("us@ours.example", recipient or f"p{number}@x.example", LETTER % number + b"hello\r\n")
        except smtplib.SMTPRecipientsRefused as problem:
            return next(iter(problem.recipients.values()))
        except smtplib.SMTPResponseException as problem:
            return problem.smtp_code, bytes(problem.smtp_error)  # type: ignore[arg-type]
    return 250, b""


def test_a_message_and_the_next_envelope_in_one_write(server: BadServer, line: Line) -> None:
    line.say(envelope(1))
    assert line.codes(3) == ["250", "250", "354"]
    line.say(LETTER % 1, b"first\r\n.\r\n", envelope(2))
    assert line.codes(4) == ["250", "250", "250", "354"]
    line.say(LETTER % 2, b"second\r\n.\r\n", b"QUIT\r\n")
    assert line.codes(2) == ["250", "221"]
    assert [event["rcpt_to"] for event in server.log.of_kind("accepted")] == [["p1@x.example"], ["p2@x.example"]]


def test_dots_come_out_as_they_went_in(server: BadServer, line: Line) -> None:
    line.say(envelope(1))
    line.codes(3)
    line.say(b"..one\r\nSubject: x\r\n\r\n..\r\na.b\r\n.")
    time.sleep(0.05)  # the dot and its line end in two pieces
    line.say(b".two\r\n.", b"\r\n")
    assert line.codes() == ["250"]
    assert server.log.of_kind("accepted")[0]["body"] == ".one\r\nSubject: x\r\n\r\n.\r\na.b\r\n.two\r\n"


def test_an_empty_message_and_bare_line_ends(server: BadServer, line: Line) -> None:
    line.say(envelope(1))
    line.codes(3)
    line.say(b".\r\n", envelope(2))
    line.codes(4)
    line.say(b"a\nb\r\n.\r\n")
    line.codes()
    first, second = server.log.of_kind("accepted")
    assert (first["size"], first["bare_newline"], second["bare_newline"]) == (0, False, True)


def test_no_message_without_a_recipient(server: BadServer, line: Line) -> None:
    server.set(reject=("p1@*",))
    line.say(envelope(1), envelope(2))
    assert line.codes(6) == ["250", "550", "503", "250", "250", "354"]
    assert server.log.of_kind("refused")[0]["rcpt_to"] == ["p1@x.example"]


def test_what_it_offers(server: BadServer, line: Line) -> None:
    line.say(b"EHLO me\r\n")
    assert [offer[4:] for offer in line.hear(6)[3:]] == ["SMTPUTF8", "ENHANCEDSTATUSCODES", "PIPELINING"]
    server.set(pipelining=False, auth="a:b", multiline=True)
    line.say(b"EHLO me\r\n")
    assert [offer[4:] for offer in line.hear(6)[4:]] == ["ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"]
    line.say(b"NOOP\r\n")
    assert [said[:4] for said in line.hear(3)] == ["250-", "250-", "250 "]


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"tempfail": 100, "code": 450}, 450),
        ({"tempfail": 100, "stage": "mail", "code": 452}, 452),
        ({"tempfail": 100, "stage": "data"}, 451),
        ({"tempfail": 100, "stage": "dot"}, 451),
        ({"reject": ("p1@*",)}, 550),
        ({"defer": ("P1@*",), "code": 452}, 452),
        ({"data_reject": ("p1@*",)}, 554),
        ({"size": 20}, 552),
        ({"auth": "a:b"}, 530),
    ],
)
def test_refusals(server: BadServer, faults: dict[str, object], code: int) -> None:
    server.set(**faults)
    assert send(server)[0] == code
    assert server.log.accepted == 0
    assert server.log.of_kind("refused")[0]["code"] == code
    server.set()
    assert send(server)[0] == 250


def test_a_421_closes(server: BadServer, line: Line) -> None:
    server.set(tempfail=100, code=421)
    line.say(envelope(1))
    assert line.codes(3) == ["250", "421", ""]


def test_a_share_is_the_same_for_the_same_seed() -> None:
    seen = []
    for _ in range(2):
        with BadServer(seed=7, tempfail=50) as server:
            seen.append([send(server, number)[0] for number in range(12)])
    assert seen[0] == seen[1]
    assert set(seen[0]) == {250, 451}


def test_greylisting_looks_at_the_pair(server: BadServer) -> None:
    server.set(greylist=0)
    assert [send(server, number)[0] for number in (1, 2, 1, 2, 1)] == [450, 450, 250, 250, 250]


@pytest.mark.parametrize(
    ("drop", "taken", "unheard"),
    [("mid-data", 0, []), ("discard", 0, []), ("before-reply", 1, [True]), ("after-reply", 1, [False])],
)
def test_drops(server: BadServer, line: Line, drop: str, taken: int, unheard: list[bool]) -> None:
    server.set(drop=drop, drop_first=1)
    line.say(envelope(1))
    assert line.codes(3) == ["250", "250", "354"]
    line.say(LETTER % 1, b"x\r\n.\r\n")
    assert line.codes() == ["250" if drop == "after-reply" else ""]
    assert line.codes() == [""]
    assert [event["reply_lost"] for event in server.log.of_kind("accepted")] == unheard
    assert send(server, 2)[0] == 250
    assert server.log.accepted == taken + 1


@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data", "dot"])
def test_silence_at_a_stage(server: BadServer, stage: str) -> None:
    server.set(hang=stage, hang_first=1)
    quiet = Line(server)
    quiet._socket.settimeout(0.3)
    quiet.say(b"EHLO me\r\n", envelope(1))
    if stage == "dot":
        quiet.hear(10)
        quiet.say(LETTER % 1, b"x\r\n.\r\n")
    with pytest.raises(TimeoutError):
        quiet.hear(20)
    quiet._socket.close()
    quiet.close()
    assert server.log.wait(lambda: bool(server.log.of_kind("hung")), 5)
    assert server.log.of_kind("hung")[0]["stage"] == stage
    assert send(server, 2)[0] == 250


def test_a_slow_dot_takes_the_message_though_nobody_waits(server: BadServer, line: Line) -> None:
    server.set(dot_delay=0.2, dot_delay_first=1)
    line.say(envelope(1))
    line.codes(3)
    line.say(LETTER % 1, b"x\r\n.\r\n")
    line.close()
    assert server.wait(1, 10)
    assert server.log.of_kind("accepted")[0]["reply_lost"]


def test_limits_of_connections(server: BadServer, line: Line) -> None:
    server.set(per_connection=1, connections=1)
    line.say(envelope(1))
    line.codes(3)
    line.say(LETTER % 1, b"x\r\n.\r\n", envelope(2))
    assert line.codes(2) == ["250", "421"]
    server.set(connections=1)
    first, second = Line(server), Line(server)
    assert first.codes() + second.codes() == ["220", "421"]
    first.close()
    second.close()


def test_signing_in(server: BadServer) -> None:
    server.set(auth="ann:secret")
    with smtplib.SMTP(server.host, server.port, timeout=10) as smtp:
        assert smtp.login("ann", "secret")[0] == 235
        smtp.sendmail("us@ours.example", "p@x.example", LETTER % 1)
    with smtplib.SMTP(server.host, server.port, timeout=10) as smtp:
        smtp.ehlo()
        assert smtp.docmd("AUTH", "LOGIN " + base64.b64encode(b"ann").decode())[0] == 334
        assert smtp.docmd(base64.b64encode(b"wrong").decode())[0] == 535
        assert smtp.docmd("AUTH", "PLAIN ###")[0] == 501
    server.set(auth="tempfail")
    with smtplib.SMTP(server.host, server.port, timeout=10) as smtp, pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login("ann", "secret")
    assert [event["code"] for event in server.log.of_kind("refused")][-1] == 454


def test_faults_that_come_at_a_number_of_messages(server: BadServer) -> None:
    server.at(2, reject=("*",))
    assert [send(server, number)[0] for number in range(4)] == [250, 250, 550, 550]


def test_the_server_is_started_anew(server: BadServer, line: Line) -> None:
    server.cut()
    assert line.hear() == [""]
    assert send(server)[0] == 250


def test_the_log_and_the_count(tmp_path: Path) -> None:
    path = tmp_path / "mail.jsonl"
    with BadServer(path) as server:
        for number in (1, 2, 1):
            send(server, number)
    kept = [json.loads(text) for text in path.read_text().splitlines()]
    assert kept == server.log.events
    assert kept[0]["message_id"] == "<1@ours.example>"
    assert ["Subject", "a b"] in kept[0]["headers"]
    found = tally(kept, ["P1@x.example", "p3@x.example"])
    assert (found.accepted, found.lost, found.unexpected) == (3, ("p3@x.example",), ("p2@x.example",))
    assert found.copies == {("p1@x.example", "<1@ours.example>"): 1}
    assert found.doubled == 1
    assert len(moments(kept, ("p1@x.example", "<1@ours.example>"))) == 2
