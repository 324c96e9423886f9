"""The mail that a running instance kept in its local mailbox."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import urlsplit

from feedbackloop.up import mailbox

# What is due goes within 5 s; a machine that runs the tests besides may be slower.
ARRIVES_WITHIN_S = 20
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Letter:
    """A message, by the id that it has in the mailbox."""

    id: str
    message: EmailMessage

    @property
    def to(self) -> str:
        return getaddresses([str(self.message["To"])])[0][1]

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return mailbox.part(self.message, "plain")

    @property
    def html(self) -> str:
        return mailbox.part(self.message, "html")

    @property
    def path(self) -> str:
        """Where the local mailbox shows it."""
        return f"/mailbox/{self.id}"

    def links(self) -> list[str]:
        """Every address in the two parts and in the header for opting out, once each."""
        said = f"{self.text} {self.html.replace('&amp;', '&')} {self.message['List-Unsubscribe'] or ''}"
        return list(dict.fromkeys(_LINK.findall(said)))

    def link(self, under: str) -> str:
        """The first link whose path begins so, without the host."""
        found = [parts for link in self.links() if (parts := urlsplit(link)).path.startswith(under)]
        assert found, f"no {under} in: {self.text}"
        return found[0].path + (f"?{found[0].query}" if found[0].query else "")


class Letters:
    """The mailbox of one instance folder."""

    def __init__(self, instance: Path) -> None:
        self._instance = instance

    def all(self) -> list[Letter]:
        """In the order they came."""
        found = ((one, mailbox.read(self._instance, one)) for one in reversed(mailbox.ids(self._instance)))
        return [Letter(one, message) for one, message in found if message is not None]

    def to(self, address: str) -> list[Letter]:
        return [one for one in self.all() if one.to == address]

    def wait_for(self, address: str, count: int = 1, *, seconds: float = ARRIVES_WITHIN_S) -> Letter:
        """Waits until the `count`-th message to this address is there, and gives it."""
        eventually(lambda: len(self.to(address)) >= count, seconds, lambda: self._said(address))
        return self.to(address)[count - 1]

    def _said(self, address: str) -> str:
        return f"mail to {address}: {[one.subject for one in self.to(address)]}"


def eventually(holds: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
    """Waits until it holds; fails with what `what` says when it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s; {what()}"
        time.sleep(0.1)
