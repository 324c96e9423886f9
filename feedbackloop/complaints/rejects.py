"""The file of rejected rows: line, reason, and the row as it was, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TextIO

from feedbackloop.complaints.sheet import Row

# A spreadsheet takes a cell that begins so for a formula, and would run it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Rejects:
    """Writes rejected rows to the first of these places that can be written; makes the file at the first row.

    `path` is None while nothing was rejected. Only its owner may read the file: it holds what people wrote.
    """

    def __init__(self, *places: Path) -> None:
        self._places = places
        self._file: TextIO | None = None
        self.path: Path | None = None

    def add(self, header: list[str], row: Row, reason: str) -> None:
        """Raises OSError where no place can be written."""
        if self._file is None:
            self._file = self._open()
            csv.writer(self._file).writerow(["line", "reason", *header])
        csv.writer(self._file).writerow([row.line, reason, *map(_harmless, row.cells)])

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self) -> TextIO:
        for place in self._places:
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            except OSError as problem:
                refused = problem
                continue
            self.path = place
            # Bytes that were no UTF-8 come out as they were.
            return os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="")
        raise refused


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
