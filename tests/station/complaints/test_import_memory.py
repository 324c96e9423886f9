"""However long the file, an import holds a batch of it and no more."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from io import RawIOBase
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.complaints import importing, mapping
from feedbackloop.complaints.records import Reader
from feedbackloop.complaints.sheet import Sheet
from tests.station.complaints.conftest import Intake

ROWS = 50_000
MEBIBYTE = 1024 * 1024


class Endless(RawIOBase):
    """A file that exists only while it is read."""

    def __init__(self, rows: int) -> None:
        self._rows = self._written(rows)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer):
            more = next(self._rows, None)
            if more is None:
                break
            self._rest += more
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    @staticmethod
    def _written(rows: int) -> Iterator[bytes]:
        yield b"source,external_id,subject,description\n"
        for number in range(rows):
            yield b"shop,%d,Late,%s\n" % (number, b"word " * 40)


def peak_of_reading(rows: int) -> int:
    """The most bytes that Python held at once while it read so many rows."""
    tracemalloc.start()
    try:
        sheet = Sheet(Endless(rows))
        reader = Reader(mapping.load("plain").bind(sheet.header), ZoneInfo("UTC"))
        assert sum(reader.read(row.cells).subject == "Late" for row in sheet) == rows
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_ten_times_the_rows_take_no_more_memory() -> None:
    few, many = peak_of_reading(ROWS // 10), peak_of_reading(ROWS)
    assert many < few + MEBIBYTE, f"{few} bytes for {ROWS // 10} rows, {many} for {ROWS}"


@pytest.mark.slow
def test_writing_keeps_nothing_of_what_is_written(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session, the history and the events let go of each batch; batches of one size, so that they compare."""
    monkeypatch.setattr(importing, "_MOST", 50)
    held: list[int] = []

    def run(rows: int) -> None:
        order = importing.Order(mapping.load("plain"), refuse=lambda *_row: None, report=lambda _counts: note())
        with intake.app.app_context():
            importing.run(Endless(rows), order, importing.Counts())  # type: ignore[arg-type]

    def note() -> None:
        held.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    try:
        run(4000)
    finally:
        tracemalloc.stop()
    third = len(held) // 3
    assert third > 2
    assert min(held[-third:]) < min(held[third : 2 * third]) + MEBIBYTE // 2
