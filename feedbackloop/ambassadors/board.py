"""The board as marketing may read it. No query here touches what a person complained of, or an address; a name and
a quote are read only for those who allowed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, ScalarSelect, func, literal, select, true

from feedbackloop.ambassadors import board_sql as sql
from feedbackloop.ambassadors.counts import board_version
from feedbackloop.ambassadors.models import BoardChange, BoardState
from feedbackloop.ambassadors.rules import COLUMNS, CONSENT_BITS, band, first_name
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.core.db import plain
from feedbackloop.core.formats import AtLeast
from feedbackloop.extensions import db

__all__ = ("BOUND", "NOBODY", "Card", "Counts", "Cursor", "Filter", "board_version")

BOUND = 1_000  # what the kept counts do not answer is counted no further
FEW = 5_000  # people of one tag that are looked up one by one
BATCH = 1_000
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
    # Of a filter that the counts answer: by column, how those who fit are to be found.
    fitting: Mapping[str, sql.Fitting] = MappingProxyType({})

    def only(self, column: str) -> Counts:
        """Of one column."""
        found = Counts({name: people for name, people in self.items() if name == column})
        found.fitting = self.fitting
        return found

    def bounded(self, exact: dict[str, int], cut: bool) -> Counts:
        """With these numbers, counted no further than one beyond BOUND; `cut`: of some people alone."""
        found = Counts({name: _up_to_bound(people, cut) for name, people in exact.items() if people})
        found.beyond = frozenset(name for name, people in found.items() if isinstance(people, AtLeast))
        found.fitting = self.fitting
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


def counts(wanted: Filter) -> Counts:
    """How many people each column holds. Of a filter by period or tag no column is counted beyond BOUND."""
    asked = _Asked.of(wanted)
    found = Counts(totals())
    if asked.narrow:
        rows = plain(sql.counted(asked.shape), **asked.values).all()
        fitting = {
            column: sql.Fitting(int(people), found.get(column, 0), frozenset(kinds) if kinds else None)
            for column, people, kinds in rows
            if people > 0
        }
        found = Counts({column: one.people for column, one in fitting.items()})
        found.fitting = fitting
    if wanted.column is not None:
        found = found.only(wanted.column)
    if (wanted.since is None and wanted.tag is None) or not found:
        return found
    asked = asked.among_tagged(counting=True)
    parts = tuple(_part(name, asked, found, BOUND + 1, sql.ANY) for name in COLUMNS if found.get(name))
    rows = plain(sql.bounded(parts, asked.shape), **asked.values, **_kinds(parts, found)).all()
    return found.bounded(dict(rows), asked.cut)


def _up_to_bound(people: int, cut: bool) -> int:
    return AtLeast(min(people, BOUND)) if cut or people > BOUND else people


def totals() -> dict[str, int]:
    """How many people each column holds in all, by the kept counts and what is not folded into them yet."""
    rows = plain(_TOTALS).all()
    found: Counter[str] = Counter(rows[0].totals or {})
    for row in rows:
        if row.board_column:
            found[row.board_column] += int(row.people)
    return {column: people for column, people in found.items() if people > 0}


def on_board() -> ScalarSelect[int]:
    """How many people the board holds, for a statement that asks more."""
    new = select(func.coalesce(func.sum(BoardChange.people), 0)).scalar_subquery()
    return select(func.coalesce(select(BoardState.people).scalar_subquery(), 0) + new).scalar_subquery()


def columns(wanted: Filter, limit: int, counted: Counts | None = None) -> dict[str, list[Card]]:
    """The first cards of every column, in one query. `counted`: what `counts` said of this filter, if it was asked."""
    asked = _Asked.of(wanted).among_tagged()
    there = counts(wanted) if counted is None else counted
    parts = tuple(_part(name, asked, there, limit) for name in COLUMNS if there.get(name))
    found: dict[str, list[Card]] = {name: [] for name in COLUMNS}
    if not parts:
        return found
    for row in plain(sql.cards(parts, asked.shape), **asked.values, **_kinds(parts, there)):
        found[row.board_column].append(card_of(row))
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
        yield card_of(row)


def card(ambassador_id: int) -> Card | None:
    """One person; None for who is not there or has left the board."""
    row = plain(sql.one_card(_on_postgresql()), wanted=ambassador_id).one_or_none()
    return card_of(row) if row else None


def categories() -> list[str]:
    """The categories on the board, in order."""
    rows = plain(_CATEGORIES).all()
    kept = rows[0].categories or {}
    return sorted({*(one for one, people in kept.items() if people > 0), *(row.category for row in rows)} - {"", None})


def waiting_check_ins() -> int:
    """How many check-ins wait for an answer, up to BOUND: who says 'yes' comes on the board."""
    found: int = plain(_WAITING).scalar_one()
    return AtLeast(BOUND) if found > BOUND else found


_WAITING = select(func.count()).select_from(
    select(CheckIn.id).where(CheckIn.status == "sent").limit(BOUND + 1).subquery()
)
_NEW = (
    select(BoardChange.board_column, func.sum(BoardChange.people).label("people"))
    .where(BoardChange.people != 0)
    .group_by(BoardChange.board_column)
    .subquery()
)
_ONCE = select(literal(1).label("one")).subquery()  # one row even before the first is folded
_TOTALS = select(BoardState.totals, _NEW.c.board_column, _NEW.c.people).select_from(
    _ONCE.outerjoin(BoardState, true()).outerjoin(_NEW, true())
)
_NAMED = select(BoardChange.category).where(BoardChange.people > 0).distinct().subquery()
_CATEGORIES = select(BoardState.categories, _NAMED.c.category).select_from(
    _ONCE.outerjoin(BoardState, true()).outerjoin(_NAMED, true())
)


@dataclass(frozen=True)
class _Asked:
    """A filter as the statements take it."""

    shape: sql.Shape
    values: dict[str, Any]
    narrow: bool  # more is asked than the totals answer
    cut: bool = False  # of those who have the tag not all are looked at

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
            return self
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
    way = sql.way(chosen, limit, there.fits(column)) if few else sql.WALK
    return sql.Part(column, way, chosen, after, limit)


def card_of(row: Row[Any]) -> Card:
    """The card of a row of sql.cards."""
    return Card(
        id=row.id,
        version=row.version,
        number=row.external_id,
        stage=row.stage,
        stage_since=row.stage_since,
        not_now_until=row.not_now_until,
        not_now_reason=row.not_now_reason,
        next_step=row.next_step,
        next_step_on=row.next_step_on,
        category=row.category,
        done=row.resolution,
        case_open=row.status != "confirmed",
        invitation_due=row.due_at,
        consents=purposes(row.consents),
        name=first_name(row.name),
        quote=row.comment,
        quote_locale=row.quote_locale if row.comment else None,
        owner_id=row.owner_id,
        recommend=row.recommend,
        tags=tuple(sorted(row.tags.split("\n"))) if row.tags else (),
        column=row.board_column,
        locale=row.locale,
    )


@cache
def purposes(bits: int) -> frozenset[str]:
    """What the sum of the bits of a person stands for."""
    return frozenset(purpose for purpose, bit in CONSENT_BITS.items() if bits & bit)


def quotes(complaint_ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """What people wrote with their latest 'yes', and its language."""
    if not complaint_ids:
        return {}
    rows = db.session.execute(
        select(CheckIn.complaint_id, Answer.comment, Answer.locale)
        .join(Answer, Answer.check_in_id == CheckIn.id)
        .where(
            CheckIn.complaint_id.in_(complaint_ids),
            Answer.latest,
            Answer.quote_consent,
            Answer.satisfied == "yes",
            Answer.comment.is_not(None),
        )
        .order_by(CheckIn.cycle)
    )
    return {row.complaint_id: (row.comment, row.locale) for row in rows}
