"""Opening a connection to the mail server: greeted, encrypted where asked, certificate checked, signed in."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass

from feedbackloop.mailing.smtp.replies import SERVICE_CLOSES, SIGN_IN_WANTED, one_line


class ServerAway(Exception):
    """There is no talking to the server. `sign_in`: it refuses our name and password. `closing`: it said 421."""

    def __init__(self, reason: str, *, sign_in: bool = False, closing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sign_in = sign_in
        self.closing = closing


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
class Opened:
    """A connection that is ready for mail, and what the server offers on it."""

    sock: socket.socket
    pipelining: bool
    size: bool
    utf8: bool


def connect(server: Server) -> Opened:
    """An open, greeted, encrypted and signed-in connection. Raises ServerAway."""
    smtp = _signed_in(server)
    sock, file = smtp.sock, smtp.file
    assert sock is not None
    found = Opened(sock, smtp.has_extn("pipelining"), smtp.has_extn("size"), smtp.has_extn("smtputf8"))
    # The socket is ours from here on; smtplib would close it together with its own reader.
    smtp.sock = smtp.file = None
    if file is not None:
        file.close()
    return found


def check(server: Server) -> bool:
    """Connects, signs in and takes leave: whether it was encrypted. Raises ServerAway."""
    smtp = _signed_in(server)
    encrypted = smtp.sock is not None and is_encrypted(smtp.sock)
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    return encrypted


def is_encrypted(sock: socket.socket) -> bool:
    return isinstance(sock, ssl.SSLSocket)


def _signed_in(server: Server) -> smtplib.SMTP:
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
        raise _away(problem) from problem
    return smtp


def _sign_in(smtp: smtplib.SMTP, username: str, password: str) -> None:
    try:
        smtp.login(username, password)
    except smtplib.SMTPAuthenticationError as problem:
        raise ServerAway(one_line(problem.smtp_code, problem.smtp_error), sign_in=True) from None
    except smtplib.SMTPNotSupportedError:
        raise ServerAway("the server offers no sign-in", sign_in=True) from None


def _leave(smtp: smtplib.SMTP | None) -> None:
    if smtp is not None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.close()


def _away(problem: Exception) -> ServerAway:
    if isinstance(problem, smtplib.SMTPResponseException):
        code = problem.smtp_code
        line = one_line(code, problem.smtp_error)
        return ServerAway(line, sign_in=code in SIGN_IN_WANTED, closing=code == SERVICE_CLOSES)
    if isinstance(problem, ssl.SSLCertVerificationError):
        return ServerAway(f"certificate refused: {problem.verify_message}")
    if isinstance(problem, OSError) and problem.strerror:
        return ServerAway(problem.strerror)
    return ServerAway(type(problem).__name__)
