"""Tables as an XLSX file, written row by row into a temporary file. Texts stay texts: nothing is worked out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter
from flask import Response

from feedbackloop.config import settings
from feedbackloop.core.sheets import Value, attached

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_TEXT = 32_767  # what a cell can hold
_FIRST_YEAR = 1901  # of a day that every spreadsheet knows
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Table:
    """One sheet. `widths` are of its columns, in characters; for those that it does not name the first is taken."""

    title: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Value]]
    widths: Sequence[int] = (16,)


def download(name: str, tables: Sequence[Table]) -> Response:
    """The file to keep. It is whole before any of it is sent, and its room is free again when the response ends."""
    made = write(tables)
    response = attached(Response(_pieces(made), content_type=TYPE), name)
    response.content_length = made.seek(0, 2)
    made.seek(0)
    response.call_on_close(made.close)
    return response


def write(tables: Sequence[Table]) -> IO[bytes]:
    """The file, in a temporary one that has no name: it goes with who holds it."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 - whoever gets it closes it
    try:
        with tempfile.TemporaryDirectory(prefix="feedbackloop-xlsx-") as room:
            book = xlsxwriter.Workbook(made, {"constant_memory": True, "tmpdir": room})
            styles = {
                "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
                "day": book.add_format({"num_format": "yyyy-mm-dd"}),
                "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            }
            for table in tables:
                _fill(book.add_worksheet(table.title[:31]), table, styles)
            book.close()
    except BaseException:
        made.close()
        raise
    return made


def _fill(sheet: Any, table: Table, styles: dict[str, Any]) -> None:
    for place, _head in enumerate(table.heads):
        sheet.set_column(place, place, table.widths[place] if place < len(table.widths) else table.widths[0])
    sheet.freeze_panes(1, 0)
    for place, head in enumerate(table.heads):
        sheet.write_string(0, place, head, styles["head"])
    for line, row in enumerate(table.rows, start=1):
        for place, value in enumerate(row):
            _put(sheet, line, place, value, styles)


def _put(sheet: Any, line: int, place: int, value: Value, styles: dict[str, Any]) -> None:
    """Each kind by its own call: the one call for all takes a text that looks like a formula for one."""
    if value is None:
        return
    if isinstance(value, datetime):
        local = value.astimezone(settings().timezone).replace(tzinfo=None)
        sheet.write_datetime(line, place, local, styles["moment"])
    elif isinstance(value, date) and value.year >= _FIRST_YEAR:
        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), styles["day"])  # noqa: DTZ001
    elif isinstance(value, int | float):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, str(value)[:_LONGEST_TEXT])


def _pieces(made: IO[bytes]) -> Iterator[bytes]:
    while piece := made.read(_CHUNK):
        yield piece
