"""What is said on one open connection: one round trip a message where the server takes commands together (RFC 2920).

While the reply to one message is awaited, the envelope of the next one lies behind it in the same write. Its content
follows only after the server asked for it, so at any moment at most one message is handed over and not answered.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections import deque
from typing import Generic, Protocol, TypeVar

from feedbackloop.mailing.smtp.opening import Opened, Server
from feedbackloop.mailing.smtp.replies import (
    LATER,
    REFUSED,
    SERVICE_CLOSES,
    SIGN_IN_WANTED,
    UNCERTAIN,
    Verdict,
    judge,
    one_line,
)

_CHUNK = 65_536
# A server that talks without end is no mail server.
_LONGEST_REPLY = 65_536


class Parcel(Protocol):
    """One message: who it is from and for, as the envelope says it, and its bytes with CRLF line ends."""

    @property
    def sender(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def content(self) -> bytes: ...


P = TypeVar("P", bound=Parcel)


class Office(Protocol[P]):
    """Who has the messages. Each that was given out by `next` comes back once: in `done`, or untried in `back`."""

    def next(self) -> P | None: ...
    def done(self, parcel: P, verdict: Verdict) -> None: ...
    def back(self, parcel: P) -> None: ...
    def closes(self, line: str) -> None:
        """The server says 421: it wants nobody to talk to it for a while."""

    def sign_in_wanted(self, line: str) -> None:
        """The server says, in the middle of the conversation, that we are not signed in."""


class Dialogue(Generic[P]):
    """One connection that never blocks: `read` and `write` when the socket is ready, `begin` when it is idle."""

    def __init__(self, opened: Opened, server: Server, office: Office[P]) -> None:
        self.sock = opened.sock
        self.sock.setblocking(False)
        self.open = True
        self.is_watched = False  # whether who serves it is told when it can be written to
        self.deadline = 0.0  # by the monotonic clock; 0 while nothing is awaited
        self._opened, self._server, self._office = opened, server, office
        self._out = b""
        self._behind = 0  # how much of what is still to be written comes after a message's final dot
        self._in = b""
        self._lines: list[bytes] = []
        self._expected: deque[str] = deque()
        self._steps: tuple[bytes, ...] = ()  # commands still to be said one by one, without pipelining
        self._envelope: P | None = None
        self._handed: P | None = None
        self._refused: tuple[str, int, str] | None = None
        self._reset = False
        self._served = False

    @property
    def busy(self) -> bool:
        return self._envelope is not None or self._handed is not None or bool(self._expected)

    @property
    def wants_to_write(self) -> bool:
        return bool(self._out)

    def begin(self) -> bool:
        """Takes the next message, if there is one; only while nothing is awaited."""
        said = self._next_envelope()
        if said:
            self._say(said)
        return bool(said)

    def read(self) -> None:
        """Takes what the server said. Reports through the office."""
        try:
            data = self._receive()
        except (OSError, ssl.SSLError) as problem:
            self.lose(type(problem).__name__)
            return
        if data is None:
            return
        if not data:
            self.lose("closed by the server")
            return
        self._in += data
        if len(self._in) > _LONGEST_REPLY:
            self.lose("an endless reply")
            return
        *lines, self._in = self._in.split(b"\n")
        for line in lines:
            self._line(line)
            if not self.open:
                return

    def write(self) -> None:
        """Writes what the socket takes of what is to be said."""
        try:
            sent = self.sock.send(self._out)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except (OSError, ssl.SSLError) as problem:
            # What the server had said before it left is the better answer.
            self._last_words()
            self.lose(type(problem).__name__)
            return
        self._out = self._out[sent:]

    def lose(self, why: str) -> None:
        """The connection is no more: says what became of the messages on it."""
        if not self.open:
            return
        self.open = False
        handed, envelope = self._handed, self._envelope
        self._handed = self._envelope = None
        if handed is not None:
            if len(self._out) > self._behind:
                self._office.done(handed, Verdict(LATER, f"connection broke ({why})"))
            else:
                self._office.done(handed, Verdict(UNCERTAIN, f"no reply to the whole message ({why})"))
        if envelope is not None:
            if self._served or handed is not None:
                # A server may close a kept connection between two messages; that says nothing about this one.
                self._office.back(envelope)
            else:
                self._office.done(envelope, Verdict(LATER, f"connection broke ({why})"))
        self.hang_up()

    def leave(self) -> None:
        """Takes leave without waiting for an answer: what the server says to that changes nothing."""
        if self.open and not self._out:
            with contextlib.suppress(OSError, ssl.SSLError):
                self.sock.send(b"QUIT\r\n")
        self.hang_up()

    def hang_up(self) -> None:
        self.open = False
        with contextlib.suppress(OSError):
            self.sock.close()

    def withdraw(self) -> bool:
        """Gives an envelope that was announced back untried; True when nothing more is awaited that matters."""
        if self._handed is not None:
            return False
        if self._envelope is not None:
            self._office.back(self._envelope)
            self._envelope = None
            self.hang_up()
        return True

    # What is said

    def _say(self, data: bytes) -> None:
        self._out += data
        wait = self._server.dot_s if self._handed is not None else self._server.command_s
        self.deadline = time.monotonic() + wait
        self.write()

    def _next_envelope(self) -> bytes:
        """The commands that announce the next message; nothing where there is none."""
        while (parcel := self._office.next()) is not None:
            options = f" SIZE={len(parcel.content)}" if self._opened.size else ""
            if not (parcel.sender.isascii() and parcel.address.isascii()):
                if not self._opened.utf8:
                    self._office.done(parcel, Verdict(REFUSED, "the server takes no address beyond ASCII"))
                    continue
                options += " SMTPUTF8 BODY=8BITMIME"
            self._envelope, self._refused = parcel, None
            commands = [f"MAIL FROM:<{parcel.sender}>{options}\r\n", f"RCPT TO:<{parcel.address}>\r\n", "DATA\r\n"]
            names = ["mail", "rcpt", "data"]
            if self._reset:
                self._reset = False
                commands.insert(0, "RSET\r\n")
                names.insert(0, "rset")
            if self._opened.pipelining:
                self._expected.extend(names)
                return "".join(commands).encode()
            self._expected.append(names[0])
            self._steps = tuple(command.encode() for command in commands[1:])
            return commands[0].encode()
        return b""

    def _step(self) -> None:
        """Without pipelining: the next command, once the one before it was answered."""
        if self._steps:
            command, *rest = self._steps
            self._steps = tuple(rest)
            self._expected.append({b"M": "mail", b"R": "rcpt", b"D": "data"}[command[:1]])
            self._say(command)

    def _hand_over(self, parcel: P) -> None:
        self._envelope, self._handed = None, parcel
        self._expected.append("dot")
        behind = self._next_envelope() if self._opened.pipelining else b""
        self._behind = len(behind)
        self._say(stuffed(parcel.content) + behind)

    # What is answered

    def _receive(self) -> bytes | None:
        try:
            data = self.sock.recv(_CHUNK)
            if isinstance(self.sock, ssl.SSLSocket):
                while self.sock.pending():
                    data += self.sock.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        return data

    def _last_words(self) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            data = self._receive()
            if data:
                for line in data.split(b"\n"):
                    if self.open and line:
                        self._line(line)

    def _line(self, line: bytes) -> None:
        if line[3:4] == b"-" and line[:3].isdigit():
            self._lines.append(line[4:])
            return
        said = line[4:].strip()
        if self._lines:
            said, self._lines = b" ".join([*self._lines, said]), []
        try:
            code = int(line[:3])
        except ValueError:
            code, said = 0, line.strip()
        self._reply(code, said)

    def _reply(self, code: int, said: bytes) -> None:
        step = self._expected.popleft() if self._expected else ""
        if step == "dot":
            self._answered(code, said)
        elif code == SERVICE_CLOSES or not step:
            self._closing(step, one_line(code, said))
        elif step == "data":
            self._asked(code, said)
        else:
            self._told(step, code, said)

    def _told(self, step: str, code: int, said: bytes) -> None:
        """The reply to RSET, MAIL or RCPT."""
        fine = (250, 251, 252) if step == "rcpt" else (250,)
        if step in ("mail", "rcpt") and code not in fine and self._refused is None:
            self._refused = step, code, one_line(code, said)
            if not self._opened.pipelining:
                self._steps = ()
                self._turned_down()
                return
        if not self._opened.pipelining:
            self._step()
        elif step == "junk":
            self._idle()

    def _asked(self, code: int, said: bytes) -> None:
        """The reply to DATA."""
        parcel = self._envelope
        if code == 354 and self._refused is None and parcel is not None:
            self._hand_over(parcel)
            return
        if self._refused is None:
            self._refused = "data", code, one_line(code, said)
        if code == 354:
            # It asks for the content of a message that it refused: it gets none.
            self._expected.append("junk")
            self._say(b".\r\n")
        self._turned_down()

    def _turned_down(self) -> None:
        """The envelope was refused: says why, and goes on with the next message."""
        parcel, refused = self._envelope, self._refused
        self._envelope = self._refused = None
        assert parcel is not None
        assert refused is not None
        self._reset, self._served = True, True
        step, code, line = refused
        if code in SIGN_IN_WANTED:
            self._office.back(parcel)
            self._office.sign_in_wanted(line)
        elif step == "mail":
            # Our own address or the server's mood, never the recipient: refusing all mail must not end all mail.
            self._office.done(parcel, Verdict(LATER, line))
        else:
            self._office.done(parcel, judge(code, line, "address" if step == "rcpt" else "content"))
        self._idle()

    def _answered(self, code: int, said: bytes) -> None:
        """The reply to a whole message."""
        parcel, self._handed = self._handed, None
        assert parcel is not None
        line = one_line(code, said)
        self._served = True
        if code // 100 not in (2, 4, 5):
            self._office.done(parcel, Verdict(UNCERTAIN, line))
            self.lose("a reply that is none")
            return
        verdict = judge(code, line, "content")
        self._office.done(parcel, verdict)
        if code == SERVICE_CLOSES:
            self._closing("dot", line)
        elif not self._expected:
            self._idle()
        else:
            self.deadline = time.monotonic() + self._server.command_s

    def _closing(self, step: str, line: str) -> None:
        """421, or words that nobody asked for: this connection is over.

        Between two messages a server may say so to a connection that was used enough; anywhere else it means all of us.
        """
        between = self._served and step in ("", "mail", "rset", "junk") and self._handed is None
        if step and not between:
            parcel, self._envelope = self._envelope, None
            if parcel is not None and step in ("mail", "rcpt", "data") and self._handed is None:
                self._office.done(parcel, Verdict(LATER, line))
            elif parcel is not None:
                self._office.back(parcel)
            self._office.closes(line)
        self.lose("421")

    def _idle(self) -> None:
        if not self.busy and not self.begin():
            self.deadline = 0.0


def stuffed(content: bytes) -> bytes:
    """The message as it goes over the wire: dots at the beginning of a line doubled, and the final dot."""
    body = content.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    return body + b".\r\n"
