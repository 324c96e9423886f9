"""All SQL of discretion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from feedbackloop.core import inserts
from feedbackloop.core.errors import Conflict
from feedbackloop.extensions import db
from feedbackloop.recovery import rules
from feedbackloop.recovery.models import Budget, Spending
from feedbackloop.staff.models import Staff

_WITH_STORY = (joinedload(Spending.complaint), joinedload(Spending.staff), joinedload(Spending.case))
WORKERS = ("admin", *rules.READERS)


def own_budget(staff_id: int) -> int | None:
    return db.session.scalar(select(Budget.monthly_cents).where(Budget.staff_id == staff_id))


def keep_budget(staff_id: int, monthly_cents: int | None, now: datetime) -> None:
    if monthly_cents is None:
        db.session.execute(delete(Budget).where(Budget.staff_id == staff_id))
        return
    values = {"monthly_cents": monthly_cents, "updated_at": now}
    db.session.execute(
        inserts.insert_into(Budget)
        .values(staff_id=staff_id, **values)
        .on_conflict_do_update(index_elements=["staff_id"], set_=values)
        .execution_options(synchronize_session=False)
    )


def lock_colleague(staff_id: int) -> None:
    """Lets one spending of a colleague go before the next. On SQLite the open write transaction does so by itself."""
    db.session.execute(select(Staff.id).where(Staff.id == staff_id).with_for_update(key_share=True))


def spent_in(staff_id: int, month: str) -> int:
    """What a colleague spent without asking in a month, in cents."""
    wanted = (Spending.staff_id == staff_id, Spending.month == month, Spending.status == rules.SPENT)
    return int(db.session.scalar(select(func.coalesce(func.sum(Spending.amount_cents), 0)).where(*wanted)) or 0)


def by_once(once: str) -> Spending | None:
    return db.session.scalar(select(Spending).where(Spending.once == once))


def by_id(spending_id: int) -> Spending | None:
    return db.session.scalar(select(Spending).where(Spending.id == spending_id).options(*_WITH_STORY))


def lock(spending_id: int) -> Spending | None:
    """The spending as it stands now, held until the transaction ends."""
    return db.session.scalar(
        select(Spending).where(Spending.id == spending_id).with_for_update().execution_options(populate_existing=True)
    )


def add(spending: Spending) -> None:
    """Raises Conflict where the same mark was on a form of another case or colleague, ahead by a moment."""
    db.session.add(spending)
    try:
        db.session.flush()
    except IntegrityError:
        raise Conflict from None


def of_case(case_id: int) -> Sequence[Spending]:
    wanted = select(Spending).where(Spending.case_id == case_id).options(joinedload(Spending.staff))
    return db.session.scalars(wanted.order_by(Spending.id)).all()


def asked() -> Sequence[Spending]:
    """Requests that wait for a second person, the oldest first."""
    wanted = select(Spending).where(Spending.status == rules.ASKED).options(*_WITH_STORY)
    return db.session.scalars(wanted.order_by(Spending.id).limit(100)).all()


def listed(month: str, staff_id: int | None, after: int | None, limit: int) -> Sequence[Spending]:
    """What was spent or asked for in a month, the newest first."""
    wanted = select(Spending).where(Spending.month == month).options(*_WITH_STORY)
    if staff_id is not None:
        wanted = wanted.where(Spending.staff_id == staff_id)
    if after is not None:
        wanted = wanted.where(Spending.id < after)
    return db.session.scalars(wanted.order_by(Spending.id.desc()).limit(limit)).all()


def months() -> list[str]:
    """The months of which there is something to tell, the newest first."""
    return list(db.session.scalars(select(Spending.month).distinct().order_by(Spending.month.desc()).limit(60)))


@dataclass(frozen=True)
class Total:
    """What a colleague spent in a month, in cents, and may spend: `own_budget` is None where the setting says."""

    staff_id: int
    name: str
    active: bool
    own_budget: int | None
    spent: int
    approved: int
    asked: int
    refused: int


def totals(month: str) -> list[Total]:
    """Every colleague who may spend, or did, by name; in one statement."""
    sums = [
        func.coalesce(func.sum(Spending.amount_cents).filter(Spending.status == status), 0)
        for status in (rules.SPENT, rules.APPROVED, rules.ASKED, rules.REFUSED)
    ]
    active = Staff.disabled_at.is_(None)
    rows = db.session.execute(
        select(Staff.id, Staff.name, active, Budget.monthly_cents, *sums)
        .outerjoin(Budget, Budget.staff_id == Staff.id)
        .outerjoin(Spending, (Spending.staff_id == Staff.id) & (Spending.month == month))
        .where(Spending.id.is_not(None) | (active & Staff.role.in_(WORKERS)))
        .group_by(Staff.id, Staff.name, Staff.disabled_at, Budget.monthly_cents)
        .order_by(Staff.name, Staff.id)
    )
    return [Total(row[0], row[1], bool(row[2]), row[3], *(int(one) for one in row[4:8])) for row in rows]
