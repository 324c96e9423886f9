"""What the board keeps a copy of, brought up to date in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import CONSENT_BITS
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.events import ComplaintsChanged
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.events import ConsentsChanged, PeopleChanged
from feedbackloop.people.models import Consent


def keep_up_with_people(event: ConsentsChanged | PeopleChanged) -> None:
    """Their language, what they allow."""
    for part in chunks(event.ids):
        _refresh(db.session.scalars(_HELD.where(Ambassador.customer_id.in_(part))).all())


def keep_up_with_complaints(event: ComplaintsChanged) -> None:
    """The category of the case that they are shown by."""
    for part in chunks(event.ids):
        _refresh(db.session.scalars(_HELD.where(Ambassador.complaint_id.in_(part))).all())


_HELD = (
    select(Ambassador)
    .options(joinedload(Ambassador.customer), joinedload(Ambassador.complaint))
    .order_by(Ambassador.id)
    .with_for_update(of=Ambassador)
    .execution_options(populate_existing=True)
)


def _refresh(people: Sequence[Ambassador]) -> None:
    if not people:
        return
    ids = [one.id for one in people]
    allowed: dict[int, int] = dict.fromkeys(ids, 0)
    held = or_(Consent.complaint_id.is_(None), Consent.complaint_id == Ambassador.complaint_id)
    rows = db.session.execute(
        select(Ambassador.id, Consent.purpose)
        .join(Consent, Consent.customer_id == Ambassador.customer_id)
        .where(Ambassador.id.in_(ids), held, Consent.withdrawn_at.is_(None))
        .distinct()
    )
    for ambassador_id, purpose in rows:
        allowed[ambassador_id] += CONSENT_BITS.get(purpose, 0)
    cases = {one.complaint_id for one in people}
    newest = select(func.max(CheckIn.id)).join(Answer).where(CheckIn.complaint_id.in_(cases), Answer.latest)
    latest = db.session.execute(
        select(CheckIn.complaint_id, Answer)
        .join(Answer, Answer.check_in_id == CheckIn.id)
        .where(Answer.latest, CheckIn.id.in_(newest.group_by(CheckIn.complaint_id)))
    )
    answers = {row[0]: row[1] for row in latest}
    for one in people:
        answer = answers.get(one.complaint_id)
        one.category = one.complaint.category
        one.locale = (one.customer.locale or "").split("-")[0].lower() or None
        one.consents = allowed[one.id]
        one.recommend = answer.recommend if answer else None
        quotable = answer and answer.quote_consent and answer.satisfied == "yes" and answer.comment
        one.quote_answer_id = answer.id if answer and quotable else None
    db.session.flush()
