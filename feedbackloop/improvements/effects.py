"""What done improvements changed, counted from the raw rows: all SQL of `effect`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, case, func, select

from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock, periods
from feedbackloop.core.decisions import no
from feedbackloop.extensions import db
from feedbackloop.improvements import effect
from feedbackloop.improvements.effect import Effect, Week, Window
from feedbackloop.improvements.models import Improvement, ImprovementComplaint

_DAY_S = 24 * 3600
_EPOCH = date(1970, 1, 1).toordinal()


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
    """The complaints of each week, in order: one pass over the rows for all of them, however many there are."""
    shown = {key: windows[key] for key in causes if windows[key].starts}
    days = _days([causes[key] for key in shown], list(shown.values())) if shown else {}
    found: dict[int, list[Week]] = {key: [] for key in causes}
    for key, window in shown.items():
        cause = causes[key]
        for start in window.starts:
            counts: Counter[str | None] = Counter()
            for number in range(start.toordinal(), start.toordinal() + 7):
                counts.update(days.get((cause.category, number), {}))
            total = counts.total()
            same = counts[cause.root_cause] if cause.root_cause else 0
            found[key].append(Week(total, total - counts[None], same))
    return found


def _days(causes: Sequence[Cause], windows: Sequence[Window]) -> dict[tuple[str, int], Counter[str | None]]:
    """Complaints by category and local day (its ordinal), and in each by root cause: those in question by name, the
    others together, None where it is not known."""
    first, last = min(one.starts[0] for one in windows), max(one.last for one in windows)
    zone = settings().timezone
    wanted = sorted({one.root_cause for one in causes if one.root_cause})
    cause = case(
        (Complaint.root_cause.is_(None), None), (Complaint.root_cause.in_(wanted), Complaint.root_cause), else_=""
    )
    rows = (
        select(Complaint.category, _local_days(first, last, zone).label("day"), cause.label("cause"))
        .where(
            Complaint.category.in_({one.category for one in causes}),
            Complaint.opened_at >= periods.midnight(first, zone),
            Complaint.opened_at < periods.midnight(last, zone),
        )
        .subquery()
    )
    found: dict[tuple[str, int], Counter[str | None]] = {}
    by = (rows.c.category, rows.c.day, rows.c.cause)
    for category, day, name, number in db.session.execute(select(*by, func.count()).group_by(*by)):
        found.setdefault((category, _EPOCH + int(day)), Counter())[name] += number
    return found


def _local_days(first: date, last: date, zone: ZoneInfo) -> ColumnElement[Any]:
    """The local day on which a complaint was opened, counted from 1970: its moment and what the clocks were ahead."""
    *changes, ahead = _clocks(first, last, zone)
    offset = case(*((Complaint.opened_at < until, s) for until, s in changes), else_=ahead[1]) if changes else ahead[1]
    if db.session.get_bind().dialect.name == "postgresql":
        return func.floor((func.extract("epoch", Complaint.opened_at) + offset) / _DAY_S)
    return (func.unixepoch(Complaint.opened_at, type_=Integer) + offset) // _DAY_S


def _clocks(first: date, last: date, zone: ZoneInfo) -> list[tuple[datetime, int]]:
    """Until when the clocks were how many seconds ahead of UTC, in order; to the second."""

    def ahead(moment: datetime) -> int:
        return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())

    found: list[tuple[datetime, int]] = []
    early = periods.midnight(first, zone)
    for number in range(first.toordinal() + 1, last.toordinal() + 1):
        late = periods.midnight(date.fromordinal(number), zone)
        if ahead(late) != ahead(early):
            low, high = early, late
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (middle, high) if ahead(middle) == ahead(early) else (low, middle)
            found.append((high, ahead(early)))
        early = late
    return [*found, (early, ahead(early))]
