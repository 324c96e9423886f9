"""All SQL of recovery cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import joinedload

from feedbackloop.checkins.promises import Promise
from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import writes
from feedbackloop.core.db import plain
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.queries import chunks
from feedbackloop.mailing.rules import UNSENT
from feedbackloop.recovery import urgency
from feedbackloop.recovery.models import CaseReply, PublicReply, RecoveryCase, Spending
from feedbackloop.setting_types import Mailbox
from feedbackloop.staff import queries as staff

WITH_STORY = (
    joinedload(RecoveryCase.complaint).joinedload(Complaint.customer),
    joinedload(RecoveryCase.check_in),
)


def owner_of(complaint: Complaint) -> Mailbox:
    """Who takes the case: the complaint's handler, FEEDBACKLOOP_HANDLER, the first admin, else whoever reads replies.

    The name is empty where it is not known.
    """
    if complaint.handler_email:
        return Mailbox(complaint.handler_name or "", complaint.handler_email)
    found = settings()
    if found.handler is not None:
        return found.handler
    admin = staff.first_admin()
    if admin is not None and (found.local_mail or not admin.sample):
        return Mailbox(admin.name, admin.email)
    return Mailbox("", (found.reply_to or found.sender).address)


def quality() -> Mailbox | None:
    """Who gets what came back before: the first active quality account, else the first admin; None without both."""
    for role in ("quality", "admin"):
        found = staff.first_of(role)
        if found is not None and (settings().local_mail or not found.sample):
            return Mailbox(found.name, found.email)
    return None


@dataclass(frozen=True)
class Before:
    """What happened to the complaint before this opening of the case.

    `dissatisfied`: how often its person was not satisfied. `reopened`: a colleague or the source opened it again,
    because it was not solved.
    """

    dissatisfied: int
    reopened: bool


# Why a complaint is opened again without its person's answer: these say that it was not solved.
_NOT_SOLVED = ("staff", "intake", "still_wrong", "promise_broken")


def before(case: RecoveryCase) -> Before:
    """How often the complaint came back before this opening of the case, which may be still to be written."""
    asked = {"complaint_id": case.complaint_id, "check_in_id": case.check_in_id, "opened_at": case.opened_at}
    openings, reopened = plain(_BEFORE, **asked).one()
    return Before(openings + case.openings - 1, reopened)


# The cases of earlier questions, and whether it was opened again in another way.
_BEFORE = select(
    select(func.coalesce(func.sum(RecoveryCase.openings), 0))
    .where(RecoveryCase.complaint_id == bindparam("complaint_id"), RecoveryCase.check_in_id < bindparam("check_in_id"))
    .scalar_subquery(),
    exists().where(
        History.complaint_id == bindparam("complaint_id"),
        History.subject == "complaint",
        History.what == "reopened",
        History.reason.in_(_NOT_SOLVED),
        History.at <= bindparam("opened_at"),
    ),
)


def promise_for(check_in_id: int) -> Promise | None:
    """What was promised to the person who gave this check-in's answer, while it is still to be kept."""
    case = db.session.scalar(
        select(RecoveryCase).where(RecoveryCase.check_in_id == check_in_id, RecoveryCase.status == "open")
    )
    return Promise(case.owner_name or settings().organisation, case.due_at) if case else None


def by_id(case_id: int) -> RecoveryCase | None:
    """The case with its complaint, customer and check-in, read anew."""
    return db.session.scalar(
        select(RecoveryCase)
        .where(RecoveryCase.id == case_id)
        .options(*WITH_STORY)
        .execution_options(populate_existing=True)
    )


def lock(case_id: int) -> RecoveryCase | None:
    """The case as it stands now, held with its complaint until the transaction ends; the complaint first, as always."""
    complaint_id = db.session.scalar(select(RecoveryCase.complaint_id).where(RecoveryCase.id == case_id))
    if complaint_id is None:
        return None
    complaints.lock([complaint_id])
    db.session.execute(select(RecoveryCase.id).where(RecoveryCase.id == case_id).with_for_update())
    return by_id(case_id)


def by_ids(ids: Sequence[int]) -> dict[int, RecoveryCase]:
    found: dict[int, RecoveryCase] = {}
    for part in chunks(ids):
        rows = db.session.scalars(select(RecoveryCase).where(RecoveryCase.id.in_(part)).options(*WITH_STORY))
        found.update({row.id: row for row in rows})
    return found


def of_check_ins(check_in_ids: Sequence[int]) -> dict[int, RecoveryCase]:
    """The case of each check-in that has one, held until the transaction ends."""
    # For a first answer there is none: their ids first, which cost little.
    ids = [one for part in chunks(sorted(check_in_ids)) for one in plain(_HOLD_CASES, ids=list(part)).scalars()]
    if not ids:
        return {}
    held = select(RecoveryCase).where(RecoveryCase.id.in_(ids)).execution_options(populate_existing=True)
    return {row.check_in_id: row for row in db.session.scalars(held)}


_HOLD_CASES = (
    select(RecoveryCase.id)
    .where(RecoveryCase.check_in_id.in_(bindparam("ids", expanding=True)))
    .order_by(RecoveryCase.id)
    .with_for_update()
)


def open_of_complaints(complaint_ids: Sequence[int]) -> list[RecoveryCase]:
    """The open cases of these complaints, held until the transaction ends."""
    found: list[RecoveryCase] = []
    for part in chunks(sorted(complaint_ids)):
        found += db.session.scalars(
            select(RecoveryCase)
            .where(RecoveryCase.complaint_id.in_(part), RecoveryCase.status == "open")
            .order_by(RecoveryCase.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    return found


def add(case: RecoveryCase) -> None:
    writes.add(case)


def complaints_of(customer_ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for part in chunks(customer_ids):
        found += db.session.scalars(select(Complaint.id).where(Complaint.customer_id.in_(part)))
    return found


def is_waiting(kinds: Sequence[str], case_id: int) -> bool:
    """Whether a mail of these kinds about the case is still to be sent: what is added meanwhile, it will say."""
    waiting = select(Outbox.id).where(Outbox.kind.in_(kinds), Outbox.subject_id == case_id, Outbox.status.in_(UNSENT))
    return db.session.scalar(waiting.limit(1)) is not None


def hold_late(now: datetime, limit: int) -> list[RecoveryCase]:
    """Open cases that are past their date and of which nobody was alarmed, held until the transaction ends."""
    statement = (
        select(RecoveryCase)
        .where(RecoveryCase.status == "open", RecoveryCase.due_at < now, RecoveryCase.alarmed_at.is_(None))
        .order_by(RecoveryCase.due_at, RecoveryCase.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement))


def forget_words(complaint_ids: Sequence[int]) -> None:
    """Takes what colleagues wrote about people, and to them, out of every case of these complaints."""
    gone: tuple[tuple[Any, dict[str, None]], ...] = (
        (RecoveryCase, {"outcome_reason": None}),
        (Spending, {"reason": None, "decision_reason": None}),
        (CaseReply, {"body": None}),
        (PublicReply, {"body": None, "placed_url": None}),
    )
    for part in chunks(complaint_ids):
        for table, words in gone:
            db.session.execute(
                update(table)
                .where(table.complaint_id.in_(part))
                .values(**words)
                .execution_options(synchronize_session="fetch")
            )


def for_complaints(ids: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    """The cases of these complaints for their pages, oldest first."""
    found: dict[int, list[dict[str, Any]]] = {}
    for part in chunks(ids):
        rows = db.session.scalars(
            select(RecoveryCase).where(RecoveryCase.complaint_id.in_(part)).order_by(RecoveryCase.id)
        )
        for row in rows:
            found.setdefault(row.complaint_id, []).append(
                {
                    "id": str(row.id),
                    "check_in_id": str(row.check_in_id),
                    "status": row.status,
                    "outcome": row.outcome,
                    "outcome_reason": row.outcome_reason,
                    "priority": urgency.level(row.priority),
                    "escalation": row.escalation,
                    "owner": row.owner_name,
                    "opened_at": row.opened_at,
                    "due_at": row.due_at,
                    "closed_at": row.closed_at,
                }
            )
    return found
