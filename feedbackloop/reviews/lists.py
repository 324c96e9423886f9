"""All SQL of what pages alone read: invitations and reviews as lists, for staff and for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from feedbackloop.extensions import db
from feedbackloop.reviews.models import Invitation, Review
from feedbackloop.reviews.queries import whole

# Invitations


@dataclass(frozen=True)
class Since:
    """Invitations that were sent, that were clicked, or whose review was written, from these moments on."""

    sent: datetime | None = None
    clicked: datetime | None = None
    written: datetime | None = None


def invitation_page(
    status: str | None, reason: str | None, since: Since, before: int | None, limit: int
) -> Sequence[Invitation]:
    """The newest first; one more than `limit` where there are more."""
    found = whole().order_by(Invitation.id.desc()).limit(limit + 1)
    if since.sent is not None:
        found = found.where(Invitation.sent_at >= since.sent)
    if since.clicked is not None:
        found = found.where(Invitation.clicked_at >= since.clicked)
    if since.written is not None:
        written = select(Review.invitation_id).where(Review.written_at >= since.written)
        found = found.where(Invitation.id.in_(written))
    if status:
        found = found.where(Invitation.status == status)
    if reason:
        found = found.where(Invitation.reason == reason)
    if before is not None:
        found = found.where(Invitation.id < before)
    return db.session.scalars(found).all()


def invitation_counts() -> dict[tuple[str, str | None], int]:
    """How many there are, by status and reason."""
    rows = db.session.execute(
        select(Invitation.status, Invitation.reason, func.count()).group_by(Invitation.status, Invitation.reason)
    )
    return {(status, reason): number for status, reason, number in rows}


# Reviews


def _public() -> Select[Any]:
    return select(Review).options(joinedload(Review.invitation)).where(Review.status == "published")


def public_page(before: int | None, limit: int) -> Sequence[Review]:
    """Published reviews, the newest first; one more than `limit` where there are more."""
    found = _public() if before is None else _public().where(Review.id < before)
    return db.session.scalars(found.order_by(Review.id.desc()).limit(limit + 1)).all()


def public_review(review_id: int) -> Review | None:
    return db.session.scalar(_public().where(Review.id == review_id))


def ratings_of_everyone() -> dict[int, int]:
    """How many published reviews give each figure, of those for which everybody was asked."""
    rows = db.session.execute(
        select(Review.rating, func.count())
        .join(Invitation, Invitation.id == Review.invitation_id)
        .where(Review.status == "published", Invitation.audience == "everyone")
        .group_by(Review.rating)
    )
    return {rating: number for rating, number in rows}  # noqa: C416


def review_page(status: str, before: int | None, limit: int) -> Sequence[Review]:
    """The newest first; one more than `limit` where there are more."""
    found = _for_staff().where(Review.status == status)
    if before is not None:
        found = found.where(Review.id < before)
    return db.session.scalars(found.order_by(Review.id.desc()).limit(limit + 1)).all()


def oldest_pending(after: int | None, limit: int) -> Sequence[Review]:
    """What waits for a look, longest first; one more than `limit` where there are more."""
    found = _for_staff().where(Review.status == "pending")
    if after is not None:
        found = found.where(Review.id > after)
    return db.session.scalars(found.order_by(Review.id).limit(limit + 1)).all()


def staff_review(review_id: int) -> Review | None:
    return db.session.scalar(_for_staff().where(Review.id == review_id))


def _for_staff() -> Select[Any]:
    return select(Review).options(joinedload(Review.complaint), joinedload(Review.made_complaint))


def review_counts() -> dict[str, int]:
    rows = db.session.execute(select(Review.status, func.count()).group_by(Review.status))
    return {status: number for status, number in rows}  # noqa: C416


def refused_counts() -> dict[str, int]:
    """Refused reviews by reason."""
    refused = select(Review.refused_reason, func.count()).where(Review.status == "refused")
    return {reason or "": number for reason, number in db.session.execute(refused.group_by(Review.refused_reason))}
