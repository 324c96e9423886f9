"""The SQL behind the list of check-ins for staff."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload

from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox

Statement = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Filters:
    """What the list shows; everything empty shows all. `status` is one that the API knows, `answered` any answer."""

    status: str = ""
    reason: str = ""
    satisfied: str = ""
    answered: bool = False
    sent_from: datetime | None = None


@dataclass(frozen=True)
class Line:
    """One check-in of the list, with the answer that counts and the state of its mail."""

    check_in: CheckIn
    answer: Answer | None
    mail_status: str | None
    mail_due_at: datetime | None
    mail_reason: str | None


def listed(filters: Filters, now: datetime, after: int | None, limit: int) -> list[Line]:
    """One page, the newest check-in first; `after` is the last id of the page before."""
    statement = _chosen(select(CheckIn, Answer, Outbox.status, Outbox.due_at, Outbox.reason), filters, now).options(
        joinedload(CheckIn.complaint).joinedload(Complaint.customer)
    )
    if after is not None:
        statement = statement.where(CheckIn.id < after)
    rows = db.session.execute(statement.order_by(CheckIn.id.desc()).limit(limit))
    return [Line(*row) for row in rows]


def status_counts(filters: Filters, now: datetime) -> dict[str, int]:
    """How many there are of each status, whatever status and reason the list is filtered by."""
    wide = replace(filters, status="", reason="")
    counted = _counted(_chosen(select(CheckIn.status, func.count()), wide, now).group_by(CheckIn.status))
    # What the books call scheduled is shown as two: waiting for its time, and on its way.
    waiting = counted.pop("scheduled", 0)
    if waiting:
        held = _chosen(select(func.count()), replace(wide, status="queued"), now)
        queued = db.session.scalar(held) or 0
        counted.update({name: n for name, n in (("scheduled", waiting - queued), ("queued", queued)) if n})
    return counted


def reason_counts(filters: Filters, now: datetime) -> dict[str, int]:
    """Why people were not asked or did not answer, and how many of each, whatever reason the list is filtered by."""
    wide = replace(filters, reason="")
    statement = _chosen(select(CheckIn.reason, func.count()), wide, now).where(CheckIn.reason.is_not(None))
    return _counted(statement.group_by(CheckIn.reason).order_by(func.count().desc(), CheckIn.reason))


def _counted(statement: Statement) -> dict[str, int]:
    rows: list[Any] = list(db.session.execute(statement))
    return dict(rows)


def _chosen(statement: Statement, filters: Filters, now: datetime) -> Statement:
    statement = (
        statement.select_from(CheckIn)
        .outerjoin(Answer, (Answer.check_in_id == CheckIn.id) & Answer.latest)
        .outerjoin(Outbox, (Outbox.kind == "check_in") & (Outbox.subject_id == CheckIn.id))
    )
    waits: ColumnElement[bool] = Outbox.id.is_(None) | ((Outbox.status == "queued") & (Outbox.due_at > now))
    if filters.status == "scheduled":
        statement = statement.where(CheckIn.status == "scheduled", waits)
    elif filters.status == "queued":
        statement = statement.where(CheckIn.status == "scheduled", ~waits)
    elif filters.status:
        statement = statement.where(CheckIn.status == filters.status)
    if filters.reason:
        statement = statement.where(CheckIn.reason == filters.reason)
    if filters.satisfied:
        statement = statement.where(Answer.satisfied == filters.satisfied)
    if filters.answered:
        statement = statement.where(Answer.id.is_not(None))
    if filters.sent_from is not None:
        statement = statement.where(CheckIn.sent_at >= filters.sent_from)
    return statement
