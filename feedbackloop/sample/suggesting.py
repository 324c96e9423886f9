"""What rules suggest in the sample organisation, and who gets its numbers by mail."""

from __future__ import annotations

from sqlalchemy import select

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.reports import rules as reports
from feedbackloop.ambassadors.reports import service as reporting
from feedbackloop.ambassadors.suggestions import service as suggestions
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.people import consents
from feedbackloop.reviews.models import Review
from feedbackloop.sample.replay import Stage

_TEXT = "U mag mij later nog eens schrijven."
_VERSION = "sample"
_MOST = 3


def suggest(stage: Stage) -> None:
    """A few who wrote a good review allow us to write to them again; the rules do the rest."""
    found = (
        select(Ambassador.customer_id, Ambassador.complaint_id)
        .join(Complaint, Complaint.id == Ambassador.complaint_id)
        .join(Review, Review.customer_id == Ambassador.customer_id)
        .where(Complaint.sample, Ambassador.stage == "reviewed", Review.rating >= 4)
        .order_by(Ambassador.id)
        .limit(_MOST)
    )
    people = db.session.execute(found).all()
    for customer_id, complaint_id in people:
        consents.give(customer_id, complaint_id, "contact", _VERSION, _TEXT)
    suggestions.consider([customer_id for customer_id, _complaint_id in people])
    for one in stage.content.staff:
        if one["role"] == "marketing":
            locale = one.get("locale") or "nl"
            reporting.subscribe(stage.staff[one["key"]], reports.WEEK, locale, "sample")
