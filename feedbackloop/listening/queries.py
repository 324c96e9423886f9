"""All SQL of what complaints have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.periods import Period
from feedbackloop.extensions import db
from feedbackloop.listening import rules


@dataclass(frozen=True)
class Pattern:
    """Complaints of one category and root cause, by the day they were opened. None: the complaints do not say."""

    category: str | None
    root_cause: str | None
    now: int
    before: int
    unresolved: int
    trend: str


def patterns(period: Period, limit: int) -> list[Pattern]:
    """The patterns with most complaints in the period, or in the one before where there is none in this one."""
    within: ColumnElement[bool] = Complaint.opened_at >= period.start
    now = func.count().filter(within)
    before = func.count().filter(~within)
    unresolved = func.count().filter(within, Complaint.status.in_(("open", "reopened")))
    statement = (
        select(
            Complaint.category,
            Complaint.root_cause,
            now.label("now"),
            before.label("before"),
            unresolved.label("unresolved"),
        )
        .where(Complaint.opened_at >= period.before, Complaint.opened_at <= period.end)
        .group_by(Complaint.category, Complaint.root_cause)
        .order_by(now.desc(), before.desc(), Complaint.category, Complaint.root_cause)
        .limit(limit)
    )
    return [
        Pattern(row.category, row.root_cause, row.now, row.before, row.unresolved, rules.trend(row.before, row.now))
        for row in db.session.execute(statement)
    ]


def rising(found: Sequence[Pattern]) -> list[Pattern]:
    """Those that rise and that somebody can name."""
    return [one for one in found if one.trend == "rising" and (one.category or one.root_cause)]
