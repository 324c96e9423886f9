"""All SQL of what complaints have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.periods import Period
from feedbackloop.extensions import db
from feedbackloop.listening import rules


@dataclass(frozen=True)
class Pattern:
    """Complaints that have something in common, counted by when they were opened. None: the complaints do not say.

    `trend` is one of rules.trend, or `unknown` where the stretch before is not all on record.
    """

    category: str | None
    root_cause: str | None
    now: int
    before: int
    unresolved: int
    trend: str


def is_comparable(period: Period) -> bool:
    """Whether complaints were kept through all of the stretch before: else everything would seem to rise."""
    first = db.session.scalar(select(func.min(Complaint.opened_at)))
    return first is not None and first < period.before


def categories(period: Period, comparable: bool) -> list[Pattern]:
    """What complaints are about, most complaints first; `root_cause` is None."""
    return _grouped(period, comparable, [Complaint.category])


def causes(period: Period, comparable: bool, limit: int) -> list[Pattern]:
    """Category and root cause together, where it is more than one complaint, most complaints first."""
    return _grouped(period, comparable, [Complaint.category, Complaint.root_cause], at_least=2, limit=limit)


def rising(found: Sequence[Pattern], by_cause: Sequence[Pattern]) -> list[Pattern]:
    """What rises and has a name. A category is left out where one of its causes rises: that says it more exactly."""
    exact = [one for one in by_cause if one.trend == "rising" and one.root_cause]
    said = {one.category for one in exact}
    return exact + [one for one in found if one.trend == "rising" and one.category and one.category not in said]


def _grouped(
    period: Period,
    comparable: bool,
    by: Sequence[InstrumentedAttribute[str | None]],
    at_least: int = 1,
    limit: int | None = None,
) -> list[Pattern]:
    within: ColumnElement[bool] = Complaint.opened_at >= period.start
    now = func.count().filter(within)
    before = func.count().filter(~within)
    unresolved = func.count().filter(within, Complaint.status.in_(("open", "reopened")))
    statement = (
        select(*by, now.label("now"), before.label("before"), unresolved.label("unresolved"))
        .where(Complaint.opened_at >= period.before, Complaint.opened_at <= period.end)
        .group_by(*by)
        .having(func.count() >= at_least)
        .order_by(now.desc(), before.desc(), *by)
        .limit(limit)
    )
    return [
        Pattern(
            category=row.category,
            root_cause=row.root_cause if len(by) > 1 else None,
            now=row.now,
            before=row.before,
            unresolved=row.unresolved,
            trend=rules.trend(row.before, row.now) if comparable else "unknown",
        )
        for row in db.session.execute(statement)
    ]
