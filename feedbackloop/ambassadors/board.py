"""The board as marketing may read it. No query here touches what a person complained of; a quote is read only of those
who allow it. Who somebody is, is read to be taken out of those words, and shown where that is allowed (cards.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, func, select, true

from feedbackloop.ambassadors import board_sql as sql
from feedbackloop.ambassadors.cards import BOUND, NOBODY, Card, Counts, Cursor, Filter, card_of, made, purposes
from feedbackloop.ambassadors.counts import board_version
from feedbackloop.ambassadors.models import BoardChange, BoardState
from feedbackloop.ambassadors.rules import COLUMNS, CONSENT_BITS
from feedbackloop.checkins.models import CheckIn
from feedbackloop.core.db import plain, written
from feedbackloop.core.formats import up_to
from feedbackloop.extensions import db

__all__ = ("BOUND", "NOBODY", "Card", "Counts", "Cursor", "Filter", "board_version", "purposes")

FEW = 5_000  # people of one tag that are looked up one by one
BATCH = 1_000


def counts(wanted: Filter) -> Counts:
    """How many people each column holds. Of a filter by period or tag no column is counted beyond BOUND."""
    asked = _Asked.of(wanted)
    kept = totals()
    found = Counts(kept.columns)
    if asked.narrow:
        rows = plain(sql.counted(asked.shape), **asked.values).all()
        fitting = {
            column: sql.Fitting(int(people), found.get(column, 0), frozenset(kinds) if kinds else None)
            for column, people, kinds in rows
            if people > 0
        }
        found = Counts({column: one.people for column, one in fitting.items()})
        found.fitting = fitting
    found.categories = kept.categories
    if wanted.column is not None:
        found = found.only(wanted.column)
    if (wanted.since is None and wanted.tag is None) or not found:
        return found
    asked = asked.among_tagged(counting=True)
    if "ids" in asked.shape.filters:
        rows = plain(sql.some(asked.shape), **asked.values).all()
        return found.bounded({column: people for column, people in rows if column in found}, asked.cut)
    parts = tuple(_part(name, asked, found, BOUND + 1, sql.ANY) for name in COLUMNS if found.get(name))
    rows = plain(sql.bounded(parts, asked.shape), **asked.values, **_kinds(parts, found)).all()
    return found.bounded(dict(rows), asked.cut)


@dataclass(frozen=True)
class Totals:
    """How many people each column holds in all, and the categories on the board, in order."""

    columns: dict[str, int]
    categories: list[str]


def totals() -> Totals:
    """By the kept counts and what is not folded into them yet."""
    rows = plain(_TOTALS).all()
    columns: Counter[str] = Counter(rows[0].totals or {})
    names = {name for name, people in (rows[0].categories or {}).items() if people > 0}
    for _totals, _categories, column, category, people in rows:
        if people:
            columns[column] += int(people)
        if people and people > 0:
            names.add(category)
    return Totals({column: people for column, people in columns.items() if people > 0}, sorted(names - {""}))


def on_board() -> ScalarSelect[int]:
    """How many people the board holds, for a statement that asks more."""
    new = select(func.coalesce(func.sum(BoardChange.people), 0)).scalar_subquery()
    return select(func.coalesce(select(BoardState.people).scalar_subquery(), 0) + new).scalar_subquery()


def columns(wanted: Filter, limit: int, counted: Counts | None = None) -> dict[str, list[Card]]:
    """The first cards of every column, mostly in one query. `counted`: what `counts` said of this filter."""
    asked = _Asked.of(wanted).among_tagged()
    there = counts(wanted) if counted is None else counted
    parts = tuple(_part(name, asked, there, limit) for name in COLUMNS if there.get(name))
    found: dict[str, list[Card]] = {name: [] for name in COLUMNS}
    if not parts:
        return found
    # Of those who have a common tag each column is a long way: in one statement all of them would be too long a one.
    for some in [parts] if asked.share == 1 else [(part,) for part in parts]:
        for row in plain(sql.cards(some, asked.shape), **asked.values, **_kinds(some, there)).all():
            card = card_of(row)
            found[card.column].append(card)
    for name, these in found.items():
        if name == "not_now":
            these.sort(key=lambda card: (card.not_now_until or date.max, card.id))
        else:
            these.sort(key=lambda card: (card.stage_since, card.id), reverse=True)
    return found


def cards(column: str, wanted: Filter, after: Cursor | None, limit: int) -> tuple[list[Card], Cursor | None]:
    """At most `limit` cards, and where the column goes on. The newest in a stage first; `not_now`: the nearest day."""
    return shown(replace(wanted, column=column), order_of(column), after, limit)


def order_of(column: str) -> str:
    return sql.LATER if column == "not_now" else sql.NEWEST


def shown(wanted: Filter, order: str, after: Cursor | None, limit: int) -> tuple[list[Card], Cursor | None]:
    """At most `limit` cards of one column, or of all, in this order; and where they go on."""
    asked = _Asked.of(wanted).among_tagged()
    behind = after.values(order) if after else None
    there = counts(replace(wanted, since=None, tag=None)) if asked.narrow else Counts()
    if asked.narrow and not there:
        return [], None
    part = _part(wanted.column, asked, there, limit + 1, order, behind is not None)
    given = asked.values | _kinds((part,), there) | (behind or {})
    rows = plain(sql.cards((part,), asked.shape), **given).all()
    goes_on = Cursor.at(order, rows[limit - 1]) if len(rows) > limit else None
    return [card_of(row) for row in rows[:limit]], goes_on


def everybody(wanted: Filter, order: str) -> Iterator[Card]:
    """All whom the filter shows, in this order, as they stood when the reading began; a batch at a time in memory."""
    asked = _Asked.of(wanted)
    statement = sql.cards((sql.Part(wanted.column, sql.WALK, order),), asked.shape)
    options = {"yield_per": BATCH, "stream_results": True}
    for row in db.session.connection().execute(statement, asked.values, execution_options=options):
        yield made(tuple(row))  # remembering them all would push out what boards show


def card(ambassador_id: int) -> Card | None:
    """One person; None for who is not there or has left the board."""
    row = plain(sql.one_card(_on_postgresql()), wanted=ambassador_id).one_or_none()
    return card_of(row) if row else None


def waiting_check_ins() -> int:
    """How many check-ins wait for an answer, up to BOUND: who says 'yes' comes on the board."""
    found: int = plain(_WAITING).scalar_one()
    return up_to(BOUND, found)


_WAITING = select(func.count()).select_from(
    select(CheckIn.id).where(CheckIn.status == "sent").limit(BOUND + 1).subquery()
)
_NEW = (
    select(BoardChange.board_column, BoardChange.category, func.sum(BoardChange.people).label("people"))
    .where(BoardChange.people != written(0))
    .group_by(BoardChange.board_column, BoardChange.category)
    .subquery()
)
_ONCE = select(written(1).label("one")).subquery()  # one row even before the first is folded
_TOTALS = select(BoardState.totals, BoardState.categories, *_NEW.c).select_from(
    _ONCE.outerjoin(BoardState, true()).outerjoin(_NEW, true())
)


@dataclass(frozen=True)
class _Asked:
    """A filter as the statements take it."""

    shape: sql.Shape
    values: dict[str, Any]
    narrow: bool  # more is asked than the totals answer
    cut: bool = False  # of those who have the tag not all are looked at
    share: float = 1  # of all people, who have the tag

    @classmethod
    def of(cls, wanted: Filter) -> _Asked:
        others = wanted.locales[1:] if wanted.locale and wanted.locale == wanted.locales[0] else ()
        locale = "other_locale" if others else "locale" if wanted.locale else ""
        if wanted.locale and len(wanted.locales) == 1:
            locale = ""  # the only language there is: everybody's
        on = {
            "category": wanted.category,
            locale: locale,
            "consent": wanted.consent,
            "nobody": wanted.owner == NOBODY,
            "owner": wanted.owner not in (None, NOBODY),
            "score": wanted.score,
            "since": wanted.since is not None,
            "tag": wanted.tag,
        }
        filters = tuple(name for name, asked in on.items() if name and asked)
        bit = CONSENT_BITS[wanted.consent] if wanted.consent else 0
        shape = sql.Shape(filters, _on_postgresql(), bit, len(others))
        values = sql.values(
            shape,
            category=wanted.category,
            locale=wanted.locale,
            others=others,
            owner=wanted.owner if isinstance(wanted.owner, int) else None,
            score=wanted.score,
            since=wanted.since,
            tag=wanted.tag,
        )
        return cls(shape, values, bool(set(filters) - {"since", "tag"}))

    def among_tagged(self, counting: bool = False) -> _Asked:
        """With the few who have the tag that is asked for by their ids, from which any plan is a good one.

        Of a tag that many have, that holds for the counts alone, which are then of the newest of them.
        """
        if "tag" not in self.shape.filters or not self.shape.postgresql:
            return self
        ids = list(plain(sql.tagged(FEW), tag=self.values["tag"]).scalars())
        if len(ids) > FEW and not counting:
            return replace(self, share=len(ids) / (ids[0] - ids[-1] + 1))
        filters = tuple("ids" if name == "tag" else name for name in self.shape.filters)
        values = {name: value for name, value in self.values.items() if name != "tag"}
        return replace(
            self, shape=replace(self.shape, filters=filters), values={**values, "ids": ids[:FEW]}, cut=len(ids) > FEW
        )


def _kinds(parts: Sequence[sql.Part], there: Counts) -> dict[str, list[int]]:
    """What the parts that go by kinds are given."""
    return {part.given: sorted(there.fits(part.column).kinds or ()) for part in parts if part.way == sql.KINDS}


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def _part(
    column: str | None, asked: _Asked, there: Counts, limit: int, order: str | None = None, after: bool = False
) -> sql.Part:
    """The cheaper way to these cards."""
    chosen = order or order_of(column or "")
    few = asked.narrow and asked.shape.postgresql and "ids" not in asked.shape.filters
    way = sql.way(chosen, limit, there.fits(column), asked.share) if few else sql.WALK
    return sql.Part(column, way, chosen, after, limit)
