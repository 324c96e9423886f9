"""What a person allows us, all of it: shown to them, and taken back at any time, by them or by who hears it of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import history
from feedbackloop.core.errors import NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.people import consents
from feedbackloop.people.models import Consent, Customer

_MOST = 200


@dataclass(frozen=True)
class Given:
    """Something that a person allowed, in the words that they agreed to."""

    id: int
    purpose: str
    text: str
    given_at: datetime
    withdrawn_at: datetime | None
    opened_at: datetime | None  # of the complaint that it is about


def person(customer_id: int) -> Customer:
    """The person; raises NotFound for one who is unknown or was erased."""
    found = db.session.get(Customer, customer_id)
    if found is None or found.erased_at is not None:
        raise NotFound
    return found


def listed(customer_id: int) -> Sequence[Given]:
    """What they allow, and what they allowed before; what holds first, the newest on top."""
    rows = db.session.execute(
        select(Consent.id, Consent.purpose, Consent.text, Consent.given_at, Consent.withdrawn_at, Complaint.opened_at)
        .outerjoin(Complaint, Complaint.id == Consent.complaint_id)
        .where(Consent.customer_id == customer_id)
        .order_by(Consent.withdrawn_at.is_not(None), Consent.id.desc())
        .limit(_MOST)
    )
    return [Given(*row) for row in rows]


def take_back_of(ambassador_id: int, consent_id: int, actor: str) -> bool:
    """The same, for the person who stands on the board by this id."""
    one = db.session.get(Ambassador, ambassador_id)
    if one is None:
        raise NotFound
    return take_back(one.customer_id, consent_id, actor)


def take_back(customer_id: int, consent_id: int, actor: str) -> bool:
    """Ends one thing that they allowed; what is used of it goes at once. Whether it held still. Raises NotFound."""
    found = db.session.get(Consent, consent_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound
    if found.withdrawn_at is not None:
        return False
    complaint_id, purpose = found.complaint_id, found.purpose
    if complaint_id is not None:
        complaints.take_back_consent(complaint_id, purpose, actor)
    else:
        history.record(Change(actor, "customer", customer_id, "consent_taken_back", reason=purpose))
    # Also where the case went to somebody else since they allowed it.
    consents.withdraw(customer_id, complaint_id, purpose)
    return True
