"""All SQL of told-you-so: who is behind an improvement, what they were told, in which mail, and whether it helps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, func, select, text, update
from sqlalchemy.orm import joinedload, selectinload

from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.improvements.models import NOT_IT, Improvement, ImprovementComplaint, Telling
from feedbackloop.improvements.queries import upsert
from feedbackloop.improvements.rules import Complainant
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.queries import chunks
from feedbackloop.mailing.rules import UNSENT
from feedbackloop.people.models import Customer

KIND = "told_you_so"
TELLINGS = cast(Table, Telling.__table__)


@dataclass
class Results:
    """What became of the tellings of one improvement, in people (each milestone counts for itself)."""

    scheduled: int = 0
    sent: int = 0
    not_sent: int = 0
    helps: int = 0
    not_it: int = 0
    why_not: dict[str, int] = field(default_factory=dict)


# Planning


def complainants(improvement_id: int) -> list[Complainant]:
    """Everybody behind it, with their newest complaint and what they were told so far."""
    told: dict[int, dict[str, tuple[str, str | None]]] = defaultdict(dict)
    rows = select(Telling.customer_id, Telling.milestone, Telling.status, Telling.reason)
    for row in db.session.execute(rows.where(Telling.improvement_id == improvement_id)):
        told[row.customer_id][row.milestone] = (row.status, row.reason)
    statement = (
        select(Complaint.id, Customer.id.label("customer_id"), Customer.email, Customer.erased_at)
        .join(ImprovementComplaint, ImprovementComplaint.complaint_id == Complaint.id)
        .join(Customer, Customer.id == Complaint.customer_id)
        .where(ImprovementComplaint.improvement_id == improvement_id)
        .order_by(Complaint.opened_at, Complaint.id)
    )
    # In order of time, so that the newest complaint of a person is the one that stays.
    return list(
        {
            row.customer_id: Complainant(
                row.customer_id, row.id, row.email, row.erased_at is not None, None, told.get(row.customer_id, {})
            )
            for row in db.session.execute(statement)
        }.values()
    )


def lock_people(customer_ids: Collection[int]) -> None:
    """Lets one plan for a person wait for another, so that two improvements at once do not become two mails."""
    for part in chunks(sorted(customer_ids)):
        statement = select(Customer.id).where(Customer.id.in_(part)).order_by(Customer.id)
        db.session.execute(statement.with_for_update(key_share=True))


def insert_tellings(rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Inserts what is not there yet; the ids of the new rows by customer."""
    if not rows:
        return {}
    statement = upsert(TELLINGS).on_conflict_do_nothing(index_elements=["improvement_id", "customer_id", "milestone"])
    new = db.session.execute(statement.returning(TELLINGS.c.id, TELLINGS.c.customer_id), [dict(row) for row in rows])
    return {row.customer_id: row.id for row in new}


def revive(improvement_id: int, milestone: str, complaint_by_customer: Mapping[int, int]) -> dict[int, int]:
    """Makes tellings that were taken back wait again, for these complaints; their ids by customer."""
    found: dict[int, int] = {}
    for part in chunks(sorted(complaint_by_customer)):
        here = and_(
            Telling.improvement_id == improvement_id,
            Telling.milestone == milestone,
            Telling.customer_id.in_(part),
            Telling.status == "cancelled",
        )
        which = case({one: complaint_by_customer[one] for one in part}, value=Telling.customer_id)
        changed = {"status": "scheduled", "reason": None, "mail_id": None, "complaint_id": which}
        rows = db.session.execute(
            update(Telling).where(here).values(changed).returning(Telling.id, Telling.customer_id)
        )
        found.update({row.customer_id: row.id for row in rows})
    return found


def joinable_mails(customer_ids: Collection[int]) -> dict[int, int]:
    """Mails that these people are still to get and nobody has tried to send, held until the transaction ends."""
    found: dict[int, int] = {}
    for part in chunks(sorted(customer_ids)):
        statement = select(Outbox.customer_id, Outbox.id).where(
            Outbox.customer_id.in_(part), Outbox.kind == KIND, Outbox.status == "queued", Outbox.attempts == 0
        )
        rows = db.session.execute(statement.order_by(Outbox.id.desc()).with_for_update())
        found.update({row.customer_id: row.id for row in rows})
    return found


def next_cycles(telling_ids: Collection[int]) -> dict[int, int]:
    """The number of the next mail that begins with each of these tellings; those that never began one are left out."""
    found: dict[int, int] = {}
    for part in chunks(sorted(telling_ids)):
        statement = select(Outbox.subject_id, (func.max(Outbox.cycle) + 1).label("cycle")).where(
            Outbox.kind == KIND, Outbox.subject_id.in_(part)
        )
        rows = db.session.execute(statement.group_by(Outbox.subject_id))
        found.update({row.subject_id: row.cycle for row in rows})
    return found


def mails_of(telling_ids: Collection[int]) -> dict[int, int]:
    """The newest mail that begins with each of these tellings."""
    found: dict[int, int] = {}
    for part in chunks(sorted(telling_ids)):
        statement = select(Outbox.subject_id, Outbox.id).where(Outbox.kind == KIND, Outbox.subject_id.in_(part))
        rows = db.session.execute(statement.order_by(Outbox.id))
        found.update({row.subject_id: row.id for row in rows})
    return found


def put_into(mail_by_telling: Mapping[int, int]) -> None:
    """Says which mail carries each telling."""
    if mail_by_telling:
        statement = update(TELLINGS).where(TELLINGS.c.id == bindparam("telling")).values(mail_id=bindparam("mail"))
        rows = [{"telling": telling_id, "mail": mail_id} for telling_id, mail_id in mail_by_telling.items()]
        db.session.connection().execute(statement, rows)


# Taking back, settling


def unsent(improvement_id: int, complaint_ids: Collection[int] | None) -> list[Telling]:
    """Tellings whose mail nobody has begun to send, their mails held until the transaction ends."""
    here = and_(Telling.improvement_id == improvement_id, Telling.status == "scheduled")
    waiting = select(Telling.id, Telling.complaint_id).join(Outbox, Outbox.id == Telling.mail_id)
    waiting = waiting.where(here, Outbox.status.in_(UNSENT)).with_for_update(of=Outbox)
    ids = [row.id for row in db.session.execute(waiting) if complaint_ids is None or row.complaint_id in complaint_ids]
    found: list[Telling] = []
    for part in chunks(sorted(ids)):
        found += db.session.scalars(select(Telling).where(Telling.id.in_(part)).order_by(Telling.id))
    return found


def empty_mails(mail_ids: Collection[int]) -> list[int]:
    """Of these mails, those that carry nothing any more: the tellings that they began with."""
    found: list[int] = []
    for part in chunks(sorted(mail_ids)):
        full = select(Telling.mail_id).where(Telling.mail_id.in_(part), Telling.status == "scheduled")
        statement = select(Outbox.subject_id).where(Outbox.id.in_(part), Outbox.id.not_in(full))
        found += db.session.scalars(statement)
    return found


def settle(mail_ids: Collection[int], before: Collection[str], changed: Mapping[str, Any]) -> list[Any]:
    """Changes the tellings of these mails that stand in one of `before`: id, customer_id and complaint_id of each."""
    found: list[Any] = []
    for part in chunks(sorted(mail_ids)):
        statement = update(Telling).where(Telling.mail_id.in_(part), Telling.status.in_(before)).values(dict(changed))
        found += db.session.execute(statement.returning(Telling.id, Telling.customer_id, Telling.complaint_id)).all()
    return found


def cancel_of(customer_ids: Collection[int], reason: str) -> list[Any]:
    """Cancels what these people were still to be told: id, complaint_id and mail_id of each."""
    found: list[Any] = []
    for part in chunks(sorted(customer_ids)):
        here = and_(Telling.customer_id.in_(part), Telling.status == "scheduled")
        statement = update(Telling).where(here).values(status="cancelled", reason=reason)
        found += db.session.execute(statement.returning(Telling.id, Telling.complaint_id, Telling.mail_id)).all()
    return found


# Mails and pages


def carried_by(mail_ids: Collection[int]) -> dict[int, list[Telling]]:
    """What each mail tells, with the improvement, the complaint and the person."""
    found: dict[int, list[Telling]] = {one: [] for one in mail_ids}
    for part in chunks(sorted(mail_ids)):
        for telling in db.session.scalars(_whole(Telling.mail_id.in_(part))):
            if telling.mail_id is not None:
                found[telling.mail_id].append(telling)
    return found


def by_id(telling_id: int) -> Telling | None:
    return db.session.scalar(_whole(Telling.id == telling_id))


def _whole(condition: ColumnElement[bool]) -> Any:
    return (
        select(Telling)
        .where(condition)
        .order_by(Telling.id)
        .options(
            joinedload(Telling.improvement).options(selectinload(Improvement.texts)),
            joinedload(Telling.complaint),
            joinedload(Telling.customer),
        )
    )


def about(complaint_ids: Collection[int]) -> list[Telling]:
    """What was told about these complaints, with the improvement, oldest first."""
    found: list[Telling] = []
    for part in chunks(sorted(complaint_ids)):
        whole = joinedload(Telling.improvement).options(selectinload(Improvement.texts))
        found += db.session.scalars(
            select(Telling).where(Telling.complaint_id.in_(part)).order_by(Telling.id).options(whole)
        )
    return found


def forget_words(customer_ids: Collection[int]) -> None:
    """Takes away what these people wrote of what they were told."""
    for part in chunks(sorted(customer_ids)):
        db.session.execute(update(Telling).where(Telling.customer_id.in_(part)).values(comment=None))


def not_looked_at() -> int:
    """How many said 'this is not it', and quality did not look at it yet."""
    return db.session.scalar(select(func.count()).select_from(Telling).where(text(NOT_IT))) or 0


def lock(telling_id: int) -> Telling | None:
    statement = select(Telling).where(Telling.id == telling_id).with_for_update()
    return db.session.scalar(statement.execution_options(populate_existing=True))


def tellings_of(improvement_id: int, limit: int) -> list[Telling]:
    """The newest first; those with an answer before the others."""
    statement = (
        select(Telling)
        .where(Telling.improvement_id == improvement_id)
        .options(joinedload(Telling.complaint))
        .order_by(Telling.helps.is_(None), Telling.answered_at.desc(), Telling.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(statement))


@dataclass(frozen=True)
class Wanted:
    """What a list of tellings shows; everything empty shows all."""

    status: str = ""
    helps: str = ""
    look: str = ""  # `waiting`: a 'no' that nobody looked at yet
    sent_from: datetime | None = None
    answered_from: datetime | None = None


def page(wanted: Wanted, after: int | None, limit: int) -> list[Telling]:
    """The newest first; `after` is the id of the last one of the page before."""
    statement = select(Telling).options(joinedload(Telling.complaint), joinedload(Telling.improvement))
    if wanted.status:
        statement = statement.where(Telling.status == wanted.status)
    if wanted.helps:
        statement = statement.where(Telling.helps == wanted.helps)
    if wanted.look:
        statement = statement.where(text(NOT_IT))
    if wanted.sent_from is not None:
        statement = statement.where(Telling.sent_at >= wanted.sent_from)
    if wanted.answered_from is not None:
        statement = statement.where(Telling.answered_at >= wanted.answered_from)
    if after is not None:
        statement = statement.where(Telling.id < after)
    return list(db.session.scalars(statement.order_by(Telling.id.desc()).limit(limit)))


def results(improvement_ids: Collection[int]) -> dict[int, Results]:
    """For each improvement how its tellings went, and what people said."""
    found = {one: Results() for one in improvement_ids}
    statement = (
        select(Telling.improvement_id, Telling.status, Telling.reason, Telling.helps, func.count().label("people"))
        .where(Telling.improvement_id.in_(improvement_ids))
        .group_by(Telling.improvement_id, Telling.status, Telling.reason, Telling.helps)
    )
    for row in db.session.execute(statement):
        one = found[row.improvement_id]
        if row.status == "scheduled":
            one.scheduled += row.people
        elif row.status == "sent":
            one.sent += row.people
        else:
            one.not_sent += row.people
            reason = row.reason or row.status
            one.why_not[reason] = one.why_not.get(reason, 0) + row.people
        one.helps += row.people if row.helps == "yes" else 0
        one.not_it += row.people if row.helps == "no" else 0
    return found
