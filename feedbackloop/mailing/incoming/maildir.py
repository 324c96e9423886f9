"""A Maildir that a mail server delivers into: what was taken moves from new/ to cur/, and nothing else is touched."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from feedbackloop.mailing.incoming.reading import LARGEST

SEEN, FLAGGED = "S", "FS"


class NoMaildir(Exception):
    """The folder is not one that mail can be taken from; `args[0]` says why, without a path of a person."""


def messages(folder: Path, most: int) -> Iterator[tuple[Path, bytes]]:
    """The files in new/, oldest name first, with what is in them; at most `most`. One that is gone again is left out.

    A file that is larger than a message may be comes cut off, one byte over the limit.
    """
    new = folder / "new"
    try:
        names = sorted(entry.name for entry in os.scandir(new) if not entry.name.startswith("."))
        (folder / "cur").mkdir(exist_ok=True)
    except OSError as problem:
        raise NoMaildir(problem.strerror or type(problem).__name__) from None
    for name in names[:most]:
        path = new / name
        try:
            with path.open("rb") as stream:
                content = stream.read(LARGEST + 1)
        except FileNotFoundError:
            continue  # another run took it
        yield path, content


def move(path: Path, flags: str) -> None:
    """Moves a message that was taken to cur/; one of that name there is never written over."""
    cur = path.parent.parent / "cur"
    for target in _names(cur, path.name, flags):
        with contextlib.suppress(FileExistsError):
            try:
                os.link(path, target)
            except FileNotFoundError:
                return  # another run moved it
            path.unlink(missing_ok=True)
            return


def _names(cur: Path, name: str, flags: str) -> Iterator[Path]:
    base = name.partition(":")[0]
    yield cur / f"{base}:2,{flags}"
    for number in range(1, 1000):
        yield cur / f"{base}.{number}:2,{flags}"
