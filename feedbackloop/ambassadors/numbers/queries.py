"""All SQL of the numbers: what is kept, and the raw rows that it is counted from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select
from sqlalchemy.orm import aliased

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.numbers.models import NumberCell, NumberDays, NumberFact, NumberMark, NumberState
from feedbackloop.ambassadors.numbers.rules import BITS, DIMENSIONS, KINDS, MEASURES, Fact, Raw
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint, Round
from feedbackloop.core.db import among
from feedbackloop.core.history import History
from feedbackloop.core.types import UtcDateTime
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
    """Cells of this kind. What it does not tell apart is '' in each of them; said, it lets an index find them."""
    same = {name: "" for name in DIMENSIONS if not kind & BITS[name]} | dict(chosen)
    wanted = [getattr(NumberCell, name) == value for name, value in same.items()]
    return and_(NumberCell.kind == kind, *wanted, NumberCell.week.between(first, last))


def facts(complaint_ids: Sequence[int]) -> dict[int, Fact]:
    """What is kept of these complaints."""
    found: dict[int, Fact] = {}
    for part in chunks(complaint_ids):
        rows = db.session.execute(select(*_FACT).where(among(NumberFact.complaint_id, part)))
        found.update({row.complaint_id: _fact(row) for row in rows})
    return found


def facts_of_week(week: date) -> list[Fact]:
    return [_fact(row) for row in db.session.execute(select(*_FACT).where(NumberFact.week == week))]


def cells_of_week(week: date) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """What is kept of a week: the sums by kind and values."""
    keys = [getattr(NumberCell, name) for name in ("kind", *DIMENSIONS)]
    rows = db.session.execute(select(*keys, *_MEASURES).where(NumberCell.kind.in_(KINDS), NumberCell.week == week))
    return {tuple(row[: len(keys)]): tuple(row[len(keys) :]) for row in rows}


def days_of_week(week: date) -> dict[tuple[Any, ...], int]:
    keys = (NumberDays.kind, NumberDays.value, NumberDays.step, NumberDays.days)
    rows = db.session.execute(select(*keys, NumberDays.people).where(NumberDays.week == week))
    return {tuple(row[:4]): row[4] for row in rows}


def kept_weeks() -> list[date]:
    """Every week of which something is kept."""
    found = set(db.session.scalars(select(NumberCell.week).where(NumberCell.kind == 0)))
    return sorted(found | set(db.session.scalars(select(NumberFact.week).distinct())))


def week_to_sum() -> date | None:
    """The first week, in their order, that has complaints and behind which nothing is added up yet."""
    last = db.session.scalar(select(func.max(NumberCell.week)).where(NumberCell.kind == 0))
    wanted = select(func.min(NumberFact.week))
    return db.session.scalar(wanted.where(NumberFact.week > last) if last else wanted)


def forget_empty(among_weeks: Iterable[date]) -> None:
    """Takes away cells in which nobody stands any more."""
    of_them = sorted(set(among_weeks))
    db.session.execute(
        delete(NumberCell).where(NumberCell.kind.in_(KINDS), NumberCell.week.in_(of_them), NumberCell.resolved == 0)
    )
    db.session.execute(delete(NumberDays).where(NumberDays.week.in_(of_them), NumberDays.people == 0))


def forget_facts(complaint_ids: Sequence[int]) -> None:
    for part in chunks(complaint_ids):
        db.session.execute(delete(NumberFact).where(NumberFact.complaint_id.in_(part)))


def forget_all() -> None:
    """Empties everything that is kept but how far counting came."""
    for table in (NumberCell, NumberDays, NumberFact, NumberMark):
        db.session.execute(delete(table))


_FACT = tuple(getattr(NumberFact, name) for name in Fact.__dataclass_fields__)


def _fact(row: Any) -> Fact:
    return Fact(**{**row._mapping, "days": tuple(row.days)})


# What it is counted from


def raw(complaint_ids: Sequence[int]) -> list[Raw]:
    """What the tables hold of these complaints now, by id."""
    found: list[Raw] = []
    for part in chunks(complaint_ids):
        rows = db.session.execute(_RAW.where(among(Complaint.id, part)).order_by(Complaint.id))
        found += [Raw(**row._mapping) for row in rows]
    return found


_other = aliased(Invitation)
_MOMENT = UtcDateTime()
_RAW = (
    select(
        Complaint.id.label("complaint_id"),
        Complaint.cycle,
        Complaint.category,
        func.coalesce(Complaint.handler_name, Complaint.handler_email).label("handler"),
        Customer.locale,
        # Where the source took the resolution back, its moment stands in what is kept of the cycle.
        func.coalesce(Complaint.resolved_at, Round.resolved_at, type_=_MOMENT).label("resolved_at"),
        case((CheckIn.status != "bounced", CheckIn.sent_at)).label("sent_at"),
        CheckIn.answered_at.label("first_answered_at"),
        Answer.satisfied.label("answer"),
        Answer.answered_at,
        Answer.recommend,
        case((Invitation.status != "bounced", Invitation.sent_at)).label("invited_at"),
        Invitation.clicked_at,
        Invitation.status.label("invitation"),
        Invitation.destination_id,
        func.coalesce(Review.written_at, OutsideReview.written_at, type_=_MOMENT).label("reviewed_at"),
        Ambassador.stage,
        Ambassador.stage_since,
        exists()
        .where(_other.customer_id == Complaint.customer_id, _other.status == "reviewed")
        .label("reviewed_before"),
    )
    .select_from(Complaint)
    .outerjoin(Customer, Customer.id == Complaint.customer_id)
    .outerjoin(Round, and_(Round.complaint_id == Complaint.id, Round.cycle == Complaint.cycle))
    .outerjoin(CheckIn, and_(CheckIn.complaint_id == Complaint.id, CheckIn.cycle == Complaint.cycle))
    .outerjoin(Answer, and_(Answer.check_in_id == CheckIn.id, Answer.latest))
    .outerjoin(Invitation, and_(Invitation.complaint_id == Complaint.id, Invitation.cycle == Complaint.cycle))
    .outerjoin(Review, Review.invitation_id == Invitation.id)
    .outerjoin(OutsideReview, OutsideReview.invitation_id == Invitation.id)
    .outerjoin(
        Ambassador,
        and_(
            Ambassador.complaint_id == Complaint.id,
            Ambassador.customer_id == Complaint.customer_id,
            Ambassador.left_at.is_(None),
        ),
    )
)


def resolved_after(complaint_id: int, limit: int) -> list[int]:
    """Complaints that were ever resolved, by id, behind this one."""
    wanted = select(Complaint.id).where(Complaint.id > complaint_id, Complaint.cycle > 0)
    return list(db.session.scalars(wanted.order_by(Complaint.id).limit(limit)))


# What has changed


@dataclass(frozen=True)
class Read:
    """History rows that were read: the last of them, whose complaints and people they are about, and how many."""

    last: int
    complaint_ids: frozenset[int]
    customer_ids: frozenset[int]
    rows: int


def last_history() -> int:
    return db.session.scalar(select(func.max(History.id))) or 0


def history_before(moment: datetime) -> int:
    """The last row that is older than this."""
    older = select(History.id).where(History.at < moment).order_by(History.at.desc(), History.id.desc()).limit(1)
    return db.session.scalar(older) or 0


def history_after(row_id: int, limit: int, until: datetime | None = None) -> Read:
    """The next rows by number; with `until` only as far as they are older than it."""
    wanted = (
        select(History.id, History.at, History.complaint_id, History.subject, History.subject_id)
        .where(History.id > row_id)
        .order_by(History.id)
        .limit(limit)
    )
    rows = list(db.session.execute(wanted))
    if until is not None:
        rows = list(takewhile(lambda row: row.at < until, rows))
    return Read(
        rows[-1].id if rows else row_id,
        frozenset(row.complaint_id for row in rows if row.complaint_id is not None),
        frozenset(row.subject_id for row in rows if row.subject == "customer"),
        len(rows),
    )


def complaints_of(customer_ids: Iterable[int]) -> list[int]:
    found: list[int] = []
    for part in chunks(sorted(customer_ids)):
        found += db.session.scalars(select(Complaint.id).where(Complaint.customer_id.in_(part)))
    return found


def take_marks(limit: int) -> list[int]:
    """People who were marked; the marks are gone with the open transaction."""
    rows = db.session.execute(select(NumberMark.id, NumberMark.customer_id).order_by(NumberMark.id).limit(limit)).all()
    for part in chunks([row.id for row in rows]):
        db.session.execute(delete(NumberMark).where(NumberMark.id.in_(part)))
    return [row.customer_id for row in rows]


def values(name: str, first: date, last: date, limit: int) -> list[str]:
    """The values of a dimension in these weeks, to choose from; the one with most complaints first."""
    value = getattr(NumberCell, name)
    wanted = select(value).where(NumberCell.kind == BITS[name], NumberCell.week.between(first, last), value != "")
    ordered = wanted.group_by(value).order_by(func.sum(NumberCell.resolved).desc(), value)
    return list(db.session.scalars(ordered.limit(limit)))
