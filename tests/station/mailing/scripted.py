"""A mail server that follows a script, and somebody who sends through our pool of connections."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass

from feedbackloop.mailing.smtp import Pool, Server, ServerAway, Verdict

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
        self.refuse = ""
        self.most = 0
        self.most_connections = 0
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
            if self._say(client, self._greeting()):
                return
            number = 0
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
                elif self._say(client, self._answer(verb, command, number)):
                    return
                elif verb == "DATA" and self.replies["DATA"].startswith("354"):
                    number += 1
                    if self._take(client, lines):
                        return
                elif verb == "QUIT":
                    return
        except (OSError, ssl.SSLError):
            pass
        finally:
            client.close()

    def _greeting(self) -> str:
        full = self.most_connections and self.connections > self.most_connections
        return "421 4.7.0 too many connections" if full else self.replies["greeting"]

    def _answer(self, verb: str, command: str, number: int) -> str:
        if verb == "MAIL" and self.most and number >= self.most:
            return "421 4.7.0 enough on this connection"
        if verb == "RCPT" and self.refuse and self.refuse in command:
            return "550 5.1.1 no such user"
        return self.replies.get(verb, "250 ok")

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
        else:
            return True  # the client left before the end: no message
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


@dataclass(frozen=True)
class Note:
    address: str
    content: bytes = MESSAGE
    sender: str = "us@ours.example"


class Connection:
    """A pool, and the office that it works for; `send` waits for the verdict."""

    def __init__(self, server: Server, size: int = 1) -> None:
        self.waiting: deque[Note] = deque()
        self.verdicts: list[tuple[Note, Verdict]] = []
        self.closed: list[str] = []
        self.pool: Pool[Note] = Pool(server, size, self, lambda: len(self.waiting), patience_s=())

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.pool.close()

    def send(self, *notes: Note) -> list[Verdict]:
        """Hands these over; their verdicts, in the order given."""
        self.waiting.extend(notes)
        self.verdicts = []
        until = time.monotonic() + 10
        while len(self.verdicts) < len(notes):
            assert time.monotonic() < until, "no verdict came"
            self.pool.pump(0.1)
        found = {note.address: verdict for note, verdict in self.verdicts}
        return [found[note.address] for note in notes]

    # What a pool asks of an office

    def next(self) -> Note | None:
        return self.waiting.popleft() if self.waiting else None

    def back(self, parcel: Note) -> None:
        self.waiting.appendleft(parcel)

    def done(self, parcel: Note, verdict: Verdict) -> None:
        self.verdicts.append((parcel, verdict))

    def closes(self, line: str) -> None:
        self.closed.append(line)

    def sign_in_wanted(self, line: str) -> None:
        raise ServerAway(line, sign_in=True)
