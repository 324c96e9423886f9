"""Reads a CSV file row by row, with the line each row begins on; what is wrong with one row costs that row alone."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

# Longer lines are cut, and rejected, so that a file without line breaks is not read into memory.
_LONGEST_LINE = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_DELIMITERS = ",;\t"


class SheetError(Exception):
    """The file as a whole cannot be read. The message is a sentence."""


@dataclass(frozen=True)
class Row:
    """One row. `problem` says what is wrong with it as a row; `cells` are then as far as they could be read."""

    line: int
    cells: list[str]
    problem: str | None = None


class Sheet:
    """The rows of a CSV file: plain or gzip, UTF-8 with or without BOM, separated by comma, semicolon or tab.

    `header` is known at once. Raises SheetError, also while reading, when the file breaks off.
    """

    def __init__(self, stream: BinaryIO | io.RawIOBase) -> None:
        self._lines = _Lines(_text(stream))
        self._delimiter = self._sniff()
        self._reader = csv.reader(self._lines, delimiter=self._delimiter, strict=True)
        self.header = self._read_header()

    def __iter__(self) -> Iterator[Row]:
        while True:
            self._lines.begin_row()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as problem:
                yield Row(self._lines.start, self._give_back(), _words(problem))
                continue
            if not cells:
                continue
            if len(cells) != len(self.header) and self._has_swallowed():
                yield Row(self._lines.start, self._give_back(), "a quotation mark is not closed")
            else:
                yield Row(self._lines.start, cells, self._problem(cells))

    def _problem(self, cells: list[str]) -> str | None:
        joined = "".join(cells)
        if "\x00" in joined:
            return "holds a NUL byte"
        if not _is_text(joined):
            return "is not UTF-8"
        if len(cells) != len(self.header):
            return f"has {len(cells)} fields where the header has {len(self.header)}"
        return None

    def _has_swallowed(self) -> bool:
        """Whether one of the row's further lines is a whole row by itself: then a quote was never closed."""
        return any(self._is_whole(line) for line in self._lines.taken[1:]) and len(self.header) > 1

    def _is_whole(self, line: str) -> bool:
        try:
            rows = csv.reader([line], delimiter=self._delimiter, strict=True)
            return any(len(cells) == len(self.header) for cells in rows)
        except csv.Error:
            return False

    def _give_back(self) -> list[str]:
        """Leaves the row at its first line, whose text is all that is known of it; the others are read again."""
        return [self._lines.give_back_all_but_first().rstrip("\r\n")]

    def _sniff(self) -> str:
        first = self._lines.peek()
        if first.lower().startswith("sep=") and len(first.strip()) == 5:
            next(self._lines)
            return first[4]
        outside = "".join(first.split('"')[::2])
        return max(_DELIMITERS, key=outside.count)

    def _read_header(self) -> list[str]:
        try:
            header = next((cells for cells in self._reader if cells), None)
        except csv.Error as problem:
            raise SheetError(f"its header cannot be read: {_words(problem)}") from None
        if header is None:
            raise SheetError("it is empty")
        if not _is_text("".join(header)) or "\x00" in "".join(header):
            raise SheetError("it is not UTF-8 text")
        return [name.strip() for name in header]


class _Lines:
    """Lines of text, of which those of the present row can be given back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: list[str] = []
        self._number = 0
        self.taken: list[str] = []
        self.start = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else self._read()
        if not line:
            raise StopIteration
        self._number += 1
        self.taken.append(line)
        return line

    def begin_row(self) -> None:
        self.taken.clear()
        self.start = self._number + 1

    def give_back_all_but_first(self) -> str:
        first, *rest = self.taken
        self._back.extend(reversed(rest))
        self._number -= len(rest)
        return first

    def peek(self) -> str:
        if not self._back:
            self._back.append(self._read())
        return self._back[-1]

    def _read(self) -> str:
        try:
            return self._text.readline(_LONGEST_LINE)
        except (EOFError, OSError, zlib.error) as problem:
            raise SheetError(f"it breaks off after line {self._number}: {problem}") from None


def _text(stream: BinaryIO | io.RawIOBase) -> TextIO:
    """Bytes that are no UTF-8 become half characters, so that the one row that holds them can be rejected."""
    buffered = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
    peeked = buffered.peek(2) if isinstance(buffered, io.BufferedReader) else b""
    if peeked[:2] == _GZIP_MAGIC:
        buffered = io.BufferedReader(gzip.GzipFile(fileobj=buffered))
    return io.TextIOWrapper(buffered, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _words(problem: csv.Error) -> str:
    """What the csv module found, in words that help: most often a quote that is not closed, or not doubled."""
    if "field larger" in str(problem):
        return "a field is too long; perhaps a quotation mark is not closed"
    return "its quotation marks do not pair"
