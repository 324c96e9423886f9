"""Keeping the numbers up: what history tells of is counted anew, a batch and a short transaction at a time.

History is read by number. A number that is handed out is not yet committed, so rows are read twice: at once, a thousand
back, and once more when they are ten minutes old and every transaction of their time has ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from feedbackloop.ambassadors.numbers import folding, queries, rules
from feedbackloop.ambassadors.numbers.models import NumberMark, NumberState
from feedbackloop.ambassadors.numbers.rules import Fact
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleChanged

BATCH = 500
# While everything is counted anew, complaints are kept first and added up afterwards, week by week: added one by one
# they would change each sum a hundred times.
SUMMING = -1
_KEPT_AT_ONCE = 4_000
_BACK = 1_000
_SETTLED_AFTER = timedelta(minutes=10)


def hear_people(event: PeopleChanged) -> None:
    """Their language may be another; history does not tell of it. Read by the next count."""
    db.session.add_all(NumberMark(customer_id=one) for one in event.ids)


def start_over() -> None:
    """Empties what is kept; the next count begins at the first complaint, and pages say so until it is through."""
    state = queries.held_state()
    queries.forget_all()
    now = clock.now()
    fresh = {
        "version": rules.VERSION,
        "zone": str(settings().timezone),
        "seen": queries.last_history(),
        "settled": queries.history_before(now - _SETTLED_AFTER),
        "built_to": 0,
        "built_at": None,
        "counted_at": None,
    }
    if state is None:
        db.session.add(NumberState(**fresh))
    else:
        for name, value in fresh.items():
            setattr(state, name, value)
    db.session.flush()


def take_off(complaint_ids: Iterable[int]) -> None:
    """Takes complaints that are about to be deleted out of the sums."""
    ids = sorted(complaint_ids)
    queries.held_state()
    folding.fold(queries.facts(ids), {})


def count() -> bool:
    """One batch; whether there is more to count at once."""
    state = queries.held_state()
    if state is None or state.version != rules.VERSION or state.zone != str(settings().timezone):
        start_over()
        return True
    return _build(state) if state.built_at is None else _follow(state)


def _build(state: NumberState) -> bool:
    """Keeps the next complaints that were ever resolved; once all are kept, adds up the next week."""
    if state.built_to == SUMMING:
        week = queries.week_to_sum()
        if week is None:
            state.built_at = clock.now()
        else:
            folding.keep_sums(queries.facts_of_week(week))
        return True
    ids = queries.resolved_after(state.built_to, _KEPT_AT_ONCE)
    folding.keep_facts(list(counted(ids).values()))
    # What is resolved from here on is told of by history, which is read from where it stood when this began.
    state.built_to = ids[-1] if ids else SUMMING
    return True


def _follow(state: NumberState) -> bool:
    """Whatever changed since the last time, and once more what is old enough now."""
    now = clock.now()
    fresh = queries.history_after(max(state.seen - _BACK, 0), _BACK + BATCH)
    settled = queries.history_after(state.settled, BATCH, now - _SETTLED_AFTER)
    marked = queries.take_marks(BATCH)
    people = fresh.customer_ids | settled.customer_ids | set(marked)
    _recount({*fresh.complaint_ids, *settled.complaint_ids, *queries.complaints_of(people)})
    state.seen, state.settled = max(fresh.last, state.seen), settled.last
    more = fresh.rows == _BACK + BATCH or settled.rows == BATCH or len(marked) == BATCH
    if not more:
        state.counted_at = now
    return more


def _recount(complaint_ids: Iterable[int]) -> None:
    ids = sorted(complaint_ids)
    folding.fold(queries.facts(ids), counted(ids))


def counted(complaint_ids: Iterable[int]) -> dict[int, Fact]:
    """These complaints as they are counted by what the tables hold now."""
    zone = settings().timezone
    found = (rules.fact(one, zone) for one in queries.raw(sorted(complaint_ids)))
    return {one.complaint_id: one for one in found if one is not None}


@dataclass(frozen=True)
class Checked:
    """What a check found: complaints looked at, those that are counted otherwise, and weeks whose sums are wrong."""

    complaints: int
    wrong: tuple[int, ...]
    weeks: tuple[date, ...]

    def __bool__(self) -> bool:
        return not self.wrong and not self.weeks


def check() -> Checked:
    """Compares all that is kept with the tables that it comes from. Changes nothing."""
    seen, wrong, after = 0, [], 0
    while ids := queries.resolved_after(after, BATCH):
        kept, now = queries.facts(ids), counted(ids)
        wrong += [one for one in ids if kept.get(one) != now.get(one)]
        seen, after = seen + len(ids), ids[-1]
    return Checked(seen, tuple(wrong), tuple(week for week in queries.kept_weeks() if not _adds_up(week)))


def _adds_up(week: date) -> bool:
    """Whether the sums of a week are those of its complaints."""
    sums = folding.sums_of(queries.facts_of_week(week))
    cells = {key: tuple(given) for (_week, key), given in sums.cells.items()}
    days = {key: people for (_week, key), people in sums.days.items()}
    return cells == queries.cells_of_week(week) and days == queries.days_of_week(week)
