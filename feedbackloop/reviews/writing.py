"""What a person does with an invitation: choose a place, or write on our own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feedbackloop.config import settings
from feedbackloop.core import clock, events, history
from feedbackloop.core.errors import Conflict, Gone, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.reviews import queries, rules
from feedbackloop.reviews.events import DestinationChosen, ReviewsWritten
from feedbackloop.reviews.models import Destination, Invitation, Review


@dataclass(frozen=True)
class ReviewText:
    """A review as written: rating 1 to 5, the rest optional and cleaned."""

    rating: int
    title: str | None
    text: str | None
    display_name: str | None
    locale: str


def open_invitation(invitation: Invitation) -> None:
    """Raises NotFound or Gone where the invitation's link does not work (any more)."""
    opened = rules.Opened(
        status=invitation.status,
        used=bool(invitation.sent_at or invitation.clicked_at),
        erased=invitation.customer.erased_at is not None,
        since=invitation.sent_at or invitation.due_at,
    )
    decision = rules.may_open(opened, settings().scaled(settings().link_life), clock.now())
    if not decision:
        raise Gone if decision.reason == "expired" else NotFound


def choose(invitation_id: int, destination_id: int) -> str:
    """Records the choice of another site and gives its link. Only the first choice is the click; raises NotFound for
    a destination that is not offered."""
    invitation = queries.locked_invitation(invitation_id)
    chosen = queries.destination(destination_id)
    if chosen is None or chosen.url is None or not chosen.active or chosen.audience != invitation.audience:
        raise NotFound
    _click(invitation, chosen)
    return chosen.url


def write_review(invitation_id: int, written: ReviewText) -> Review:
    """Keeps a review for the own page until staff have looked at it; a second one changes the first.

    Raises Conflict where staff have decided on it already.
    """
    invitation = queries.locked_invitation(invitation_id)
    own = queries.own_destination()
    if own is None or not own.active or own.audience != invitation.audience:
        raise NotFound
    review = queries.review_of(invitation_id)
    if review is not None and review.status != "pending":
        raise Conflict
    actor = f"customer:{invitation.customer_id}"
    if review is not None:
        _fill(review, written)
        review.version += 1
        db.session.flush()
        history.record(Change(actor, "review", review.id, "changed", review.complaint_id, "pending", "pending"))
        return review
    if invitation.status != "clicked":
        _click(invitation, own)
    review = Review(
        invitation_id=invitation.id, complaint_id=invitation.complaint_id, customer_id=invitation.customer_id
    )
    _fill(review, written)
    before, invitation.status, invitation.destination_id = invitation.status, "reviewed", own.id
    db.session.add(review)
    db.session.flush()
    history.record_many([
        Change(actor, "invitation", invitation.id, "reviewed", invitation.complaint_id, before, "reviewed"),
        Change(actor, "review", review.id, "written", review.complaint_id, None, "pending"),
    ])  # fmt: skip
    events.emit(ReviewsWritten((review.id,)))
    return review


def withdraw(invitation_id: int) -> None:
    """The person takes their review back: its words go, and so does our reply to them. Once more changes nothing."""
    invitation = queries.locked_invitation(invitation_id)
    review = queries.review_of(invitation_id)
    if review is None:
        raise NotFound
    take_away([review], f"customer:{invitation.customer_id}", None)


def take_away(reviews: Sequence[Review], actor: str, reason: str | None) -> None:
    """Takes the words out of reviews, and the reviews off the page."""
    changes = []
    for review in reviews:
        review.title = review.text = review.display_name = review.reply = None
        if rules.may_move(rules.REVIEW_MOVES, review.status, "withdrawn"):
            before, review.status = review.status, "withdrawn"
            changes.append(
                Change(actor, "review", review.id, "withdrawn", review.complaint_id, before, "withdrawn", reason)
            )
    db.session.flush()
    history.record_many(changes)


def _click(invitation: Invitation, chosen: Destination) -> None:
    """Keeps the choice; emits DestinationChosen for the first."""
    if invitation.status in ("clicked", "reviewed"):
        if invitation.status == "clicked" and invitation.destination_id != chosen.id:
            invitation.destination_id = chosen.id
            history.record(_clicked(invitation, "clicked", chosen))
        return
    if not rules.may_move(rules.INVITATION_MOVES, invitation.status, "clicked"):
        raise NotFound
    before, invitation.status = invitation.status, "clicked"
    invitation.clicked_at, invitation.destination_id = clock.now(), chosen.id
    db.session.flush()
    history.record(_clicked(invitation, before, chosen))
    events.emit(DestinationChosen((invitation.id,)))


def _clicked(invitation: Invitation, before: str, chosen: Destination) -> Change:
    actor, detail = f"customer:{invitation.customer_id}", {"destination_id": chosen.id}
    return Change(
        actor, "invitation", invitation.id, "clicked", invitation.complaint_id, before, "clicked", detail=detail
    )


def _fill(review: Review, written: ReviewText) -> None:
    review.rating, review.title, review.text = written.rating, written.title, written.text
    review.display_name, review.locale, review.written_at = written.display_name, written.locale, clock.now()


def pick(found: Sequence[Destination], key: str) -> Destination | None:
    """The offered destination with this key: `own`, or the id of a link."""
    return next((one for one in found if destination_key(one) == key), None)


def destination_key(one: Destination) -> str:
    return "own" if one.kind == "own" else str(one.id)
