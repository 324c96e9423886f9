"""A mailbox that is read by IMAP: unseen messages, each marked as seen once it is written down."""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from feedbackloop.mailing.incoming.reading import LARGEST

_TIMEOUT_S = 30
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class MailboxAway(Exception):
    """The mailbox can't be reached or refuses us; `args[0]` says why, without the password."""


@dataclass(frozen=True)
class Account:
    host: str
    port: int
    user: str
    password: str
    folder: str
    encrypted: bool


class Mailbox:
    """An open mailbox. What the server says that is not OK is MailboxAway."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._link: imaplib.IMAP4 | None = None

    def __enter__(self) -> Self:
        found = self._account
        try:
            self._link = self._connect()
            self._link.login(found.user, found.password)
            # Quoted by hand: imaplib does it for no folder name.
            self._said(self._link.select('"' + found.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'))
        except (OSError, imaplib.IMAP4.error) as problem:
            self._close()
            raise MailboxAway(_why(problem)) from None
        except MailboxAway:
            self._close()
            raise
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _problem: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._close()

    def unseen(self, most: int) -> list[bytes]:
        """The ids of messages that nobody has seen, oldest first."""
        found = self._do("SEARCH", "UNSEEN")
        return (found[0] or b"").split()[:most] if found else []

    def fetch(self, uid: bytes) -> bytes | None:
        """A message, not marked by this; None where it is gone. One that is too large comes one byte over the limit."""
        size = _SIZE.search(b" ".join(_bytes(self._do("FETCH", uid.decode(), "(RFC822.SIZE)"))))
        if size is None:
            return None
        part = f"(BODY.PEEK[]<0.{LARGEST + 1}>)" if int(size[1]) > LARGEST else "(BODY.PEEK[])"
        for one in self._do("FETCH", uid.decode(), part):
            if isinstance(one, tuple) and len(one) > 1:
                return bytes(one[1])
        return None

    def mark_seen(self, uid: bytes, *, flagged: bool = False) -> None:
        """Marks a message as read; and with a flag, for a person to find, where it could not be read."""
        self._do("STORE", uid.decode(), "+FLAGS.SILENT", r"(\Seen \Flagged)" if flagged else r"(\Seen)")

    def _connect(self) -> imaplib.IMAP4:
        found = self._account
        if found.encrypted:
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(found.host, found.port, ssl_context=context, timeout=_TIMEOUT_S)
        return imaplib.IMAP4(found.host, found.port, timeout=_TIMEOUT_S)

    def _do(self, command: str, *given: str) -> list[Any]:
        assert self._link is not None
        try:
            return self._said(self._link.uid(command, *given))
        except (OSError, imaplib.IMAP4.error) as problem:
            raise MailboxAway(_why(problem)) from None

    @staticmethod
    def _said(answer: tuple[str, list[Any]]) -> list[Any]:
        if answer[0] != "OK":
            raise MailboxAway("the server refuses the folder or the command")
        return [one for one in answer[1] if one is not None]

    def _close(self) -> None:
        if self._link is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self._link.logout()
            self._link = None


def _bytes(answer: list[Any]) -> Iterator[bytes]:
    for one in answer:
        if isinstance(one, tuple):
            yield from (part for part in one if isinstance(part, bytes))
        elif isinstance(one, bytes):
            yield one


def _why(problem: Exception) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"certificate refused: {problem.verify_message}"
    if isinstance(problem, imaplib.IMAP4.abort):
        return "the connection broke"
    if isinstance(problem, imaplib.IMAP4.error):
        return "the server refuses the sign-in, or a command"
    return str(getattr(problem, "strerror", None) or type(problem).__name__)
