"""All SQL of reviews that were left on other sites."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Customer
from feedbackloop.reviews import matching
from feedbackloop.reviews.matching import Choice
from feedbackloop.reviews.models import Destination, Invitation, OutsideReview
from feedbackloop.reviews.rules import LOW_RATING


def destination_named(name: str) -> Sequence[Destination]:
    """Other sites of this name, whatever its letters' case."""
    wanted = select(Destination).where(Destination.kind == "link", func.lower(Destination.name) == name.lower())
    return db.session.scalars(wanted.order_by(Destination.id)).all()


def destination_names() -> list[str]:
    wanted = select(Destination.name).where(Destination.kind == "link").order_by(Destination.name)
    return list(db.session.scalars(wanted.distinct()))


def known(destination_id: int, external_ids: Sequence[str]) -> dict[str, OutsideReview]:
    """The reviews of this site that we have, by the site's own number, held until the transaction ends."""
    found: dict[str, OutsideReview] = {}
    for part in chunks(external_ids):
        wanted = select(OutsideReview).where(
            OutsideReview.destination_id == destination_id, OutsideReview.external_id.in_(part)
        )
        rows = db.session.scalars(wanted.order_by(OutsideReview.id).with_for_update())
        found.update({row.external_id: row for row in rows})
    return found


def choices(destination_id: int, since: datetime, until: datetime) -> list[Choice]:
    """Who chose this site in this stretch, of those whose review is not known yet, the earliest first."""
    taken = select(OutsideReview.invitation_id).where(OutsideReview.invitation_id.is_not(None))
    rows = db.session.execute(
        select(Invitation.id, Invitation.customer_id, Customer.name, Invitation.clicked_at)
        .join(Customer, Customer.id == Invitation.customer_id)
        .where(
            Invitation.destination_id == destination_id,
            Invitation.clicked_at.between(since - matching.AFTER, until + matching.BEFORE),
            Invitation.status == "clicked",
            Invitation.id.not_in(taken),
            Customer.erased_at.is_(None),
        )
        .order_by(Invitation.clicked_at, Invitation.id)
    )
    return [Choice(row.id, row.customer_id, row.name, row.clicked_at) for row in rows if row.clicked_at is not None]


def locked(outside_id: int) -> OutsideReview | None:
    held = select(OutsideReview).where(OutsideReview.id == outside_id)
    return db.session.scalar(held.with_for_update().execution_options(populate_existing=True))


def one(outside_id: int) -> OutsideReview | None:
    return db.session.scalar(_whole().where(OutsideReview.id == outside_id))


def page(destination_id: int | None, state: str, before: int | None, limit: int) -> Sequence[OutsideReview]:
    """The newest first; one more than `limit` where there are more. `state`: matched, unmatched, low, or all."""
    found = _whole()
    if destination_id is not None:
        found = found.where(OutsideReview.destination_id == destination_id)
    if state == "matched":
        found = found.where(OutsideReview.invitation_id.is_not(None))
    elif state == "unmatched":
        found = found.where(OutsideReview.invitation_id.is_(None))
    elif state == "low":
        found = found.where(OutsideReview.rating <= LOW_RATING, OutsideReview.made_complaint_id.is_(None))
    if before is not None:
        found = found.where(OutsideReview.id < before)
    return db.session.scalars(found.order_by(OutsideReview.id.desc()).limit(limit + 1)).all()


def destinations() -> Sequence[Destination]:
    """The sites of which reviews were brought in."""
    used = select(OutsideReview.destination_id)
    return db.session.scalars(select(Destination).where(Destination.id.in_(used)).order_by(Destination.name)).all()


def of_people(customer_ids: Sequence[int]) -> list[OutsideReview]:
    found: list[OutsideReview] = []
    for part in chunks(customer_ids):
        found += db.session.scalars(select(OutsideReview).where(OutsideReview.customer_id.in_(part)))
    return found


def _whole() -> Select[Any]:
    return select(OutsideReview).options(
        joinedload(OutsideReview.destination),
        joinedload(OutsideReview.made_complaint),
        joinedload(OutsideReview.invitation).joinedload(Invitation.complaint),
    )
