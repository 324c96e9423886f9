"""A sender of our own on the standard library's SMTP: time-outs, checked certificates, a verdict for each message."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self

ACCEPTED = "accepted"
REFUSED = "refused"  # for good
LATER = "later"  # refused for now, or the connection broke before the end of the message
UNCERTAIN = "uncertain"  # all of it was handed over and no reply came

_ADDRESS = re.compile(r"[^\s<>@\"']+@[^\s<>@\"']+")
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_LENGTH = 300
_SERVICE_CLOSES = 421


class ServerAway(Exception):
    """There is no talking to the server. `sign_in` is True where it refuses our name and password."""

    def __init__(self, reason: str, *, sign_in: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sign_in = sign_in


@dataclass(frozen=True)
class Server:
    """Where mail is handed over, and how long to wait. `dot_s` is for the reply to a whole message, in seconds."""

    host: str
    port: int
    tls: bool = False
    ssl: bool = False
    username: str | None = None
    password: str | None = None
    own_name: str = "localhost"
    command_s: float = 30.0
    dot_s: float = 120.0


@dataclass(frozen=True)
class Verdict:
    """What became of one message. `reply` is the server's, on one line and without addresses.

    `about` says what a refusal for good is about: the `address`, the `content`, or None where the server does not say.
    """

    outcome: str
    reply: str
    about: str | None = None


class Connection:
    """A connection that is kept open over many messages and opened again when it broke. One thread sends on it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None
        self._used = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _problem: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Connects, encrypts and signs in, where that is not done yet. Raises ServerAway."""
        if self._smtp is None:
            self._smtp, self._used = _connect(self.server), False

    def is_encrypted(self) -> bool:
        return self._smtp is not None and isinstance(self._smtp.sock, ssl.SSLSocket)

    def send(self, sender: str, recipient: str, content: bytes) -> Verdict:
        """Hands over one message (with CRLF line ends) to one recipient. Raises ServerAway without a connection."""
        self.open()
        for _try in range(2):
            assert self._smtp is not None
            fresh, self._used = not self._used, True
            try:
                return self._converse(self._smtp, sender, recipient, content)
            except (OSError, smtplib.SMTPException) as problem:
                self._drop()
                if fresh:
                    return Verdict(LATER, f"connection broke ({type(problem).__name__})")
                # A server may close a kept connection between two messages; that says nothing about this one.
                self.open()
        return Verdict(LATER, "connection broke twice")

    def close(self) -> None:
        """Takes leave. What the server says to that changes nothing about what it accepted."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if self._smtp.sock is not None:
                    self._smtp.sock.settimeout(min(5.0, self.server.command_s))
                self._smtp.quit()
            self._drop()

    def abort(self) -> None:
        """Ends a wait for the server at once; may be called from another thread."""
        smtp = self._smtp
        if smtp is not None and smtp.sock is not None:
            with contextlib.suppress(OSError):
                smtp.sock.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.close()
        self._smtp = None

    def _converse(self, smtp: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> Verdict:
        """The dialogue of one message. What it raises happened before the message was handed over."""
        beyond_ascii = not (sender + recipient).isascii()
        if beyond_ascii and not smtp.has_extn("smtputf8"):
            return Verdict(REFUSED, "the server takes no address beyond ASCII")
        options = [f"SIZE={len(content)}"] if smtp.has_extn("size") else []
        code, said = smtp.mail(sender, [*options, "SMTPUTF8", "BODY=8BITMIME"] if beyond_ascii else options)
        if code != 250:
            # Our own address or the server's mood, never the recipient: refusing all mail must not end all mail.
            return self._after(code, Verdict(LATER, _line(code, said)))
        code, said = smtp.rcpt(recipient)
        if code not in (250, 251, 252):
            return self._after(code, _judge(code, said, "address"))
        code, said = smtp.docmd("DATA")
        if code != 354:
            return self._after(code, _judge(code, said, "content"))
        smtp.send(_stuffed(content))
        assert smtp.sock is not None
        smtp.sock.settimeout(self.server.dot_s)
        try:
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as problem:
            self._drop()
            return Verdict(UNCERTAIN, f"no reply to the whole message ({type(problem).__name__})")
        smtp.sock.settimeout(self.server.command_s)
        if code // 100 not in (2, 4, 5):
            self._drop()
            return Verdict(UNCERTAIN, _line(code, said))
        return self._after(code, _judge(code, said, "content"), reset=False)

    def _after(self, code: int, verdict: Verdict, *, reset: bool = True) -> Verdict:
        """Makes the connection fit for the next message."""
        assert self._smtp is not None
        if code == _SERVICE_CLOSES or code < 0:
            self._drop()
        elif verdict.outcome != ACCEPTED and reset:
            try:
                self._smtp.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        return verdict


def _connect(server: Server) -> smtplib.SMTP:
    """An open, greeted, encrypted and signed-in connection."""
    smtp: smtplib.SMTP | None = None
    try:
        if server.ssl:
            smtp = smtplib.SMTP_SSL(
                server.host,
                server.port,
                local_hostname=server.own_name,
                timeout=server.command_s,
                context=ssl.create_default_context(),
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, local_hostname=server.own_name, timeout=server.command_s)
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if server.tls:
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if server.username and server.password:
            _sign_in(smtp, server.username, server.password)
    except ServerAway:
        _leave(smtp)
        raise
    except (OSError, smtplib.SMTPException) as problem:
        _leave(smtp)
        raise ServerAway(_why(problem)) from problem
    return smtp


def _sign_in(smtp: smtplib.SMTP, username: str, password: str) -> None:
    try:
        smtp.login(username, password)
    except smtplib.SMTPAuthenticationError as problem:
        raise ServerAway(_line(problem.smtp_code, problem.smtp_error), sign_in=True) from None
    except smtplib.SMTPNotSupportedError:
        raise ServerAway("the server offers no sign-in", sign_in=True) from None


def _leave(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.close()


def _why(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return _line(problem.smtp_code, problem.smtp_error)
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"certificate refused: {problem.verify_message}"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return type(problem).__name__


def _judge(code: int, said: bytes, stage: str) -> Verdict:
    """What a reply means. RFC 5321: 2yz taken, 5yz not ever, anything else not now."""
    line = _line(code, said)
    if 200 <= code < 300:
        return Verdict(ACCEPTED, line)
    if 500 <= code < 600:
        return Verdict(REFUSED, line, _about(code, line, stage))
    return Verdict(LATER, line)


def _about(code: int, line: str, stage: str) -> str | None:
    """5.1.x and 5.2.1: the mailbox does not exist or is closed; 552 and 554 after the message: its content."""
    found = _ENHANCED.search(line)
    detail = found[1] if found else ""
    if code in (550, 551, 553) and (detail.startswith("5.1.") or detail == "5.2.1"):
        return "address"
    if stage == "content" and code in (552, 554):
        return "content"
    return None


def _line(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    flat = " ".join(text.split())
    return _ADDRESS.sub("(address)", f"{code} {flat}")[:_REPLY_LENGTH]


def _stuffed(content: bytes) -> bytes:
    """The message as it goes over the wire: dots at the beginning of a line doubled, and the final dot."""
    body = content.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    return body + b".\r\n"
