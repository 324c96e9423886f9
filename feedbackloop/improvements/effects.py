"""What done improvements changed, counted from the raw rows: all SQL of `effect`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Select, and_, case, func, literal, select, union_all

from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock, periods
from feedbackloop.core.decisions import no
from feedbackloop.extensions import db
from feedbackloop.improvements import effect
from feedbackloop.improvements.effect import Effect, Week, Window
from feedbackloop.improvements.models import Improvement, ImprovementComplaint


@dataclass(frozen=True)
class Cause:
    """What an improvement is about: complaints with this category, and where all say the same, this root cause."""

    category: str
    root_cause: str | None


def of(improvements: Collection[Improvement]) -> dict[int, Effect]:
    """What each of these changed, by its id; those that are not done have the reason `not_done`."""
    found: dict[int, Effect] = {}
    done = {one.id: one.done_at for one in improvements if one.done_at is not None and one.status == "done"}
    causes = _causes([one for one in improvements if one.id in done])
    first, last = _record() if causes else (None, None)
    today = _local_day(clock.now())
    windows = {key: effect.window(_local_day(done[key]), first, last, today) for key in causes}
    weeks = _weeks(causes, windows)
    for one in improvements:
        if one.id not in done:
            found[one.id] = Effect(no("not_done"))
        elif one.id not in causes:
            found[one.id] = Effect(no("no_cause"))
        else:
            cause = causes[one.id]
            found[one.id] = effect.measured(cause.category, cause.root_cause, windows[one.id], weeks[one.id])
    return found


def of_one(improvement: Improvement) -> Effect:
    return of([improvement])[improvement.id]


def _local_day(moment: datetime) -> date:
    return moment.astimezone(settings().timezone).date()


def _record() -> tuple[date | None, date | None]:
    """The days of the first and of the newest complaint on record. Two queries: each is one step in an index."""
    first = db.session.scalar(select(func.min(Complaint.opened_at)))
    last = db.session.scalar(select(func.max(Complaint.opened_at)).where(Complaint.opened_at <= clock.now()))
    return (_local_day(first) if first else None), (_local_day(last) if last else None)


def _causes(improvements: Sequence[Improvement]) -> dict[int, Cause]:
    """What each is about; one of which neither its own category nor that of its complaints says it is left out."""
    linked: dict[int, list[tuple[str | None, str | None, int]]] = {one.id: [] for one in improvements}
    statement = (
        select(ImprovementComplaint.improvement_id, Complaint.category, Complaint.root_cause, func.count())
        .join(Complaint, Complaint.id == ImprovementComplaint.complaint_id)
        .where(ImprovementComplaint.improvement_id.in_(linked))
        .group_by(ImprovementComplaint.improvement_id, Complaint.category, Complaint.root_cause)
    )
    for improvement_id, category, root_cause, number in db.session.execute(statement) if linked else ():
        linked[improvement_id].append((category, root_cause, number))
    found: dict[int, Cause] = {}
    for one in improvements:
        rows = linked[one.id]
        total, known = sum(n for _, _, n in rows), sum(n for _, cause, n in rows if cause)
        categories = sorted({category for category, _, _ in rows if category})
        category = one.category or effect.shared_cause(total, sum(n for c, _, n in rows if c), categories)
        if category:
            causes = sorted({cause for _, cause, _ in rows if cause})
            found[one.id] = Cause(category, effect.shared_cause(total, known, causes))
    return found


def _weeks(causes: Mapping[int, Cause], windows: Mapping[int, Window]) -> dict[int, list[Week]]:
    """The complaints of each week, in order, in one statement for all of them."""
    found = {key: [Week()] * len(windows[key].starts) for key in causes}
    parts = [_counted(key, causes[key], windows[key]) for key in causes if windows[key].starts]
    rows: Sequence[Any] = db.session.execute(union_all(*parts)).all() if parts else ()
    for key, week, *numbers in rows:
        found[key][week] = Week(*numbers)
    return found


def _counted(key: int, cause: Cause, window: Window) -> Select[tuple[int, int, int, int, int]]:
    zone = settings().timezone
    starts = [periods.midnight(day, zone) for day in window.starts]
    opened = Complaint.opened_at
    steps = [(opened < later, number) for number, later in enumerate(starts[1:])]
    week = (case(*steps, else_=len(steps)) if steps else literal(0)).label("week")
    same = func.count(case((Complaint.root_cause == cause.root_cause, 1)))
    return (
        select(literal(key, Integer), week, func.count(), func.count(Complaint.root_cause), same)
        .where(
            and_(
                Complaint.category == cause.category,
                opened >= starts[0],
                opened < periods.midnight(window.last, zone),
            )
        )
        .group_by(week)
    )
