"""What our sender makes of a server's replies, and of the lack of them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedbackloop.mailing.smtp import ACCEPTED, LATER, REFUSED, UNCERTAIN, Server, ServerAway, Verdict, check
from tests.station.mailing.scripted import CLOSE, HANG, MESSAGE, Connection, Note, Scripted
from tests.support import need
from tests.support.instance import free_port

pytestmark = pytest.mark.network


@pytest.fixture(params=["one by one", "pipelining"])
def server(request: pytest.FixtureRequest) -> Iterator[Scripted]:
    """Each test runs against a server that takes one command at a time, and one that takes them together."""
    made = Scripted(offers=("SIZE 1000000", *(["PIPELINING"] if request.param == "pipelining" else [])))
    yield made
    made.close()


def _server(server: Scripted, **settings: object) -> Server:
    return Server(**{"host": "127.0.0.1", "port": server.port, "command_s": 1.0, "dot_s": 1.0, **settings})  # type: ignore[arg-type]


def _connection(server: Scripted, **settings: object) -> Connection:
    return Connection(_server(server, **settings))


def _send(connection: Connection, to: str = "zoe@example.org") -> Verdict:
    return connection.send(Note(to))[0]


@pytest.mark.parametrize(
    ("step", "reply", "outcome", "about"),
    [
        ("dot", "250 2.0.0 taken", ACCEPTED, None),
        ("dot", "250", ACCEPTED, None),
        ("RCPT", "251 will forward", ACCEPTED, None),
        ("RCPT", "550 5.1.1 no such user", REFUSED, "address"),
        ("RCPT", "553 5.1.3 bad address", REFUSED, "address"),
        ("RCPT", "550 5.2.1 mailbox closed", REFUSED, "address"),
        ("RCPT", "550 5.7.1 relaying denied", REFUSED, None),
        ("RCPT", "550 no", REFUSED, None),
        ("RCPT", "450 4.2.0 greylisted", LATER, None),
        ("RCPT", "421 4.3.2 closing", LATER, None),
        ("RCPT", CLOSE, LATER, None),
        ("RCPT", HANG, LATER, None),
        ("MAIL", "550 5.7.1 we do not know you", LATER, None),
        ("MAIL", "421 4.3.2 closing", LATER, None),
        ("MAIL", HANG, LATER, None),
        ("DATA", "451 4.3.0 not now", LATER, None),
        ("DATA", "554 5.7.1 no", REFUSED, "content"),
        ("DATA", CLOSE, LATER, None),
        ("dot", "451 4.3.0 not now", LATER, None),
        ("dot", "421 4.3.2 closing", LATER, None),
        ("dot", "554 5.7.1 content refused", REFUSED, "content"),
        ("dot", "552 5.3.4 too big", REFUSED, "content"),
        ("dot", "550 5.1.1 no such user", REFUSED, "address"),
        ("dot", "550 5.7.26 not authenticated", REFUSED, None),
        ("dot", CLOSE, UNCERTAIN, None),
        ("dot", HANG, UNCERTAIN, None),
        ("dot", "nonsense", UNCERTAIN, None),
        ("dot", "354 still going on", UNCERTAIN, None),
    ],
)
def test_every_reply_has_its_meaning(server: Scripted, step: str, reply: str, outcome: str, about: str | None) -> None:
    server.replies[step] = reply
    with _connection(server) as connection:
        verdict = _send(connection)
    assert (verdict.outcome, verdict.about) == (outcome, about)


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("RCPT", "550 5.1.1 no"),
        ("RCPT", "421 closing"),
        ("RCPT", CLOSE),
        ("DATA", "451 no"),
        ("dot", "554 no"),
        ("dot", CLOSE),
    ],
)
def test_the_next_message_goes_whatever_became_of_this_one(server: Scripted, step: str, reply: str) -> None:
    fine = server.replies[step]
    with _connection(server) as connection:
        server.replies[step] = reply
        assert _send(connection).outcome != ACCEPTED
        server.replies[step] = fine
        assert _send(connection).outcome == ACCEPTED


def test_a_server_that_closes_after_each_message_gets_each_once(server: Scripted) -> None:
    """The 250 is what counts: that the connection is gone afterwards says nothing about the message."""
    server.replies["after"] = CLOSE
    with _connection(server) as connection:
        assert [_send(connection).outcome for _ in range(3)] == [ACCEPTED] * 3
    assert len(server.taken) == 3
    assert server.connections == 3


def test_dots_are_doubled_and_every_byte_arrives(server: Scripted) -> None:
    with _connection(server) as connection:
        _send(connection)
        connection.send(Note("zoe@example.org", b".x\r\n..y\r\nno end of line"))
    assert server.taken[0] == MESSAGE.replace(b"\r\n.", b"\r\n..")
    assert server.taken[1] == b"..x\r\n...y\r\nno end of line\r\n"


def test_one_connection_serves_many(server: Scripted) -> None:
    with _connection(server) as connection:
        for _message in range(20):
            assert _send(connection).outcome == ACCEPTED
    assert server.connections == 1
    assert server.commands.count("DATA") == 20


def test_a_silent_server_holds_nobody(server: Scripted) -> None:
    server.replies["greeting"] = HANG
    with pytest.raises(ServerAway), _connection(server) as connection:
        _send(connection)


def test_a_wait_for_a_reply_can_be_ended(server: Scripted) -> None:
    server.replies["dot"] = HANG
    with _connection(server, dot_s=30.0) as connection:
        connection.waiting.append(Note("zoe@example.org"))
        while not server.taken:
            connection.pool.pump(0.1)
        connection.pool.finish(0.1)
        assert [verdict.outcome for _note, verdict in connection.verdicts] == [UNCERTAIN]


def test_finishing_waits_for_what_was_handed_over_and_begins_nothing(server: Scripted) -> None:
    with _connection(server) as connection:
        connection.waiting.extend(Note(f"p{n}@example.org") for n in range(9))
        while len(connection.verdicts) < 3:
            connection.pool.pump(0.1)
        waiting, connection.next = len(connection.waiting), lambda: None  # type: ignore[method-assign]
        connection.pool.finish(2)
        assert len(connection.waiting) - waiting <= 1, "an envelope that was announced comes back untried"
    assert len(connection.verdicts) + len(connection.waiting) == 9
    assert len(server.taken) == len(connection.verdicts)


def test_several_connections_share_the_messages(server: Scripted) -> None:
    notes = [Note(f"p{n}@example.org") for n in range(60)]
    with Connection(_server(server), size=4) as connection:
        assert [verdict.outcome for verdict in connection.send(*notes)] == [ACCEPTED] * 60
    assert len(server.taken) == 60
    assert 1 < server.connections <= 4


def test_one_refusal_among_many_is_one_refusal(server: Scripted) -> None:
    server.refuse = "p7@"
    notes = [Note(f"p{n}@example.org") for n in range(20)]
    with _connection(server) as connection:
        found = connection.send(*notes)
    assert [n for n, verdict in enumerate(found) if verdict.outcome != ACCEPTED] == [7]
    assert found[7].about == "address"
    assert server.connections == 1


def test_a_connection_that_was_used_enough_is_opened_anew(server: Scripted) -> None:
    """421 between two messages is about this connection; a fresh one that hears it means the whole server."""
    server.most = 5
    notes = [Note(f"p{n}@example.org") for n in range(12)]
    with _connection(server) as connection:
        assert [verdict.outcome for verdict in connection.send(*notes)] == [ACCEPTED] * 12
        assert not connection.closed
    assert server.connections == 3
    assert len(server.taken) == 12


def test_a_server_that_takes_no_more_connections_is_used_with_those_it_has(server: Scripted) -> None:
    server.most_connections = 2
    notes = [Note(f"p{n}@example.org") for n in range(60)]
    with Connection(_server(server), size=4) as connection:
        assert [verdict.outcome for verdict in connection.send(*notes)] == [ACCEPTED] * 60
        assert not connection.closed


def test_nobody_listening_is_said(server: Scripted) -> None:
    with pytest.raises(ServerAway, match="refused") as caught, _connection(server, port=free_port()) as connection:
        _send(connection)
    assert not caught.value.sign_in


def test_an_address_beyond_ascii_needs_a_server_that_knows_them(server: Scripted) -> None:
    with _connection(server) as connection:
        assert _send(connection, "zoë@example.org").outcome == REFUSED
        assert _send(connection).outcome == ACCEPTED
    server.offers = (*server.offers, "SMTPUTF8", "8BITMIME")
    with _connection(server) as connection:
        assert _send(connection, "zoë@example.org").outcome == ACCEPTED
    assert "RCPT TO:<zoë@example.org>" in server.commands


def test_the_size_is_told_where_it_is_asked_for(server: Scripted) -> None:
    with _connection(server) as connection:
        _send(connection)
    assert f"MAIL FROM:<us@ours.example> SIZE={len(MESSAGE)}" in server.commands


@pytest.mark.parametrize(
    ("reply", "fine"), [("235 welcome", True), ("535 5.7.8 wrong", False), ("454 4.7.0 later", False)]
)
def test_signing_in(server: Scripted, reply: str, fine: bool) -> None:
    server.offers = ("AUTH PLAIN",)
    server.replies["AUTH"] = reply
    with _connection(server, username="us", password="secret") as connection:
        if fine:
            assert _send(connection).outcome == ACCEPTED
        else:
            with pytest.raises(ServerAway) as caught:
                _send(connection)
            assert caught.value.sign_in
            assert "secret" not in caught.value.reason


def test_a_password_is_never_kept_back_in_silence(server: Scripted) -> None:
    """A server without AUTH would be mailed as a stranger; that is refused, not done."""
    with pytest.raises(ServerAway) as caught, _connection(server, username="us", password="secret") as connection:
        _send(connection)
    assert caught.value.sign_in


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for `localhost`, and its key."""
    program = shutil.which("openssl")
    if program is None:
        need.missing("there is no openssl to make a certificate with")
    made, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([program, *command, *names, "-keyout", str(key), "-out", str(made)], check=True, capture_output=True)
    return made, key


@pytest.fixture
def tls_server(certificate: tuple[Path, Path]) -> Iterator[Scripted]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    made = Scripted(context, ("STARTTLS",))
    yield made
    made.close()


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server: Scripted) -> None:
    with (
        pytest.raises(ServerAway, match="certificate refused"),
        _connection(tls_server, host="localhost", tls=True) as one,
    ):
        _send(one)
    assert not tls_server.taken


def test_a_certificate_for_another_name_is_refused(
    tls_server: Scripted, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with pytest.raises(ServerAway, match="certificate refused"), _connection(tls_server, tls=True) as connection:
        _send(connection)


def test_a_trusted_server_is_spoken_to_encrypted(
    tls_server: Scripted, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with _connection(tls_server, host="localhost", tls=True) as connection:
        assert _send(connection).outcome == ACCEPTED
    assert check(_server(tls_server, host="localhost", tls=True)), "it says that it was encrypted"


def test_encryption_that_is_asked_for_and_not_offered_is_an_error(server: Scripted) -> None:
    with pytest.raises(ServerAway), _connection(server, tls=True) as connection:
        _send(connection)
    assert not server.taken


def test_what_a_server_says_is_kept_on_one_line_without_addresses(server: Scripted) -> None:
    server.replies["RCPT"] = "550-5.1.1 <zoe@example.org>: no\r\n550 5.1.1 such user (zoe@example.org)"
    with _connection(server) as connection:
        verdict = _send(connection)
    assert verdict.reply == "550 5.1.1 <(address)>: no 5.1.1 such user (address)"
