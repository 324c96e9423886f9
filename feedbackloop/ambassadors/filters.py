"""The filter of the board and the list, as it stands in the address; of what is not known there, which parts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import listing as lists
from feedbackloop.ambassadors import rules
from feedbackloop.config import settings
from feedbackloop.core import clock, periods
from feedbackloop.core.fields import row_id

NAMES = ("category", "period", "owner", "consent", "score", "locale", "tag")
# Who looks, and nobody: what `owner` may say beside the number of a colleague.
ME, NOBODY = "me", boards.NOBODY
_LONGEST = 100


@dataclass(frozen=True)
class Chosen:
    """What the address asks for. `ignored` names the filters whose value means nothing here."""

    values: Mapping[str, Any]
    ignored: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.values)

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def query(self) -> str:
        """The filter as the part of an address behind its question mark."""
        return urlencode(self.values)


def read(asked: Mapping[str, str], owners: Collection[int]) -> Chosen:
    """What is known and makes sense. Categories and tags are free words: one that nobody has finds nobody."""
    known: Mapping[str, Callable[[str], bool]] = {
        "period": periods.KEYS.__contains__,
        "owner": lambda value: value in (ME, NOBODY) or row_id(value) in owners,
        "consent": rules.CONSENTS.__contains__,
        "score": rules.BANDS.__contains__,
        "locale": settings().locales.__contains__,
    }
    given = {name: asked[name][:_LONGEST] for name in NAMES if asked.get(name)}
    if "tag" in given:
        given["tag"] = " ".join(given["tag"].lower().split())  # as tags are written
    ignored = [name for name, value in given.items() if name in known and not known[name](value)]
    return Chosen({name: value for name, value in given.items() if value and name not in ignored}, ignored)


def read_order(asked: Mapping[str, str]) -> Chosen:
    """What the list has beside the filter: one column, and what it is sorted by."""
    known = {"column": rules.COLUMNS, "sort": lists.SORTS}
    given = {name: asked[name][:_LONGEST] for name in known if asked.get(name)}
    ignored = [name for name, value in given.items() if value not in known[name]]
    return Chosen({name: value for name, value in given.items() if name not in ignored}, ignored)


def read_back(query: str, owners: Collection[int]) -> Chosen:
    """The filter that a form brings back; whatever is none of ours is left out."""
    return read(_parts(query), owners)


def order_back(query: str) -> Chosen:
    """The column and the order that a form of the list brings back."""
    return read_order(_parts(query))


def _parts(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, max_num_fields=20))
    except ValueError:
        return {}


def as_filter(chosen: Chosen, reader_id: int, column: str | None = None) -> boards.Filter:
    """What it asks of the tables, for this reader."""
    said = chosen.get("owner")
    owner = said if said == NOBODY else reader_id if said == ME else row_id(said)
    return boards.Filter(
        category=chosen.get("category"),
        locale=chosen.get("locale"),
        since=_since(chosen.get("period")),
        consent=chosen.get("consent"),
        locales=settings().locales,
        owner=owner,
        score=chosen.get("score"),
        tag=chosen.get("tag"),
        column=column,
    )


def _since(period: str | None) -> datetime | None:
    return periods.read(period, clock.now(), settings().timezone).start if period else None
