"""What the organisation says under a review on its own page."""

from __future__ import annotations

from collections.abc import Sequence

from feedbackloop.core import clock, history, personal, personal_names
from feedbackloop.core.errors import Conflict, NotFound, Unprocessable
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.reviews import queries
from feedbackloop.reviews.models import Review


class PersonalData(Unprocessable):
    """The reply would tell who somebody is: an address, a number, or the whole name of the person who wrote."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__(fields={"reply": list(found)}, code="personal_data")
        self.found = list(found)


def reply(review_id: int, version: int, text: str | None, actor: str) -> Review:
    """Puts these words under the review, in place of earlier ones; None takes them away. A later change shows its date.

    Raises NotFound, PersonalData, and Conflict where the person changed the review since it was read or took it back.
    """
    review = queries.locked_review(review_id)
    if review is None:
        raise NotFound
    if review.version != version or review.status == "withdrawn":
        raise Conflict
    if review.reply == text:
        return review
    if text is not None:
        _check(review, text)
    now, before = clock.now(), review.reply
    what = "reply_removed" if text is None else "replied" if before is None else "reply_changed"
    review.reply, review.replied_by = text, actor
    review.replied_at = None if text is None else review.replied_at if before is not None else now
    review.reply_changed_at = now if before is not None and text is not None else None
    db.session.flush()
    history.record(Change(actor, "review", review.id, what, review.complaint_id))
    return review


def _check(review: Review, text: str) -> None:
    customer = queries.customer(review.customer_id)
    names = [customer.name] if customer is not None and customer.name else []
    found = [words for _kind, words in personal.patterns(text)]
    # A first name may be the one that the person chose to be shown by; all of it is not theirs to read here.
    found += [text[begin:end] for begin, end in personal_names.whole(text, names)]
    if found:
        raise PersonalData(list(dict.fromkeys(found)))
