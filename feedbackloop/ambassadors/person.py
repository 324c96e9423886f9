"""One person as marketing may read them: the card, what was done, what they allowed, and how they moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from feedbackloop.ambassadors.board import Card, quotes
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer
from feedbackloop.reviews.models import Review


@dataclass(frozen=True)
class Details:
    """What a person's page adds to the card."""

    note: str | None
    locale: str | None
    resolved_at: datetime | None
    resolution: str | None
    quote: str | None
    reviews: Sequence[Review]
    history: Sequence[History]


def details(shown: Card) -> Details:
    """The rest of one person's page."""
    row = db.session.execute(
        select(
            Ambassador.note,
            Ambassador.customer_id,
            Ambassador.complaint_id,
            Customer.locale,
            Complaint.resolved_at,
            Complaint.resolution,
        )
        .join(Complaint, Complaint.id == Ambassador.complaint_id)
        .join(Customer, Customer.id == Ambassador.customer_id)
        .where(Ambassador.id == shown.id)
    ).one()
    written = select(Review).where(Review.customer_id == row.customer_id, Review.status == "published")
    quote = quotes([row.complaint_id]).get(row.complaint_id) if "quote" in shown.consents else None
    return Details(
        note=row.note,
        locale=row.locale,
        resolved_at=row.resolved_at,
        resolution=row.resolution,
        quote=quote[0] if quote else None,
        reviews=db.session.scalars(written.order_by(Review.id)).all(),
        history=db.session.scalars(
            select(History)
            .where(History.subject == "ambassador", History.subject_id == shown.id)
            .order_by(History.id.desc())
            .limit(100)
        ).all(),
    )
