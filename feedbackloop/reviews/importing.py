"""Imports a file of reviews that were left on another site: streaming, in short transactions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from feedbackloop.complaints.importing import Counts as RowCounts
from feedbackloop.complaints.records import RowError
from feedbackloop.complaints.sheet import Row, Sheet, SheetError
from feedbackloop.config import settings
from feedbackloop.core import clock, db
from feedbackloop.reviews import outside
from feedbackloop.reviews.outside import OutsideInput
from feedbackloop.reviews.outside_records import Reader

ACTOR = "import"
_BATCH = 100


@dataclass
class Counts(RowCounts):
    """What became of the rows so far, and how many were matched to an invitation."""

    matched: int = 0

    def __str__(self) -> str:
        return f"{super().__str__()}, matched {self.matched}"


@dataclass(frozen=True)
class Order:
    """What is asked for, and who hears of it; as in complaints.importing."""

    destination_id: int
    refuse: Callable[[list[str], Row, str], None]
    report: Callable[[Counts], None] = lambda _counts: None
    unused: Callable[[list[str]], None] = lambda _columns: None
    dry_run: bool = False


class _NothingIsWritten(Exception):
    """Ends the transaction of a dry run."""


def run(stream: BinaryIO, order: Order, counts: Counts) -> None:
    """Imports all rows of the file; `counts` is kept up to date.

    Raises SheetError or ColumnError where the file as a whole cannot be read, also half-way: what was imported before
    that stays.
    """
    sheet = Sheet(stream)
    reader = Reader(sheet.header, settings().timezone, clock.now())
    order.unused(reader.unused)
    seen: set[str] = set()
    batch: list[OutsideInput] = []
    try:
        for row in sheet:
            counts.read += 1
            found = _read(reader, sheet, row, order, counts)
            if found is not None:
                batch.append(found)
            if len(batch) >= _BATCH:
                _write(batch, order, counts, seen)
                batch = []
    except SheetError:
        _write(batch, order, counts, seen)
        raise
    _write(batch, order, counts, seen)


def _read(reader: Reader, sheet: Sheet, row: Row, order: Order, counts: Counts) -> OutsideInput | None:
    problem = row.problem
    if problem is None:
        try:
            return reader.read(row.cells)
        except RowError as found:
            problem = str(found)
    counts.rejected += 1
    order.refuse(sheet.header, row, problem)
    return None


def _write(batch: Sequence[OutsideInput], order: Order, counts: Counts, seen: set[str]) -> None:
    """`seen` holds what a dry run would have created, so that it counts as the run itself would."""
    if not batch:
        return
    taken: list[outside.Taken] = []
    with suppress(_NothingIsWritten), db.transaction():
        taken = outside.take(order.destination_id, batch, ACTOR)
        if order.dry_run:
            raise _NothingIsWritten
    for given, one in zip(batch, taken, strict=True):
        what = one.what
        if order.dry_run and what == "created":
            what = "unchanged" if given.external_id in seen else "created"
            seen.add(given.external_id)
        setattr(counts, what, getattr(counts, what) + 1)
        counts.matched += one.matched and what == "created"
    order.report(counts)
