"""What the board is asked for, and what it shows: a filter, counts, cards, and where a column goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from time import monotonic
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row

from feedbackloop.ambassadors import board_sql as sql
from feedbackloop.ambassadors.rules import CONSENT_BITS, band, first_name
from feedbackloop.core.formats import AtLeast, up_to
from feedbackloop.core.personal import without_person

BOUND = 1_000  # what the kept counts do not answer is counted no further
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filter:
    """What the board, its list and its exports show. The first of `locales` stands for everybody whose language is
    none of the others."""

    category: str | None = None
    locale: str | None = None
    since: datetime | None = None  # in their stage since
    consent: str | None = None  # of rules.CONSENTS
    locales: tuple[str, ...] = ()
    owner: int | str | None = None  # the id of a member of staff, or NOBODY
    score: str | None = None  # of rules.BANDS
    tag: str | None = None
    column: str | None = None  # of rules.COLUMNS, for the list


NOBODY = "nobody"


class Counts(dict[str, int]):
    """People by column. Of a column in `beyond` there are more than the number says, which reads '1,000+'."""

    beyond: frozenset[str] = frozenset()
    categories: Sequence[str] = ()  # on the whole board, in order
    # Of a filter that the counts answer: by column, how those who fit are to be found.
    fitting: Mapping[str, sql.Fitting] = MappingProxyType({})

    def only(self, column: str) -> Counts:
        """Of one column."""
        found = Counts({name: people for name, people in self.items() if name == column})
        found.fitting, found.categories = self.fitting, self.categories
        return found

    def bounded(self, exact: dict[str, int], cut: bool) -> Counts:
        """With these numbers, counted no further than one beyond BOUND; `cut`: of some people alone."""
        found = Counts({name: _up_to_bound(people, cut) for name, people in exact.items() if people})
        found.beyond = frozenset(name for name, people in found.items() if isinstance(people, AtLeast))
        found.fitting, found.categories = self.fitting, self.categories
        return found

    def fits(self, column: str | None) -> sql.Fitting:
        """Who fits in a column, or on the whole board."""
        if column is not None:
            return self.fitting.get(column, sql.Fitting())
        all_of = list(self.fitting.values())
        kinds = [one.kinds for one in all_of if one.kinds is not None]
        few = len(kinds) == len(all_of) and sum(map(len, kinds)) <= sql.MOST_KINDS
        people, among = sum(one.people for one in all_of), sum(one.among for one in all_of)
        return sql.Fitting(people, among, frozenset().union(*kinds) if few else None)


@dataclass(frozen=True)
class Card:
    """One person as the board shows them."""

    id: int
    version: int
    number: str
    stage: str
    stage_since: datetime
    not_now_until: date | None
    not_now_reason: str | None
    next_step: str | None
    next_step_on: date | None
    category: str | None
    done: str | None
    case_open: bool
    invitation_due: datetime | None = None
    consents: frozenset[str] = field(default_factory=frozenset)
    name: str | None = None
    quote: str | None = None
    quote_locale: str | None = None
    owner_id: int | None = None
    recommend: int | None = None
    tags: tuple[str, ...] = ()
    column: str = "satisfied"  # of rules.COLUMNS: the stage, or not_now
    locale: str | None = None

    @property
    def band(self) -> str:
        """Of rules.BANDS; '' for who gave no mark."""
        return band(self.recommend)


@dataclass(frozen=True)
class Cursor:
    """Where a column or a list goes on: behind the row with this sort key and id."""

    key: str
    id: int

    @classmethod
    def read(cls, text: str | None) -> Cursor | None:
        """The cursor in an address; None for anything that is none of ours."""
        key, _, row = (text or "").rpartition("-")
        if not key or len(key) > 200 or "\0" in key or not (row.isascii() and row.isdigit() and len(row) <= 18):
            return None
        return cls(key, int(row))

    @classmethod
    def at(cls, order: str, row: Row[Any]) -> Cursor:
        """Behind this row, in this order."""
        if order in (sql.NEWEST, sql.OLDEST):
            return cls(str((row.stage_since - _EPOCH) // timedelta(microseconds=1)), row.id)
        if order == sql.NUMBER:
            return cls(row.number_key, row.id)
        day = row.not_now_until if order == sql.LATER else row.next_key
        return cls(str(day.toordinal()), row.id)

    def values(self, order: str) -> dict[str, Any] | None:
        """As the statements take it; None where this order has no such place: it begins at its beginning."""
        if order == sql.NUMBER:
            return {"key": self.key, "id": self.id}
        try:
            if order in (sql.NEWEST, sql.OLDEST):
                return {"key": _EPOCH + timedelta(microseconds=int(self.key)), "id": self.id}
            return {"key": date.fromordinal(int(self.key)), "id": self.id}
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{self.key}-{self.id}"


def _up_to_bound(people: int, cut: bool) -> int:
    return AtLeast(min(people, BOUND)) if cut else up_to(BOUND, people)


def card_of(row: Row[Any]) -> Card:
    """The card of a row of sql.cards, as it was made the last time where the row is the same."""
    return _remembered.card(tuple(row))


class _Remembered:
    """The cards that were made last: a board is read again after each change, and all but one of its cards are as they
    were. Kept with the whole row that each was made of, a thousand for ten minutes: nobody's words stay for ever."""

    _MOST, _SECONDS = 1_000, 600.0

    def __init__(self) -> None:
        self._kept: dict[int, tuple[tuple[Any, ...], Card]] = {}
        self._until = 0.0

    def card(self, row: tuple[Any, ...]) -> Card:
        kept = self._kept.get(row[0])
        if kept is not None and kept[0] == row:
            return kept[1]
        if len(self._kept) >= self._MOST or monotonic() > self._until:
            self._kept, self._until = {}, monotonic() + self._SECONDS
        card = made(row)
        self._kept[row[0]] = row, card
        return card


_remembered = _Remembered()


def made(row: tuple[Any, ...]) -> Card:
    """The card of a row of sql.cards."""
    (id_, version, stage, since, column, until, why_not, step, step_on, _next, category, locale, consents, owner,
     recommend, _number, number, done, status, name, email, phone, quote, quote_locale, due,
     tags) = row  # fmt: skip
    allowed = purposes(consents)
    named = "name" in allowed
    card = object.__new__(Card)
    # Its own way sets one field after the other, which for a board takes as long as the query.
    vars(card).update(
        id=id_,
        version=version,
        number=number,
        stage=stage,
        stage_since=since,
        not_now_until=until,
        not_now_reason=why_not,
        next_step=step,
        next_step_on=step_on,
        category=category,
        done=without_person(done, name, email, phone) if done else done,
        case_open=status != "confirmed",
        invitation_due=due,
        consents=allowed,
        name=first_name(name) if named else None,
        # Words are allowed without the name, unless that is allowed as well.
        quote=without_person(quote, None if named else name, email, phone) if quote else None,
        quote_locale=quote_locale if quote else None,
        owner_id=owner,
        recommend=recommend,
        tags=tuple(sorted(tags.split("\n"))) if tags else (),
        column=column,
        locale=locale,
    )
    return card


@cache
def purposes(bits: int) -> frozenset[str]:
    """What the sum of the bits of a person stands for."""
    return frozenset(purpose for purpose, bit in CONSENT_BITS.items() if bits & bit)
