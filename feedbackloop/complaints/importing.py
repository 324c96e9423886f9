"""Imports a file of complaints: streaming, in short transactions; each row is either in or rejected with a reason."""

from __future__ import annotations

import hashlib
import io
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from feedbackloop.complaints import queries, service
from feedbackloop.complaints.mapping import Mapping
from feedbackloop.complaints.records import Reader, RowError
from feedbackloop.complaints.service import ComplaintInput
from feedbackloop.complaints.sheet import Row, Sheet, SheetError
from feedbackloop.config import settings
from feedbackloop.core import clock, db

ACTOR = "import"
# How long one batch may hold the write lock on SQLite is 200 ms; aimed at is less, because batches differ.
_AIM_S = {True: 0.05, False: 0.4}
_FEWEST, _MOST = 5, 1000
_CHUNK = 1024 * 1024


@dataclass
class Counts:
    """What became of the rows so far."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def __str__(self) -> str:
        return (
            f"read {self.read}, created {self.created}, updated {self.updated}, unchanged {self.unchanged}, "
            f"rejected {self.rejected}"
        )


@dataclass(frozen=True)
class Order:
    """What is asked for, and who hears of it: `refuse` of every rejected row with the header and the reason, `report`
    of the counts after each batch, `unused` of columns that feed nothing."""

    mapping: Mapping
    refuse: Callable[[list[str], Row, str], None]
    report: Callable[[Counts], None] = lambda _counts: None
    unused: Callable[[list[str]], None] = lambda _columns: None
    dry_run: bool = False
    trial: bool = False


def run(stream: BinaryIO, order: Order, counts: Counts) -> None:
    """Imports all rows of the file; `counts` is kept up to date, so that a run that is broken off can be told of too.

    Raises SheetError or MappingError where the file as a whole cannot be read, also half-way: what was imported before
    that stays. A trial reads the file twice, so it takes a stream that can be rewound.
    """
    values: dict[str, Any] = {"mapping": order.mapping.name, "started_at": clock.now()}
    run_id = None
    if order.trial:
        values["digest"], values["shift_days"] = _shift(stream, order.mapping)
        stream.seek(0)
        if not order.dry_run:
            run_id = _save(
                None, values
            )  # at once: a trial that is broken off keeps its dates when it is taken up again
    digest = _Digest(stream)
    sheet = Sheet(digest)
    bound = order.mapping.bind(sheet.header)
    order.unused(bound.unused)
    reader = Reader(bound, settings().timezone, trial=order.trial, shift_days=values.get("shift_days", 0))
    _Import(sheet, reader, order, counts).run()
    if not order.dry_run:
        tally = {f"rows_{name}": number for name, number in vars(counts).items()}
        _save(run_id, {**values, **tally, "digest": digest.whole(), "finished_at": clock.now()})


def _save(run_id: int | None, values: dict[str, Any]) -> int:
    with db.transaction():
        return queries.save_import_run(run_id, values)


class _Import:
    def __init__(self, sheet: Sheet, reader: Reader, order: Order, counts: Counts) -> None:
        self._sheet = sheet
        self._reader = reader
        self._order = order
        self._counts = counts
        self._aim_s = _AIM_S[settings().sqlite]
        self._size = 50
        self._seen = _Seen() if order.dry_run else None

    def run(self) -> None:
        batch: list[ComplaintInput] = []
        try:
            for record in self._records():
                batch.append(record)
                if len(batch) >= self._size:
                    self._write(batch)
                    batch = []
        except SheetError:
            self._write(batch)
            raise
        self._write(batch)

    def _records(self) -> Iterator[ComplaintInput]:
        for row in self._sheet:
            self._counts.read += 1
            problem = row.problem
            if problem is None:
                try:
                    yield self._reader.read(row.cells)
                    continue
                except RowError as found:
                    problem = str(found)
            self._counts.rejected += 1
            self._order.refuse(self._sheet.header, row, problem)

    def _write(self, batch: Sequence[ComplaintInput]) -> None:
        if not batch:
            return
        before = time.perf_counter()
        with suppress(_NothingIsWritten), db.transaction():
            outcomes = service.upsert(batch, ACTOR)
            if self._seen is not None:
                raise _NothingIsWritten
        taken = time.perf_counter() - before
        # Towards the size that would have taken as long as is aimed at, at most doubling.
        self._size = min(max(int(self._size * min(self._aim_s / taken, 2)), _FEWEST), _MOST)
        for record, outcome in zip(batch, outcomes, strict=True):
            what = outcome.what
            if self._seen is not None and self._seen.again(record) and what == "created":
                what = "updated"
            setattr(self._counts, what, getattr(self._counts, what) + 1)
        self._order.report(self._counts)


class _NothingIsWritten(Exception):
    """Ends the transaction of a dry run."""


class _Seen:
    """The keys that a dry run would have created. On disk, because there may be millions."""

    def __init__(self) -> None:
        self._store = sqlite3.connect("")
        self._store.execute("create table seen (source, external_id, primary key (source, external_id)) without rowid")

    def again(self, record: ComplaintInput) -> bool:
        key = (record.source, record.external_id)
        return self._store.execute("insert or ignore into seen values (?, ?)", key).rowcount == 0


class _Digest(io.RawIOBase):
    """Passes a stream on, and knows the digest of what went through."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        chunk = self._stream.read(len(view))
        view[: len(chunk)] = chunk
        self._hash.update(chunk)
        return len(chunk)

    def whole(self) -> str:
        """The digest of the whole file, the part included that nobody read."""
        while chunk := self._stream.read(_CHUNK):
            self._hash.update(chunk)
        return self._hash.hexdigest()


def _shift(stream: BinaryIO, mapping: Mapping) -> tuple[str, int]:
    """The digest of a file, and by how many days a trial moves its dates: as the first time, else newest to today."""
    digest = _Digest(stream)
    sheet = Sheet(digest)
    reader = Reader(mapping.bind(sheet.header), settings().timezone)
    newest = max((day for row in sheet if row.problem is None and (day := reader.newest(row.cells))), default=None)
    found = digest.whole()
    known = queries.trial_shift(found, mapping.name)
    if known is not None or newest is None:
        return found, known or 0
    return found, (clock.now().astimezone(settings().timezone).date() - newest).days
