"""Files that came with answers. They go with the person, at once; where that was cut off, with the next sweep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from feedbackloop.checkins import file_queries
from feedbackloop.checkins.models import Answer
from feedbackloop.core import clock
from feedbackloop.core.db import after_commit
from feedbackloop.core.filetypes import StoredFile
from feedbackloop.core.folders import Folder
from feedbackloop.core.folders import TooLarge as TooLarge

_FOLDER = Folder("attachments")


def keep(stream: IO[bytes], name: str, kind: str) -> StoredFile:
    """Writes a file into the folder and names what was written. Raises TooLarge, leaving nothing."""
    return _FOLDER.keep(stream, name, kind)


def discard(kept: Iterable[StoredFile]) -> None:
    """Takes files away that no row will name."""
    _FOLDER.discard(one.file for one in kept)


def path_of(file: str) -> Path:
    return _FOLDER.path_of(file)


def has_all(answer: Answer, given: Sequence[StoredFile]) -> bool:
    """Whether every one of these came with this version already: its form was sent twice."""
    if not given:
        return True
    return {one.sha256 for one in given} <= file_queries.digests(answer.id)


def forget(complaint_ids: Sequence[int]) -> None:
    """Empties the rows of these complaints' files; the files go after the commit, or with the next sweep."""
    gone = file_queries.erase(complaint_ids, clock.now())
    if gone:
        after_commit(lambda: _FOLDER.discard(gone))


def sweep() -> int:
    """Takes away what was left by requests and erasures that were cut off; how many files."""
    return _FOLDER.sweep(file_queries.known)
