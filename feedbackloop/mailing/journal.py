"""What a server took and the database does not know yet: a file for each sender, one write a mail.

Acceptance is written to the database in groups, because a commit a mail costs more than the mail. Between the two a
sender may be killed. So each reply goes to a file first, and whoever is about to take over the mails of another sender
reads the files of this instance before: what was accepted is not sent again. The file survives the process and not the
disk; without it, at most one group is sent twice.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from feedbackloop.config import settings

log = logging.getLogger(__name__)

_SUFFIX = ".journal"
_NOTHING = b"making \n"


@dataclass
class Found:
    """What one sender's file says: under which lease it held its mails, which were accepted (id, what the server said),
    and which it was just making when it ended."""

    path: Path
    orphaned: bool  # its sender is no more
    lease: str = ""
    accepted: dict[int, str] = field(default_factory=dict)
    making: set[int] = field(default_factory=set)


class Journal:
    """The file of this sender; a lock on it says that the sender lives."""

    def __init__(self, lease: str) -> None:
        self._lease = lease
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{uuid.uuid4().hex}{_SUFFIX}"
        part = self._path.with_suffix(".part")
        self._file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._opening = f"lease {lease}\n".encode()
        self._making = _NOTHING
        os.write(self._file, self._opening)
        # Locked before it has the name that others look for: they would take it for one whose sender is no more.
        part.rename(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, problem: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close(keep=problem is not None)

    def accepted(self, mail_id: int, reply: str) -> None:
        """Keeps that the server took this mail. Raises OSError when the disk is full."""
        os.write(self._file, f"taken {mail_id} {reply}\n".encode())

    def making(self, mail_ids: Iterable[int]) -> None:
        """Keeps which mails are being made into messages: one of them may be what ends this process."""
        self._making = f"making {' '.join(map(str, mail_ids))}\n".encode()
        os.write(self._file, self._making)

    def forget(self) -> None:
        """All that was accepted is in the database now."""
        os.ftruncate(self._file, len(self._opening))
        if len(self._making) > len(_NOTHING):
            os.write(self._file, self._making)

    def close(self, *, keep: bool) -> None:
        """Ends the journal; `keep` leaves what it holds to whoever reads the files next."""
        if not keep:
            with contextlib.suppress(OSError):
                self._path.unlink()
        os.close(self._file)


def read_all() -> list[Found]:
    """The files of all senders of this instance, those that are no more and those that live."""
    found = []
    for path in sorted(_folder().glob(f"*{_SUFFIX}")):
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            found.append(_read(path, handle))
        finally:
            os.close(handle)
    return found


def remove(found: Found) -> None:
    """Takes away the file of a sender that is no more, once all of it is in the database."""
    with contextlib.suppress(OSError):
        found.path.unlink()


def _read(path: Path, handle: int) -> Found:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        orphaned = True
    except OSError:
        orphaned = False
    found = Found(path, orphaned)
    with open(handle, encoding="utf-8", errors="replace", newline="\n", closefd=False) as file:
        text = file.read()
    # What has no end of line was never written in full.
    for line in text.split("\n")[:-1]:
        word, _, rest = line.partition(" ")
        if word == "lease":
            found.lease = rest
        elif word == "making":
            found.making = {int(one) for one in rest.split() if one.isdecimal()}
        elif word == "taken":
            number, _, reply = rest.partition(" ")
            if number.isdecimal():
                found.accepted[int(number)] = reply
    return found


def _folder() -> Path:
    return settings().instance / "journal"
