"""Tables for a spreadsheet: what people typed stays text there, and never becomes a formula.

A file of any length is written as it is read: a chunk at a time as CSV, and for XLSX through a temporary file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, stream_with_context

from feedbackloop.config import settings

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")
_MARK = "\ufeff"
_CHUNK = 32 * 1024
SEPARATORS = (",", ";")

Value = str | int | float | date | datetime | None


@dataclass(frozen=True)
class Style:
    """How a CSV is written. Excel splits at what the language of its machine says: `;` in Dutch, which then has a
    comma in its decimals. `mark` tells programs that it is UTF-8."""

    separator: str = ","
    mark: bool = True


def style_for(locale: str) -> Style:
    """What a spreadsheet in this language opens as a table at once."""
    return Style(";" if locale.startswith("nl") else ",")


def cell(value: object) -> str:
    """A value as text; what a spreadsheet would work out gets an apostrophe before it, which it does not show."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_BEGINS_A_FORMULA) else text


def download(name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file to keep. The mark at its beginning tells spreadsheets that it is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([cell(one) for one in row] for row in rows)
    return attached(Response(_MARK + out.getvalue(), content_type="text/csv; charset=utf-8"), name)


def stream(name: str, heads: Sequence[str], rows: Iterable[Sequence[Value]], style: Style) -> Response:
    """A file to keep, sent as it is read. Whoever breaks off ends the reading of `rows` with it."""
    body = stream_with_context(chunks(heads, rows, style))
    return attached(Response(body, content_type="text/csv; charset=utf-8"), name)


def attached(response: Response, name: str) -> Response:
    """The response as a file with this name, which is ours and holds nothing that anybody typed."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def chunks(heads: Sequence[str], rows: Iterable[Sequence[Value]], style: Style) -> Iterator[str]:
    """The file, piece by piece; at most one piece and one row are in memory."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=style.separator)
    out.write(_MARK if style.mark else "")
    writer.writerow([cell(head) for head in heads])
    for row in rows:
        writer.writerow([_written(one, style) for one in row])
        if out.tell() >= _CHUNK:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _written(value: Value, style: Style) -> str:
    """Numbers and days are ours, and stand as they are: a minus is no formula there."""
    if isinstance(value, datetime):
        return value.astimezone(settings().timezone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}".replace(".", "," if style.separator == ";" else ".")
    return str(value) if isinstance(value, int) else cell(value)
