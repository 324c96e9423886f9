"""What changes reviews that were left on other sites: bringing them in, whose they are, and an erasure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feedbackloop.core import clock, events, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.reviews import matching, outside_queries, queries, rules
from feedbackloop.reviews.events import MatchesUndone, ReviewsMatched
from feedbackloop.reviews.matching import Choice
from feedbackloop.reviews.models import OutsideReview

What = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class OutsideInput:
    """A review as the export of its site tells it. `digest` is of all of it: the same again says nothing new."""

    external_id: str
    rating: int
    title: str | None
    text: str | None
    author: str | None
    url: str | None
    written_at: datetime
    digest: str


@dataclass(frozen=True)
class Taken:
    """What became of one review."""

    what: What
    matched: bool = False


def take(destination_id: int, given: Sequence[OutsideInput], actor: str) -> list[Taken]:
    """Keeps these reviews of one site, each once by the site's own number; one outcome a review, in order.

    A new one is matched to who chose this site around that day, where one person fits. Words that went with an erasure
    stay gone, whatever a file says.
    """
    known = outside_queries.known(destination_id, [one.external_id for one in given])
    choices = _choices(destination_id, [one for one in given if one.external_id not in known])
    taken, matched = [], []
    for one in given:
        row = known.get(one.external_id)
        if row is not None:
            taken.append(Taken(_renew(row, one, actor)))
            continue
        row = OutsideReview(destination_id=destination_id, external_id=one.external_id, imported_at=clock.now())
        _fill(row, one)
        db.session.add(row)
        db.session.flush()
        known[one.external_id] = row
        history.record(Change(actor, "outside_review", row.id, "brought_in"))
        found = matching.guess(one.author, one.written_at, choices)
        if found is not None:
            choices.remove(found.choice)
            _match(row, found, actor)
            matched.append(found.choice.invitation_id)
        taken.append(Taken("created", found is not None))
    db.session.flush()
    if matched:
        events.emit(ReviewsMatched(tuple(matched)))
    return taken


def unmatch(outside_id: int, actor: str) -> None:
    """Staff say that it is somebody else's. It is not guessed again. Raises NotFound, and Conflict where it is not
    matched."""
    row = outside_queries.locked(outside_id)
    if row is None:
        raise NotFound
    if row.invitation_id is None or row.erased_at is not None:
        raise Conflict
    invitation = queries.locked_invitation(row.invitation_id)
    change = Change(actor, "outside_review", row.id, "unmatched", invitation.complaint_id, reason=row.match_reason)
    row.invitation_id = row.customer_id = row.match_reason = None
    row.unmatched_at = clock.now()
    changes = [change]
    if queries.review_of(invitation.id) is None and rules.may_move(
        rules.INVITATION_MOVES, invitation.status, "clicked"
    ):
        before, invitation.status = invitation.status, "clicked"
        complaint_id = invitation.complaint_id
        changes.append(
            Change(actor, "invitation", invitation.id, "clicked", complaint_id, before, "clicked", "match_undone")
        )
    db.session.flush()
    history.record_many(changes)
    events.emit(MatchesUndone((invitation.id,)))


def forget(customer_ids: Sequence[int]) -> None:
    """Takes the words of erased people out of the reviews that are theirs."""
    rows = [row for row in outside_queries.of_people(customer_ids) if row.erased_at is None]
    for row in rows:
        row.title = row.text = row.author = row.url = None
        row.erased_at = clock.now()
    db.session.flush()
    history.record_many(Change("system", "outside_review", row.id, "erased") for row in rows)


def _choices(destination_id: int, fresh: Sequence[OutsideInput]) -> list[Choice]:
    if not fresh:
        return []
    moments = [one.written_at for one in fresh]
    return outside_queries.choices(destination_id, min(moments), max(moments))


def _renew(row: OutsideReview, given: OutsideInput, actor: str) -> What:
    if row.digest == given.digest or row.erased_at is not None:
        return "unchanged"
    _fill(row, given)
    db.session.flush()
    history.record(Change(actor, "outside_review", row.id, "changed"))
    return "updated"


def _match(row: OutsideReview, found: matching.Guess, actor: str) -> None:
    invitation = queries.locked_invitation(found.choice.invitation_id)
    row.invitation_id, row.customer_id, row.match_reason = invitation.id, invitation.customer_id, found.reason
    before, invitation.status = invitation.status, "reviewed"
    db.session.flush()
    complaint_id = invitation.complaint_id
    history.record_many([
        Change(actor, "outside_review", row.id, "matched", complaint_id, reason=found.reason),
        Change(actor, "invitation", invitation.id, "reviewed", complaint_id, before, "reviewed", "matched"),
    ])  # fmt: skip


def _fill(row: OutsideReview, given: OutsideInput) -> None:
    row.rating, row.title, row.text, row.author = given.rating, given.title, given.text, given.author
    row.url, row.written_at, row.digest = given.url, given.written_at, given.digest
