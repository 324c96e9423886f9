"""What our sender makes of a server's replies, and of the lack of them."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedbackloop.mailing.smtp import ACCEPTED, LATER, REFUSED, UNCERTAIN, Connection, Server, ServerAway, Verdict
from tests.support import need
from tests.support.instance import free_port

pytestmark = pytest.mark.network
MESSAGE = b"Subject: tea\r\n\r\n.leading dot\r\nbody\r\n"
CLOSE, HANG = "close", "hang"


class Scripted:
    """A mail server that says what a test tells it to at each step; CLOSE ends the connection, HANG says nothing."""

    def __init__(self, tls: ssl.SSLContext | None = None, offers: tuple[str, ...] = ("SIZE 1000000",)) -> None:
        self.replies = {
            "greeting": "220 ready",
            "MAIL": "250 ok",
            "RCPT": "250 ok",
            "DATA": "354 go on",
            "dot": "250 2.0.0 taken",
            "after": "",
        }
        self.offers = offers
        self.taken: list[bytes] = []
        self.commands: list[str] = []
        self.connections = 0
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        try:
            lines = client.makefile("rb")
            if self._say(client, self.replies["greeting"]):
                return
            while line := lines.readline():
                command = line.decode().strip()
                self.commands.append(command)
                verb = command.split(" ")[0].split(":")[0].upper()
                if verb == "EHLO":
                    self._ehlo(client)
                elif verb == "STARTTLS":
                    client.sendall(b"220 go\r\n")
                    assert self._tls is not None
                    client = self._tls.wrap_socket(client, server_side=True)
                    lines = client.makefile("rb")
                elif verb == "AUTH":
                    self._say(client, self.replies.get("AUTH", "235 welcome"))
                elif self._say(client, self.replies.get(verb, "250 ok")):
                    return
                elif verb == "DATA" and self.replies["DATA"].startswith("354"):
                    if self._take(client, lines):
                        return
                elif verb == "QUIT":
                    return
        except (OSError, ssl.SSLError):
            pass
        finally:
            client.close()

    def _ehlo(self, client: socket.socket) -> None:
        for offer in ("scripted.example", *self.offers):
            client.sendall(f"250-{offer}\r\n".encode())
        client.sendall(b"250 HELP\r\n")

    def _take(self, client: socket.socket, lines: object) -> bool:
        content = b""
        for line in iter(lines.readline, b""):  # type: ignore[attr-defined]
            if line == b".\r\n":
                break
            content += line
        self.taken.append(content)
        ended = self._say(client, self.replies["dot"])
        return ended or self.replies["after"] == CLOSE

    @staticmethod
    def _say(client: socket.socket, reply: str) -> bool:
        """True where the connection is at its end."""
        if reply == CLOSE:
            client.shutdown(socket.SHUT_RDWR)
            return True
        if reply == HANG:
            time.sleep(5)
            return True
        client.sendall(reply.encode() + b"\r\n")
        return reply.startswith("421")


@pytest.fixture
def server() -> Iterator[Scripted]:
    made = Scripted()
    yield made
    made.close()


def _connection(server: Scripted, **settings: object) -> Connection:
    return Connection(Server(**{"host": "127.0.0.1", "port": server.port, "command_s": 1.0, "dot_s": 1.0, **settings}))  # type: ignore[arg-type]


def _send(connection: Connection, to: str = "zoe@example.org") -> Verdict:
    return connection.send("us@ours.example", to, MESSAGE)


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
        connection.send("us@ours.example", "zoe@example.org", b".x\r\n..y\r\nno end of line")
    assert server.taken[0] == MESSAGE.replace(b"\r\n.", b"\r\n..")
    assert server.taken[1] == b"..x\r\n...y\r\nno end of line\r\n"


def test_one_connection_serves_many(server: Scripted) -> None:
    with _connection(server) as connection:
        for _message in range(20):
            assert _send(connection).outcome == ACCEPTED
    assert server.connections == 1
    assert server.commands[-1] == "quit"


def test_a_silent_server_holds_nobody(server: Scripted) -> None:
    server.replies["greeting"] = HANG
    began = time.monotonic()
    with pytest.raises(ServerAway), _connection(server) as connection:
        connection.open()
    assert time.monotonic() - began < 4


def test_a_wait_can_be_ended_from_outside(server: Scripted) -> None:
    server.replies["dot"] = HANG
    with _connection(server, dot_s=30.0) as connection:
        threading.Timer(0.3, connection.abort).start()
        began = time.monotonic()
        assert _send(connection).outcome == UNCERTAIN
    assert time.monotonic() - began < 3


def test_nobody_listening_is_said(server: Scripted) -> None:
    with pytest.raises(ServerAway, match="refused") as caught:
        _connection(server, port=free_port()).open()
    assert not caught.value.sign_in


def test_an_address_beyond_ascii_needs_a_server_that_knows_them(server: Scripted) -> None:
    with _connection(server) as connection:
        assert _send(connection, "zoë@example.org").outcome == REFUSED
        assert _send(connection).outcome == ACCEPTED
    server.offers = ("SMTPUTF8", "8BITMIME")
    with _connection(server) as connection:
        assert _send(connection, "zoë@example.org").outcome == ACCEPTED
    assert "rcpt TO:<zoë@example.org>" in server.commands


def test_the_size_is_told_where_it_is_asked_for(server: Scripted) -> None:
    with _connection(server) as connection:
        _send(connection)
    assert f"mail FROM:<us@ours.example> SIZE={len(MESSAGE)}" in server.commands


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
                connection.open()
            assert caught.value.sign_in
            assert "secret" not in caught.value.reason


def test_a_password_is_never_kept_back_in_silence(server: Scripted) -> None:
    """A server without AUTH would be mailed as a stranger; that is refused, not done."""
    with pytest.raises(ServerAway) as caught, _connection(server, username="us", password="secret") as connection:
        connection.open()
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
        one.open()
    assert not tls_server.taken


def test_a_certificate_for_another_name_is_refused(
    tls_server: Scripted, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with pytest.raises(ServerAway, match="certificate refused"), _connection(tls_server, tls=True) as connection:
        connection.open()


def test_a_trusted_server_is_spoken_to_encrypted(
    tls_server: Scripted, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with _connection(tls_server, host="localhost", tls=True) as connection:
        assert _send(connection).outcome == ACCEPTED
        assert connection.is_encrypted()


def test_encryption_that_is_asked_for_and_not_offered_is_an_error(server: Scripted) -> None:
    with pytest.raises(ServerAway), _connection(server, tls=True) as connection:
        connection.open()
    assert not server.taken


def test_what_a_server_says_is_kept_on_one_line_without_addresses(server: Scripted) -> None:
    server.replies["RCPT"] = "550-5.1.1 <zoe@example.org>: no\r\n550 5.1.1 such user (zoe@example.org)"
    with _connection(server) as connection:
        verdict = _send(connection)
    assert verdict.reply == "550 5.1.1 <(address)>: no 5.1.1 such user (address)"
