"""All SQL of the numbers: what is kept, and the raw rows that it is counted from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.orm import aliased

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.numbers import rules
from feedbackloop.ambassadors.numbers.models import NumberCell, NumberDays, NumberFact, NumberMark, NumberState
from feedbackloop.ambassadors.numbers.rules import DIMENSIONS, MEASURES, Fact, Raw
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint, Round
from feedbackloop.core.db import among
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Customer
from feedbackloop.reviews.models import Destination, Invitation, OutsideReview, Review

# What is kept


def state() -> NumberState | None:
    """How far counting came; None before it began."""
    return db.session.scalar(select(NumberState).order_by(NumberState.id).limit(1))


def held_state() -> NumberState | None:
    """The same, held until the transaction ends: one counts at a time."""
    return db.session.scalar(
        select(NumberState)
        .order_by(NumberState.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def weeks(kind: int, chosen: Mapping[str, str], first: date, last: date) -> list[tuple[date, dict[str, int]]]:
    """The sums of each week of this selection, in order; a week without anybody has none."""
    rows = db.session.execute(
        select(NumberCell.week, *_MEASURES).where(_of(kind, chosen, first, last)).order_by(NumberCell.week)
    )
    return [(row[0], dict(zip(MEASURES, row[1:], strict=True))) for row in rows]


def groups(
    name: str, kind: int, chosen: Mapping[str, str], first: date, last: date
) -> list[tuple[str, dict[str, int]]]:
    """The sums of each value of the dimension `name` over these weeks."""
    value = getattr(NumberCell, name)
    sums = [func.sum(one) for one in _MEASURES]
    rows = db.session.execute(select(value, *sums).where(_of(kind, chosen, first, last)).group_by(value))
    return [(row[0], {one: int(given) for one, given in zip(MEASURES, row[1:], strict=True)}) for row in rows]


def days(kind: int, chosen: Mapping[str, str], first: date, last: date) -> dict[int, dict[int, int]]:
    """How many took so many days, by step. Kept for one chosen dimension at most."""
    rows = db.session.execute(
        select(NumberDays.step, NumberDays.days, func.sum(NumberDays.people))
        .where(
            NumberDays.kind == kind,
            NumberDays.value == next(iter(chosen.values()), ""),
            NumberDays.week.between(first, last),
        )
        .group_by(NumberDays.step, NumberDays.days)
    )
    found: dict[int, dict[int, int]] = {}
    for step, passed, people in rows:
        found.setdefault(step, {})[passed] = int(people)
    return found


def destination_names() -> dict[str, str]:
    return {str(row.id): row.name for row in db.session.execute(select(Destination.id, Destination.name))}


_MEASURES = tuple(getattr(NumberCell, name) for name in MEASURES)


def _of(kind: int, chosen: Mapping[str, str], first: date, last: date) -> ColumnElement[bool]:
    wanted = [getattr(NumberCell, name) == value for name, value in chosen.items()]
    return and_(NumberCell.kind == kind, *wanted, NumberCell.week.between(first, last))
