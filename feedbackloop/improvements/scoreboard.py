"""The honest scoreboard: what came in, how it ended, what changed, how long it took. Counted from the raw rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock, periods
from feedbackloop.extensions import db
from feedbackloop.improvements import small_groups
from feedbackloop.improvements.models import Improvement

# Those that are the least missed come first: they go first where a small group must not stand alone.
GROUPS = ("busy", "no_answer", "confirmed", "not_solved")
_KEPT_FOR = timedelta(seconds=1)
_ASKED = ("sent", "expired")
_DAY_S = 24 * 3600


@dataclass(frozen=True)
class Days:
    """A quarter, half and three quarters of the resolved complaints were resolved within so many days."""

    quarter: int
    half: int
    most: int


@dataclass(frozen=True)
class Board:
    """One period. `groups` add up to `received`; None where a group is not shown, `together` are all of those.

    `confirmed`: the person said that it is solved. `not_solved`: reopened, and not resolved since. `no_answer`:
    resolved and asked, without an answer so far. `busy`: everything else, still open or not asked.
    """

    received: int
    groups: Mapping[str, int | None]
    changes: int
    days: Days | None

    @property
    def together(self) -> int:
        return self.received - sum(people or 0 for people in self.groups.values())


@dataclass(frozen=True)
class Scoreboard:
    """The past twelve months, and all time; None where there is too little to show anything of people at all."""

    year: Board | None
    ever: Board | None


@dataclass(frozen=True)
class Raw:
    """The rows of one stretch, counted and not yet to be shown. `days`: how many were resolved within so many days."""

    groups: Mapping[str, int]
    changes: int
    days: Mapping[int, int]

    @property
    def received(self) -> int:
        return sum(self.groups.values())


def scoreboard() -> Scoreboard:
    """The numbers as they stood at most a minute ago: on a large site counting takes longer than all the rest."""
    kept: dict[str, tuple[datetime, Scoreboard]] = current_app.extensions.setdefault("feedbackloop.scoreboard", {})
    now = clock.now()
    counted_at, found = kept.get("log", (None, None))
    if found is None or counted_at is None or not counted_at <= now < counted_at + _KEPT_FOR:
        found = shown(*count(periods.read("12m", now, settings().timezone).start))
        kept["log"] = (now, found)
    return found


def shown(year: Raw, older: Raw) -> Scoreboard:
    """What may be shown of the stretches since a moment and before it. All time stands beside the first where the
    second is no small group."""
    if year.received < small_groups.SMALLEST_GROUP:
        return Scoreboard(None, None)
    hidden, hidden_ever = small_groups.hidden_of_both(year.groups, older.groups)
    board = _board(year, hidden)
    if not small_groups.may_show_both(year.received, older.received):
        return Scoreboard(board, None)
    together = Raw(_added(year.groups, older.groups), year.changes + older.changes, _added(year.days, older.days))
    return Scoreboard(board, _board(together, hidden_ever))


def count(since: datetime) -> tuple[Raw, Raw]:
    """The numbers of complaints that were opened, and of changes that were done: since this moment, and before it."""
    groups = {True: dict.fromkeys(GROUPS, 0), False: dict.fromkeys(GROUPS, 0)}
    for recent, group, people in _complaints(since):
        groups[bool(recent)][group] += people
    days: dict[bool, dict[int, int]] = {True: {}, False: {}}
    for recent, within, people in _resolved(since):
        days[bool(recent)][max(int(within), 1)] = days[bool(recent)].get(max(int(within), 1), 0) + people
    changes = {bool(recent): number for recent, number in _changes(since)}
    year, older = (Raw(groups[one], changes.get(one, 0), days[one]) for one in (True, False))
    return year, older


def quartiles(days: Mapping[int, int]) -> Days | None:
    """The fewest days within which a quarter, half and three quarters were resolved; None for under ten."""
    total = sum(days.values())
    if total < small_groups.SMALLEST_GROUP:
        return None
    found: list[int] = []
    so_far = 0
    for within in sorted(days):
        so_far += days[within]
        while len(found) < 3 and 4 * so_far >= (len(found) + 1) * total:
            found.append(within)
    return Days(*found)


def _board(raw: Raw, hidden: frozenset[str]) -> Board:
    groups = {name: None if name in hidden else people for name, people in raw.groups.items()}
    return Board(raw.received, groups, raw.changes, quartiles(raw.days))


def _added(one: Mapping[Any, int], other: Mapping[Any, int]) -> dict[Any, int]:
    return {
        name: one.get(name, 0) + other.get(name, 0) for name in [*one, *(name for name in other if name not in one)]
    }


def _since(moment: InstrumentedAttribute[Any], since: datetime) -> ColumnElement[int]:
    return case((moment >= since, 1), else_=0)


def _complaints(since: datetime) -> Sequence[Any]:
    asked = and_(CheckIn.complaint_id == Complaint.id, CheckIn.cycle == Complaint.cycle, CheckIn.status.in_(_ASKED))
    group = case(
        (Complaint.status == "confirmed", "confirmed"),
        (Complaint.status == "reopened", "not_solved"),
        (and_(Complaint.status == "resolved", CheckIn.id.is_not(None)), "no_answer"),
        else_="busy",
    )
    rows = (
        select(_since(Complaint.opened_at, since).label("recent"), group.label("ended"))
        .select_from(Complaint)
        .outerjoin(CheckIn, asked)
        .subquery()
    )
    return db.session.execute(
        select(rows.c.recent, rows.c.ended, func.count()).group_by(rows.c.recent, rows.c.ended)
    ).all()


def _resolved(since: datetime) -> Sequence[Any]:
    """Begun days from opening to resolution, of what is resolved; not of what came in after it was resolved."""
    if db.session.get_bind().dialect.name == "postgresql":
        taken = func.extract("epoch", Complaint.resolved_at - Complaint.opened_at)
        within: ColumnElement[Any] = func.ceil(taken / _DAY_S)
    else:
        whole = func.unixepoch(Complaint.resolved_at, type_=Integer) - func.unixepoch(
            Complaint.opened_at, type_=Integer
        )
        within = (whole + (_DAY_S - 1)) // _DAY_S
    rows = (
        select(_since(Complaint.opened_at, since).label("recent"), within.label("within"))
        .where(Complaint.status.in_(("resolved", "confirmed")), Complaint.resolved_at >= Complaint.opened_at)
        .subquery()
    )
    return db.session.execute(
        select(rows.c.recent, rows.c.within, func.count()).group_by(rows.c.recent, rows.c.within)
    ).all()


def _changes(since: datetime) -> Sequence[Any]:
    public = and_(Improvement.published_at.is_not(None), Improvement.unpublished_at.is_(None))
    rows = (
        select(_since(Improvement.done_at, since).label("recent"))
        .where(public, Improvement.status == "done", Improvement.done_at.is_not(None))
        .subquery()
    )
    return db.session.execute(select(rows.c.recent, func.count(literal(1))).group_by(rows.c.recent)).all()
