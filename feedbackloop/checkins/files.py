"""Files that came with answers: written before their rows, taken away after them, so that neither stands alone.

They lie in the instance folder, which no address leads to, under names that say nothing. A file whose row was never
committed, or whose person was erased, is taken away at once; where that was cut off, by `sweep`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO

from feedbackloop.checkins import file_queries, rules
from feedbackloop.checkins.models import Answer
from feedbackloop.checkins.rules import StoredFile
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.db import after_commit

_FOLDER = "attachments"
_PIECE = 64 * 1024
# Longer than any request that is still to write its rows.
_SURELY_LEFT = timedelta(hours=1)


class TooLarge(Exception):
    """A file that is larger than we take."""


def keep(stream: IO[bytes], name: str, kind: str) -> StoredFile:
    """Writes a file into the folder, piece by piece, and names what was written. Raises TooLarge, leaving nothing."""
    found = StoredFile(secrets.token_hex(16), name, kind, 0, "")
    place = path_of(found.file)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    size, digest = 0, hashlib.sha256()
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > rules.LARGEST_FILE:
                    raise TooLarge
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        place.unlink(missing_ok=True)
        raise
    return StoredFile(found.file, name, kind, size, digest.hexdigest())


def discard(kept: Iterable[StoredFile]) -> None:
    """Takes files away that no row will name."""
    for one in kept:
        path_of(one.file).unlink(missing_ok=True)


def path_of(file: str) -> Path:
    return settings().instance / _FOLDER / file


def has_all(answer: Answer, given: Sequence[StoredFile]) -> bool:
    """Whether every one of these came with this version already: its form was sent twice."""
    if not given:
        return True
    return {one.sha256 for one in given} <= file_queries.digests(answer.id)


def forget(complaint_ids: Sequence[int]) -> None:
    """Empties the rows of these complaints' files; the files go after the commit, or with the next sweep."""
    gone = file_queries.erase(complaint_ids, clock.now())
    if gone:
        places = [path_of(file) for file in gone]
        after_commit(lambda: _remove(places))


def sweep() -> int:
    """Takes away what was left by requests and erasures that were cut off; how many files."""
    folder = settings().instance / _FOLDER
    if not folder.is_dir():
        return 0
    removed = 0
    for part in _in_parts(sorted(one.name for one in folder.iterdir())):
        kept, erased = file_queries.known(part)
        for name in part:
            place = folder / name
            if name in erased or (name not in kept and _is_old(place)):
                place.unlink(missing_ok=True)
                removed += 1
    return removed


def _remove(places: Sequence[Path]) -> None:
    for place in places:
        place.unlink(missing_ok=True)


def _is_old(place: Path) -> bool:
    try:
        return time.time() - place.stat().st_mtime > _SURELY_LEFT.total_seconds()
    except FileNotFoundError:
        return False


def _in_parts(names: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
