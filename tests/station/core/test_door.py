"""The product's own server as a process of its own: kept pages on the wire, and what others change."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from feedbackloop.core import queue
from feedbackloop.improvements.service import Words
from tests.support.clock import Clock
from tests.support.improver import NL, Improver
from tests.support.instance import free_port
from tests.support.smtp import Sink
from tests.support.source import ROOT
from tests.support.valkey import Valkey

PATH = "/improvements/"
PROMISED_S = 5.0
# After this long a process knows of what is counted as well.
SEEN_S = 3.0


class Wire:
    """A connection to the server; answers are read one at a time, as they come."""

    def __init__(self, port: int, room: int | None = None) -> None:
        self._socket = socket.socket()
        if room is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self._socket.settimeout(20)
        self._socket.connect(("127.0.0.1", port))
        self._read = b""

    def send(self, *lines: str, path: str = PATH, method: str = "GET", body: str = "") -> None:
        head = "".join(f"{line}\r\n" for line in (f"{method} {path} HTTP/1.1", "Host: localhost", *lines))
        self.send_raw(f"{head}\r\n{body}".encode())

    def send_raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self, with_body: bool = True) -> tuple[str, dict[str, str], bytes]:
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", 0)) if with_body else 0
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return status.removeprefix("HTTP/1.1 "), headers, body

    def ask(self, *lines: str, path: str = PATH, method: str = "GET") -> tuple[str, dict[str, str], bytes]:
        self.send(*lines, path=path, method=method)
        return self.answer(with_body=method != "HEAD")

    def is_over(self) -> bool:
        return not self._read and self._socket.recv(1) == b""

    def close(self) -> None:
        self._socket.close()

    def _more(self) -> None:
        data = self._socket.recv(65536)
        assert data, "the server closed the connection"
        self._read += data


class Web:
    """`feedbackloop web`, with one process that serves."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.log = log
        words = [sys.executable, "-m", "feedbackloop", "web", "--port", str(self.port), "--workers", "1"]
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with log.open("wb") as to:
            self.process = subprocess.Popen(words, cwd=ROOT, env={**kept, **environ}, stderr=to, stdout=to)
        _until(lambda: Wire(self.port).ask(path="/healthz")[0] == "200 OK", 60)

    def rendered(self) -> int:
        """How often a page of the log was made."""
        return self.log.read_text().count(f'"route": "{PATH}"')

    def ends(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def _until(ask: Callable[[], bool], limit_s: float = PROMISED_S) -> None:
    end = time.monotonic() + limit_s
    while True:
        try:
            if ask():
                return
        except OSError:
            pass
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def web(settings_env: dict[str, str], valkey: Valkey, sink: Sink, app: Flask, tmp_path: Path) -> Iterator[Web]:
    made = Web(settings_env, tmp_path / "log")
    yield made
    made.process.kill()
    made.process.wait(10)


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Clock) -> Improver:
    return Improver(app, sink, clock)


def test_a_kept_page_is_answered_on_the_wire_as_gunicorn_answers(people: Improver, web: Web) -> None:
    people.public()
    time.sleep(SEEN_S)
    wire = Wire(web.port)
    # The first one is rendered; one that names a length is read by gunicorn.
    first, by_gunicorn = wire.ask(), wire.ask("Content-Length: 0")
    status, headers, body = wire.ask()
    for one in (first, by_gunicorn):
        own = ("date", "x-request-id")
        assert [one[0].upper(), one[2]] == [status, body]
        assert {k: v for k, v in one[1].items() if k not in own} == {k: v for k, v in headers.items() if k not in own}
    assert NL.we_did in body.decode()
    assert web.rendered() == 1

    _status, head_only, nothing = wire.ask(method="HEAD")
    assert (head_only["content-length"], nothing) == (headers["content-length"], b"")
    assert wire.ask(f"If-None-Match: {headers['etag']}")[0] == "304 NOT MODIFIED"
    small = wire.ask("Accept-Encoding: gzip, deflate, br")
    assert (small[1]["content-encoding"], small[1]["vary"]) == ("br", "Accept-Language, Accept-Encoding")
    assert wire.ask("X-Request-ID: given-to-us-1234")[1]["x-request-id"] == "given-to-us-1234"
    assert wire.ask()[1]["x-request-id"] != headers["x-request-id"]
    assert wire.ask("Cookie: feedbackloop_staff=none")[2] == body
    assert web.rendered() == 2

    # Two at once, one in pieces, one with a body, and the next one is read where it begins.
    wire.send()
    wire.send(path="/healthz")
    assert [wire.answer()[0].upper() for _ in range(2)] == ["200 OK", "200 OK"]
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    for part in (request[:10], request[10:40], request[40:]):
        wire.send_raw(part)
        time.sleep(0.1)
    assert wire.answer()[2] == body
    wire.send("Content-Length: 3", method="POST", body="a=b")
    assert wire.answer()[0].startswith("405")
    assert wire.ask()[2] == body

    assert wire.ask("Host: elsewhere.example")[0].startswith("400")
    wire = Wire(web.port)
    wire.send_raw(f"GET {PATH} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n".encode())
    assert wire.answer()[0].startswith("400")
    assert wire.ask("Connection: close")[1]["connection"] == "close"
    assert wire.is_over()
    old = Wire(web.port)
    old.send_raw(f"GET {PATH} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
    assert old.answer()[2] == body
    assert old.is_over()


def test_many_connections_each_get_their_own_answer_and_end_in_order(people: Improver, web: Web) -> None:
    people.public()
    body = Wire(web.port).ask()[2]
    wires = [Wire(web.port) for _ in range(40)]
    for _ in range(5):
        for number, wire in enumerate(wires):
            wire.send(f"X-Request-ID: connection-{number}")
        for number, wire in enumerate(wires):
            _status, headers, found = wire.answer()
            assert (headers["x-request-id"], found) == (f"connection-{number}", body)
    # One that asks and does not read takes nothing from the others, and gets all in the end.
    slow = Wire(web.port, room=4096)
    for _ in range(60):
        slow.send()
        time.sleep(0.01)
    assert wires[0].ask()[2] == body
    assert [slow.answer()[2] for _ in range(60)] == 60 * [body]
    assert slow.ask()[2] == body
    for wire in wires[:20]:
        wire.close()
    wires[20].send()
    assert wires[20].answer()[2] == body
    assert web.ends() == 0
    assert "Traceback" not in web.log.read_text()


def test_a_change_is_seen_in_another_process(
    people: Improver, web: Web, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through Redis; and where nobody wakes it, or Redis is away, by its own look into the database."""
    improvement = people.public()

    def shows(words: str) -> bool:
        wire = Wire(web.port)
        found = wire.ask()[2].decode()
        wire.close()
        return words in found

    assert shows(NL.we_did)
    people.changes(improvement, texts={"nl": Words(NL.you_said, "Wij bellen nu terug.")})
    _until(lambda: shows("Wij bellen nu terug."))
    monkeypatch.setattr(queue, "tell", lambda *_given: False)
    people.changes(improvement, texts={"nl": Words(NL.you_said, "Wij mailen nu terug.")})
    _until(lambda: shows("Wij mailen nu terug."))
    people.unpublishes(improvement)
    _until(lambda: not shows("Wij mailen nu terug."))
