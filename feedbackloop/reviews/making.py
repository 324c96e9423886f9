"""A low review becomes a complaint, once, and each of the two knows of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.service import ComplaintInput, PersonInput
from feedbackloop.core import history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.core.text import shorten
from feedbackloop.core.unset import UNSET
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Customer
from feedbackloop.reviews import outside_queries, queries, rules
from feedbackloop.reviews.models import OutsideReview, Review

SOURCE = CHANNEL = "review"
_LONGEST_SUBJECT, _LONGEST_SUMMARY = 120, 400


@dataclass(frozen=True)
class Origin:
    """The review that a complaint was made from. `where` is None for our own page."""

    review_id: int
    rating: int
    written_at: datetime
    where: str | None


def of_own(review_id: int, actor: str) -> int:
    """Makes a complaint of a review on our own page; its id. Pressing again gives the same one.

    Raises NotFound, and Conflict for a review that is not low or was taken back.
    """
    review = queries.locked_review(review_id)
    if review is None:
        raise NotFound
    if review.made_complaint_id is None:
        if not rules.is_low(review.rating) or review.status == "withdrawn":
            raise Conflict
        customer = queries.customer(review.customer_id)
        sample = review.complaint.sample
        review.made_complaint_id = _bring(f"own-{review.id}", review, customer, sample, actor)
        _note(actor, "review", review.id, review.made_complaint_id, review.complaint_id)
    return review.made_complaint_id


def of_outside(outside_id: int, actor: str) -> int:
    """The same for a review on another site; its person is known where it was matched."""
    review = outside_queries.locked(outside_id)
    if review is None:
        raise NotFound
    if review.made_complaint_id is None:
        if not rules.is_low(review.rating) or review.erased_at is not None:
            raise Conflict
        customer = queries.customer(review.customer_id) if review.customer_id is not None else None
        sample = review.destination.sample
        review.made_complaint_id = _bring(f"outside-{review.id}", review, customer, sample, actor)
        _note(actor, "outside_review", review.id, review.made_complaint_id, None)
    return review.made_complaint_id


def for_complaints(ids: Sequence[int]) -> Mapping[int, Origin]:
    """The review that each of these complaints was made from."""
    found: dict[int, Origin] = {}
    for part in chunks(ids):
        own = select(Review).where(Review.made_complaint_id.in_(part))
        for one in db.session.scalars(own):
            found[one.made_complaint_id or 0] = Origin(one.id, one.rating, one.written_at, None)
        wanted = select(OutsideReview).options(joinedload(OutsideReview.destination))
        for other in db.session.scalars(wanted.where(OutsideReview.made_complaint_id.in_(part))):
            where = other.destination.name
            found[other.made_complaint_id or 0] = Origin(other.id, other.rating, other.written_at, where)
    return found


def _bring(
    external_id: str, review: Review | OutsideReview, customer: Customer | None, sample: bool, actor: str
) -> int:
    words = "\n\n".join(filter(None, (review.title, review.text)))
    record = ComplaintInput(
        source=SOURCE,
        external_id=external_id,
        subject=shorten(review.title or review.text or "", _LONGEST_SUBJECT) or None,
        summary=shorten(review.text or review.title or "", _LONGEST_SUMMARY) or None,
        description=words or _("A review without words: a %(rating)s out of 5.", rating=review.rating),
        channel=CHANNEL,
        opened_at=review.written_at,
        customer=_person(customer) if customer is not None and customer.email else UNSET,
        sample=sample,
    )
    return complaints.upsert([record], actor)[0].id


def _person(customer: Customer) -> PersonInput:
    return PersonInput(customer.name, customer.email, customer.phone, customer.locale)


def _note(actor: str, subject: str, subject_id: int, made: int, before: int | None) -> None:
    """On the time line of the new complaint, and on that of the one that the review was about."""
    db.session.flush()
    history.record_many(
        Change(actor, subject, subject_id, "made_complaint", complaint_id, detail={"complaint_id": made})
        for complaint_id in (made, before)
        if complaint_id is not None
    )
