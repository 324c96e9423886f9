"""What the board keeps a copy of, brought up to date in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from feedbackloop.ambassadors import counts
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import CONSENT_BITS, language, number_key
from feedbackloop.checkins.events import AnswersChanged
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.events import ComplaintsChanged
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.db import plain
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.events import ConsentsChanged, PeopleChanged
from feedbackloop.people.models import Consent, Customer


@dataclass(frozen=True)
class Copies:
    """What is copied of one person: as the rows that it comes from have it."""

    number_key: str
    category: str | None
    locale: str | None
    consents: int
    recommend: int | None
    quote_answer_id: int | None


def keep_up_with_people(event: ConsentsChanged | PeopleChanged) -> None:
    """Their language, what they allow."""
    for part in chunks(event.ids):
        refresh(db.session.scalars(_HELD.where(Ambassador.customer_id.in_(part))).all())


def keep_up_with_complaints(event: ComplaintsChanged) -> None:
    """The category of the case that they are shown by, and what the card says was done."""
    for part in chunks(event.ids):
        refresh(db.session.scalars(_HELD.where(Ambassador.complaint_id.in_(part))).all())


def keep_up_with_answers(event: AnswersChanged) -> None:
    """The mark they give, the words they allow."""
    cases = select(CheckIn.complaint_id).where(CheckIn.id.in_(event.check_in_ids))
    refresh(db.session.scalars(_HELD.where(Ambassador.complaint_id.in_(cases))).all())


_HELD = select(Ambassador).order_by(Ambassador.id).with_for_update().execution_options(populate_existing=True)


def refresh(people: Sequence[Ambassador]) -> None:
    """Copies anew what these people show; all of them are held until the transaction ends."""
    if not people:
        return
    db.session.flush()
    found = of_people([one.id for one in people])
    for one in people:
        put(one, found[one.id])
    db.session.flush()
    counts.note_seen()


def put(one: Ambassador, kept: Copies) -> None:
    for name, value in vars(kept).items():
        if getattr(one, name) != value:
            setattr(one, name, value)


def of_people(ambassador_ids: Sequence[int]) -> dict[int, Copies]:
    """What is to be copied of people on the board, or off it."""
    return {row[0]: _copies(row[1:]) for row in _read(Ambassador, ambassador_ids)}


def of_cases(complaint_ids: Sequence[int]) -> dict[int, Copies]:
    """The same by the complaint, of people who are not there yet."""
    return {row[0]: _copies(row[1:]) for row in _read(Complaint, complaint_ids)}


def _read(by: type[Ambassador | Complaint], ids: Sequence[int]) -> Iterator[Any]:
    for part in chunks(ids):
        yield from plain(_statement(by), ids=list(part))


def _copies(row: Sequence[Any]) -> Copies:
    number, category, locale, consents, recommend, answer_id, quotable = row
    return Copies(
        number_key(number), category, language(locale), consents or 0, recommend, answer_id if quotable else None
    )


@cache
def _statement(by: type[Ambassador | Complaint]) -> Select[Any]:
    """One row for each of `ids`."""
    bits: ColumnElement[int] = literal(0)
    for purpose, bit in CONSENT_BITS.items():
        bits = bits + func.coalesce(func.max(case((Consent.purpose == purpose, bit), else_=0)), 0)
    held = or_(Consent.complaint_id.is_(None), Consent.complaint_id == Complaint.id)
    allowed = select(bits).where(Consent.customer_id == Customer.id, held, Consent.withdrawn_at.is_(None))
    given = aliased(Answer)
    newest = (
        select(given.id)
        .join(CheckIn, CheckIn.id == given.check_in_id)
        .where(CheckIn.complaint_id == Complaint.id, given.latest)
        .order_by(CheckIn.id.desc())
        .limit(1)
    )
    quotable = and_(Answer.quote_consent, Answer.satisfied == "yes", func.coalesce(Answer.comment, "") != "")
    columns = (
        by.id,
        Complaint.external_id,
        Complaint.category,
        Customer.locale,
        allowed.correlate(Customer, Complaint).scalar_subquery(),
        Answer.recommend,
        Answer.id,
        quotable,
    )
    found = select(*columns).select_from(by)
    if by is Ambassador:
        found = found.join(Complaint, Complaint.id == Ambassador.complaint_id)
        found = found.join(Customer, Customer.id == Ambassador.customer_id)
    else:
        found = found.join(Customer, Customer.id == Complaint.customer_id)
    found = found.outerjoin(Answer, Answer.id == newest.correlate(Complaint).scalar_subquery())
    return found.where(by.id.in_(bindparam("ids", expanding=True)))
