"""The look that staff take at a review before it is shown."""

from __future__ import annotations

from feedbackloop.core import clock, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.reviews import queries, rules
from feedbackloop.reviews.models import Review


def publish(review_id: int, version: int, actor: str) -> Review:
    """Shows a review on the own page. Raises Conflict where the person changed it since it was read."""
    return _decide(review_id, version, "published", None, actor)


def refuse(review_id: int, version: int, reason: str, actor: str) -> Review:
    """Keeps a review from the own page, for one of rules.REFUSALS. Raises Conflict as `publish` does."""
    if reason not in rules.REFUSALS:
        raise ValueError("a review is refused for a listed reason only")
    return _decide(review_id, version, "refused", reason, actor)


def _decide(review_id: int, version: int, status: str, reason: str | None, actor: str) -> Review:
    review = queries.locked_review(review_id)
    if review is None:
        raise NotFound
    if review.version != version:
        raise Conflict
    if review.status == status and review.refused_reason == reason:
        return review
    if not rules.may_move(rules.REVIEW_MOVES, review.status, status):
        raise Conflict
    history.record(Change(actor, "review", review.id, status, review.complaint_id, review.status, status, reason))
    review.status, review.refused_reason = status, reason
    review.decided_at, review.decided_by = clock.now(), actor
    db.session.flush()
    return review
