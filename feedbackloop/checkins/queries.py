"""All SQL of check-ins and answers; what the staff list reads is in `lists.py`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, Row, Select, any_, bindparam, case, exists, func, select, update
from sqlalchemy.orm import joinedload

from feedbackloop.checkins.models import Answer, Call, CheckIn
from feedbackloop.checkins.rules import AnswerInput, Standing, shown_due, shown_status
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import clock, inserts, moments
from feedbackloop.core.db import among
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Customer


def by_id(check_in_id: int) -> CheckIn | None:
    """The check-in with its complaint and customer, read anew."""
    return db.session.scalar(_with_case(check_in_id))


def _with_case(check_in_id: int) -> Select[CheckIn]:
    return (
        select(CheckIn)
        .where(CheckIn.id == check_in_id)
        .options(joinedload(CheckIn.complaint).joinedload(Complaint.customer))
        .execution_options(populate_existing=True)
    )


def opened(check_in_id: int) -> tuple[CheckIn, Answer | None] | None:
    """The check-in with its complaint and customer, read anew, and the answer that counts now."""
    row = db.session.execute(_OPENED, {"id": check_in_id}).first()
    return (row[0], row[1]) if row else None


_OPENED = (
    select(CheckIn, Answer)
    .outerjoin(Answer, (Answer.check_in_id == CheckIn.id) & Answer.latest)
    .where(CheckIn.id == bindparam("id"))
    .options(joinedload(CheckIn.complaint).joinedload(Complaint.customer))
    .execution_options(populate_existing=True)
)


def standing(check_in: CheckIn) -> Standing:
    """How the check-in stands, for the rules."""
    complaint, customer = check_in.complaint, check_in.complaint.customer
    return Standing(
        status=check_in.status,
        complaint_status=complaint.status,
        current=complaint.cycle == check_in.cycle,
        has_address=customer is not None and customer.email is not None,
        erased=customer is not None and customer.erased_at is not None,
    )


_DESCRIBED_AT_MOST = 2000


class Case(NamedTuple):
    """A check-in and its complaint, as a mail is decided by them and speaks of them."""

    id: int
    status: str
    cycle: int
    complaint_status: str
    complaint_cycle: int
    external_id: str
    opened_at: datetime
    resolved_at: datetime | None
    summary: str | None
    agreed_summary: str | None
    subject: str | None
    description: str | None  # where there is nothing shorter
    resolution: str | None
    prevention: str | None
    apology_given: bool | None
    handler_name: str | None
    locale: str | None
    has_address: bool
    erased: bool
    crisis: bool


def for_mail(ids: Sequence[int]) -> dict[int, Case]:
    """What a mail about each of these check-ins is decided by and says, in one statement of plain columns."""
    connection = db.session.connection()
    # Past the ORM, and the ids as one value: the statement is then the same for each number of them.
    postgresql = connection.dialect.name == "postgresql"
    wanted = _cases_among(postgresql)
    rows = connection.execute(wanted, {"ids": list(ids) if postgresql else json.dumps(list(ids))})
    return {row[0]: Case._make(row) for row in rows}


@cache
def _cases_among(postgresql: bool) -> Select[*tuple[Any, ...]]:
    nothing_shorter = Complaint.summary.is_(None) & Complaint.agreed_summary.is_(None) & Complaint.subject.is_(None)
    among = (
        CheckIn.id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
        if postgresql
        else CheckIn.id.in_(select(func.json_each(bindparam("ids")).table_valued("value").c.value))
    )
    return (
        select(
            CheckIn.id,
            CheckIn.status,
            CheckIn.cycle,
            Complaint.status,
            Complaint.cycle,
            Complaint.external_id,
            Complaint.opened_at,
            Complaint.resolved_at,
            Complaint.summary,
            Complaint.agreed_summary,
            Complaint.subject,
            case((nothing_shorter, func.substr(Complaint.description, 1, _DESCRIBED_AT_MOST))),
            Complaint.resolution,
            Complaint.prevention,
            Complaint.apology_given,
            Complaint.handler_name,
            Customer.locale,
            Customer.email.is_not(None),
            Customer.erased_at.is_not(None),
            Complaint.crisis.is_not(None),
        )
        .join(Complaint, Complaint.id == CheckIn.complaint_id)
        .outerjoin(Customer, Customer.id == Complaint.customer_id)
        .where(among)
    )


def candidates(complaint_ids: Sequence[int]) -> list[Row[Any]]:
    """What planning needs of resolved complaints: id, cycle, resolved_at, crisis, customer_id, email, erased_at, and
    `refused_call`: did its person say by telephone that they do not want to be asked?"""
    refused = exists().where(Call.complaint_id == Complaint.id, Call.status == "refused", Call.why != "asked")
    found: list[Row[Any]] = []
    for part in chunks(complaint_ids):
        found += db.session.execute(
            select(
                Complaint.id,
                Complaint.cycle,
                Complaint.resolved_at,
                Complaint.crisis,
                Complaint.customer_id,
                Customer.email,
                Customer.erased_at,
                refused.label("refused_call"),
            )
            .outerjoin(Customer, Customer.id == Complaint.customer_id)
            .where(Complaint.id.in_(part), Complaint.resolved_at.is_not(None))
            .order_by(Complaint.id)
        )
    return found


def insert_check_ins(rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Inserts what is not there yet; the new ids by complaint."""
    found: dict[int, int] = {}
    for part in chunks(rows):
        statement = inserts.insert_into(CheckIn).values([dict(row) for row in part])
        statement = statement.on_conflict_do_nothing(index_elements=["complaint_id", "cycle"])
        new = db.session.execute(statement.returning(CheckIn.id, CheckIn.complaint_id))
        found.update({row.complaint_id: row.id for row in new})
    return found


def hold(ids: Sequence[int]) -> list[Row[Any]]:
    """Status and belongings of these check-ins, held until the transaction ends; in the order of their ids."""
    found: list[Row[Any]] = []
    for part in chunks(sorted(ids)):
        found += db.session.execute(
            select(
                CheckIn.id, CheckIn.complaint_id, CheckIn.cycle, CheckIn.status, CheckIn.sent_at, Complaint.customer_id
            )
            .join(Complaint, Complaint.id == CheckIn.complaint_id)
            .where(among(CheckIn.id, part))
            .order_by(CheckIn.id)
            .with_for_update(of=CheckIn)
        )
    return found


def set_many(ids: Sequence[int], **values: Any) -> None:
    for part in chunks(ids):
        db.session.execute(
            update(CheckIn)
            .where(among(CheckIn.id, part))
            .values(**values)
            .execution_options(synchronize_session="fetch")
        )


def set_reminded(ids: Sequence[int], at: datetime) -> None:
    """Dates the reminders of these check-ins; one that is loaded in this session is not told."""
    for part in chunks(ids):
        db.session.execute(
            update(CheckIn)
            .where(among(CheckIn.id, part))
            .values(reminded_at=at)
            .execution_options(synchronize_session=False)
        )


def set_unsent_dates(ids: Sequence[int], sent_at: datetime) -> None:
    """Dates the sending of check-ins that were answered before it was known."""
    for part in chunks(ids):
        db.session.execute(
            update(CheckIn)
            .where(CheckIn.id.in_(part), CheckIn.status == "answered", CheckIn.sent_at.is_(None))
            .values(sent_at=sent_at)
            .execution_options(synchronize_session="fetch")
        )


def ids_in_status(complaint_ids: Sequence[int], *statuses: str) -> list[int]:
    """The check-ins of these complaints that have one of these statuses."""
    found: list[int] = []
    for part in chunks(complaint_ids):
        found += db.session.scalars(
            select(CheckIn.id).where(CheckIn.complaint_id.in_(part), CheckIn.status.in_(statuses))
        )
    return found


def current(complaint_ids: Sequence[int]) -> dict[int, CheckIn]:
    """The check-in of each complaint's present cycle, by complaint; without those that have none."""
    found: dict[int, CheckIn] = {}
    for part in chunks(complaint_ids):
        rows = db.session.scalars(
            select(CheckIn)
            .join(Complaint, Complaint.id == CheckIn.complaint_id)
            .where(CheckIn.complaint_id.in_(part), CheckIn.cycle == Complaint.cycle)
        )
        found.update({row.complaint_id: row for row in rows})
    return found


def complaints_of(customer_ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for part in chunks(customer_ids):
        found += db.session.scalars(select(Complaint.id).where(Complaint.customer_id.in_(part)))
    return found


def overdue(sent_before: datetime, limit: int) -> list[int]:
    """Check-ins that were sent before this moment and never answered."""
    return list(
        db.session.scalars(
            select(CheckIn.id)
            .where(CheckIn.status == "sent", CheckIn.sent_at < sent_before)
            .order_by(CheckIn.due_at, CheckIn.id)
            .limit(limit)
        )
    )


def latest_answers(check_in_ids: Sequence[int]) -> dict[int, Answer]:
    """The answer that counts of each check-in that has one."""
    found: dict[int, Answer] = {}
    for part in chunks(check_in_ids):
        rows = db.session.scalars(select(Answer).where(Answer.check_in_id.in_(part), Answer.latest))
        found.update({row.check_in_id: row for row in rows})
    return found


def as_input(answer: Answer) -> AnswerInput:
    """The stored answer in the shape of a given one, to compare the two."""
    return AnswerInput(
        satisfied=answer.satisfied,
        rating=answer.rating,
        recommend=answer.recommend,
        reasons=answer.codes,
        comment=answer.comment,
        quote_consent=answer.quote_consent,
        call_me=answer.call_me,
        meet=answer.meet,
        locale=answer.locale,
    )


def forget_words(complaint_ids: Sequence[int]) -> None:
    """Takes what people wrote out of every version of their answers."""
    for part in chunks(complaint_ids):
        check_ins = select(CheckIn.id).where(CheckIn.complaint_id.in_(part))
        db.session.execute(
            update(Answer)
            .where(Answer.check_in_id.in_(check_ins))
            .values(comment=None, call_me=False, meet=False)
            .execution_options(synchronize_session=False)
        )


def for_complaints(ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The check-ins of these complaints as the API shows them, oldest cycle first; none where there are none."""
    now = clock.now()
    found: dict[int, list[dict[str, Any]]] = {}
    for part in chunks(ids):
        rows: Iterable[Any] = db.session.execute(
            select(CheckIn, Answer, Outbox.status, Outbox.due_at, Outbox.reason)
            .outerjoin(Answer, (Answer.check_in_id == CheckIn.id) & Answer.latest)
            .outerjoin(Outbox, (Outbox.kind == "check_in") & (Outbox.subject_id == CheckIn.id))
            .where(CheckIn.complaint_id.in_(part))
            .order_by(CheckIn.complaint_id, CheckIn.cycle)
        )
        for check_in, answer, mail_status, mail_due_at, mail_reason in rows:
            status, reason = shown_status(check_in.status, check_in.reason, mail_status, mail_due_at, now, mail_reason)
            found.setdefault(check_in.complaint_id, []).append(
                {
                    "id": str(check_in.id),
                    "cycle": check_in.cycle,
                    "status": status,
                    "reason": reason,
                    "due_at": moments.show(shown_due(check_in.due_at, reason, mail_due_at)),
                    "sent_at": moments.show(check_in.sent_at),
                    "answered_at": moments.show(check_in.answered_at),
                    "answer": _shown_answer(answer) if answer else None,
                }
            )
    return found


def _shown_answer(answer: Answer) -> dict[str, Any]:
    return {
        "satisfied": answer.satisfied,
        "rating": answer.rating,
        "recommend": answer.recommend,
        "reasons": list(answer.codes),
        "comment": answer.comment,
        "quote_consent": answer.quote_consent,
        "call_me": answer.call_me,
        "meet": answer.meet,
    }
