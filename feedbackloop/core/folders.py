"""Files in the instance folder, which no address leads to: they lie there under names that say nothing.

A file is written before the row that names it and taken away after it, so that neither stands alone; what a request
that was cut off left is found by `sweep`.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO

from feedbackloop.config import settings
from feedbackloop.core.filetypes import LARGEST_FILE, StoredFile

# Of some files: those that a row names, and those whose row was emptied.
KnownFiles = Callable[[Sequence[str]], tuple[set[str], set[str]]]

_PIECE = 64 * 1024
# Longer than any request that is still to write its rows.
_SURELY_LEFT = timedelta(hours=1)


class TooLarge(Exception):
    """A file that is larger than we take."""


@dataclass(frozen=True)
class Folder:
    name: str

    def keep(self, stream: IO[bytes], name: str, kind: str) -> StoredFile:
        """Writes a file, piece by piece, and names what was written. Raises TooLarge, leaving nothing."""
        file = secrets.token_hex(16)
        place = self.path_of(file)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size, digest = 0, hashlib.sha256()
        try:
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                while piece := stream.read(_PIECE):
                    size += len(piece)
                    if size > LARGEST_FILE:
                        raise TooLarge
                    digest.update(piece)
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
        except BaseException:
            place.unlink(missing_ok=True)
            raise
        return StoredFile(file, name, kind, size, digest.hexdigest())

    def path_of(self, file: str) -> Path:
        return settings().instance / self.name / file

    def discard(self, files: Iterable[str]) -> None:
        """Takes files away that no row names any more."""
        for one in files:
            self.path_of(one).unlink(missing_ok=True)

    def sweep(self, known: KnownFiles) -> int:
        """Takes away what was left by requests and erasures that were cut off; how many files."""
        folder = settings().instance / self.name
        if not folder.is_dir():
            return 0
        removed = 0
        for part in _in_parts(sorted(one.name for one in folder.iterdir())):
            kept, erased = known(part)
            for name in part:
                place = folder / name
                if name in erased or (name not in kept and _is_old(place)):
                    place.unlink(missing_ok=True)
                    removed += 1
        return removed


def _is_old(place: Path) -> bool:
    try:
        return time.time() - place.stat().st_mtime > _SURELY_LEFT.total_seconds()
    except FileNotFoundError:
        return False


def _in_parts(names: Sequence[str], size: int = 500) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
