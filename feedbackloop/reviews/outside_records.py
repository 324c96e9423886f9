"""Turns a row of another site's export into a review, or says in a sentence why it cannot be one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from feedbackloop.complaints.records import RowError, read_moment
from feedbackloop.core import text
from feedbackloop.reviews import rules
from feedbackloop.reviews.outside import OutsideInput

# What each field may be called in the file; the first is the name that the manual uses.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("id", "ref", "external_id", "review_id"),
    "rating": ("rating", "stars", "score"),
    "title": ("title",),
    "text": ("text", "review", "comment"),
    "author": ("author", "name"),
    "written_at": ("written_at", "date", "created_at"),
    "url": ("url", "link"),
}
NEEDED = ("rating", "written_at")
_LIMITS = {"external_id": 128, "title": 300, "text": 20_000, "author": 200, "url": rules.LONGEST_LINK}
_OF_TEN = re.compile(r"(\d{1,2})(?:[.,]0+)?\s*/\s*10")
_OF_FIVE = re.compile(r"([1-5])(?:[.,]0+)?(?:\s*/\s*5)?")
_TOMORROW = timedelta(days=1)


class ColumnError(ValueError):
    """The file lacks a column that every review needs. The message is a sentence."""


class Reader:
    """Reads the rows of one file. Raises ColumnError where a column is missing, or there twice."""

    def __init__(self, header: Sequence[str], zone: ZoneInfo, now: datetime) -> None:
        self._zone, self._now = zone, now
        self._places = _places(header)
        self.unused = [name for place, name in enumerate(header) if place not in self._places.values()]

    def read(self, cells: Sequence[str]) -> OutsideInput:
        """The review that a row tells of. Raises RowError with everything that is wrong with the row."""
        problems: list[str] = []

        def take(field: str, clean: Callable[[str], Any]) -> Any:
            try:
                return clean(cells[self._places[field]].strip()) if field in self._places else None
            except ValueError as problem:
                problems.append(f"{field}: {problem}")
                return None

        words = {name: take(name, partial(_words, name)) for name in ("external_id", "title", "text", "author")}
        rating, url = take("rating", _rating), take("url", _link)
        written_at = take("written_at", self._moment)
        if problems:
            raise RowError("; ".join(problems))
        told = (rating, words["title"], words["text"], words["author"], url, written_at.isoformat())
        digest = hashlib.sha256(repr(told).encode()).hexdigest()
        number = words.pop("external_id") or f"row-{digest[:32]}"
        return OutsideInput(number, rating, url=url, written_at=written_at, digest=digest, **words)

    def _moment(self, given: str) -> datetime:
        if not given:
            raise ValueError("must not be empty")
        found = read_moment(given, (), self._zone, 0)
        if found > self._now + _TOMORROW:
            raise ValueError(f"must not lie in the future, and is '{given[:40]}'")
        return found


def _places(header: Sequence[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    places: dict[str, int] = {}
    for field, known in COLUMNS.items():
        found = [place for place, name in enumerate(names) if name in known]
        if len(found) > 1:
            raise ColumnError(f"its columns {' and '.join(header[place] for place in found)} both hold the {field}")
        if found:
            places[field] = found[0]
    missing = [COLUMNS[field][0] for field in NEEDED if field not in places]
    if missing:
        raise ColumnError(f"it has no column {' and no column '.join(missing)}")
    return places


def _words(field: str, given: str) -> str | None:
    return text.clean(given, limit=_LIMITS[field], lines=field == "text") or None


def _rating(given: str) -> int:
    """1 to 5; a figure of ten is halved, and a half of that counts upwards."""
    five, ten = _OF_FIVE.fullmatch(given), _OF_TEN.fullmatch(given)
    if five:
        return int(five[1])
    if ten and 1 <= int(ten[1]) <= 10:
        return (int(ten[1]) + 1) // 2
    raise ValueError(f"must be a whole figure from 1 to 5, or of ten such as 8/10, and is '{given[:40]}'")


def _link(given: str) -> str | None:
    if not given:
        return None
    if len(given) > rules.LONGEST_LINK or not re.fullmatch(r"https?://[\x21-\x7e]+", given):
        raise ValueError("must be a link that begins with https:// or http://")
    return given
