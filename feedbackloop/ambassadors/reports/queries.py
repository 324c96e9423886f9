"""All SQL of reports: who wants one, what was made, and the few numbers that stand in no other table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import joinedload

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.reports.models import Report, Subscription
from feedbackloop.ambassadors.rules import STAGES
from feedbackloop.core.inserts import insert_many
from feedbackloop.extensions import db


def subscriptions(staff_id: int) -> dict[str, Subscription]:
    """What this colleague wants, by how often."""
    rows = db.session.scalars(select(Subscription).where(Subscription.staff_id == staff_id))
    return {one.every: one for one in rows}


def everybodys() -> Sequence[Subscription]:
    """What anybody wants."""
    found = select(Subscription).options(joinedload(Subscription.staff))
    return db.session.scalars(found.order_by(Subscription.next_at, Subscription.id)).all()


def hold(staff_id: int, every: str) -> Subscription | None:
    return db.session.scalars(
        select(Subscription).where(Subscription.staff_id == staff_id, Subscription.every == every).with_for_update()
    ).one_or_none()


def hold_due(now: datetime, limit: int) -> Sequence[Subscription]:
    """Those whose moment has come, held."""
    found = select(Subscription).where(Subscription.next_at <= now).order_by(Subscription.next_at, Subscription.id)
    held = found.limit(limit).with_for_update(skip_locked=True, of=Subscription)
    return db.session.scalars(held.execution_options(populate_existing=True)).all()


def insert(row: Mapping[str, Any]) -> int | None:
    """The id of a new report; None where this colleague has one about this period."""
    table = cast(Table, Report.__table__)
    new = insert_many(table, [row], once=("staff_id", "every", "first_day"), returning=("id",))
    return new[0].id if new else None


def by_ids(report_ids: Sequence[int]) -> dict[int, Report]:
    found = select(Report).options(joinedload(Report.staff)).where(Report.id.in_(report_ids))
    return {one.id: one for one in db.session.scalars(found)}


def newest(staff_id: int | None, limit: int) -> Sequence[Report]:
    """The reports that were made last; of one colleague, or of all."""
    found = select(Report).options(joinedload(Report.staff))
    if staff_id is not None:
        found = found.where(Report.staff_id == staff_id)
    return db.session.scalars(found.order_by(Report.id.desc()).limit(limit)).all()


def unsent_ids(staff_id: int, every: str) -> list[int]:
    """The newest few, of which one may wait for its moment."""
    found = select(Report.id).where(Report.staff_id == staff_id, Report.every == every, Report.reason.is_(None))
    return list(db.session.scalars(found.order_by(Report.id.desc()).limit(3)))


def newcomers(start: datetime, end: datetime) -> dict[str, int]:
    """How many people came to each stage between these moments and are still there. An index holds them in order."""
    found: dict[str, int] = {}
    for stage in STAGES:
        came = select(func.count()).select_from(Ambassador)
        came = came.where(Ambassador.stage == stage, Ambassador.stage_since >= start, Ambassador.stage_since < end)
        found[stage] = db.session.scalar(came.where(Ambassador.left_at.is_(None))) or 0
    return found


def steps_due(day: date, owner_id: int | None = None) -> int:
    """How many next steps are for today or before; of one colleague's people, or of all. Along the index of days."""
    due = select(func.count()).select_from(Ambassador)
    due = due.where(Ambassador.left_at.is_(None), Ambassador.next_key <= day)
    if owner_id is not None:
        due = due.where(Ambassador.owner_id == owner_id)
    return db.session.scalar(due) or 0
