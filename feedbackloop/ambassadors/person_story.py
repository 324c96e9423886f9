"""The way of one case through the loop, as marketing may read it: what happened, when, and who did it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, union_all

from feedbackloop.ambassadors.ask_models import Ask
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Round
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.reviews.models import Destination, Invitation, OutsideReview, Review

_MOST = 200
# What history keeps of a person on the board and the page tells; of the case it tells when it was opened again.
_MOVES = (
    "entered",
    "moved",
    "returned",
    "left",
    "put_off",
    "taken_up",
    "look_again",
    "owned",
    "suggested",
    "suggestion_declined",
    "suggestion_withdrawn",
)


@dataclass(frozen=True)
class Happened:
    """One thing on the time line. `what` is a code; `words` are a colleague's, or the person's where they allow it."""

    at: datetime
    what: str
    state: str | None = None
    words: str | None = None
    place: str | None = None
    rating: int | None = None
    recommend: int | None = None
    reason: str | None = None
    actor: str | None = None
    own_words: bool = False

    def without(self, take_out: Callable[[str | None], str | None]) -> Happened:
        """The same, with its words as `take_out` leaves them."""
        return replace(self, words=take_out(self.words)) if self.words else self


@dataclass(frozen=True)
class Asked:
    """The question of one round, what was done before it, and what counts as its answer."""

    cycle: int
    status: str
    sent_at: datetime | None
    resolved_at: datetime | None
    resolution: str | None
    satisfied: str | None
    rating: int | None
    recommend: int | None
    answered_at: datetime | None
    comment: str | None
    locale: str | None
    quotable: bool
    wrote: bool


@dataclass(frozen=True)
class Facts:
    """What was read for a time line. `base` is the row of the person and the case; `quote` what may be shown."""

    base: Any
    rounds: Sequence[Asked]
    invitations: Sequence[Any]
    changes: Sequence[Any]
    asks: Sequence[Ask]
    quote: Asked | None


def rounds(complaint_id: int) -> list[Asked]:
    """The rounds of a case, in order. What was written is read only where its writer marked it as to be shown."""
    rows = db.session.execute(
        select(
            CheckIn.cycle,
            CheckIn.status,
            CheckIn.sent_at,
            Round.resolved_at,
            Round.resolution,
            Answer.satisfied,
            Answer.rating,
            Answer.recommend,
            Answer.answered_at,
            Answer.comment,
            Answer.locale,
            Answer.quote_consent,
        )
        .outerjoin(Answer, and_(Answer.check_in_id == CheckIn.id, Answer.latest))
        .outerjoin(Round, and_(Round.complaint_id == CheckIn.complaint_id, Round.cycle == CheckIn.cycle))
        .where(CheckIn.complaint_id == complaint_id)
        .order_by(CheckIn.cycle.desc())
        .limit(_MOST)
    ).all()
    found = []
    for row in reversed(rows):
        quotable = bool(row.quote_consent and row.satisfied == "yes" and row.comment)
        said = {"quotable": quotable, "wrote": bool(row.satisfied == "yes" and row.comment)}
        values = row._asdict()
        del values["quote_consent"]
        found.append(Asked(**{**values, "comment": row.comment if quotable else None, **said}))
    return found


def invitations(customer_id: int) -> Sequence[Any]:
    """The invitations of a person, where they went, and the reviews that came of them."""
    return db.session.execute(
        select(
            Invitation.status,
            Invitation.due_at,
            Invitation.sent_at,
            Invitation.clicked_at,
            Destination.name.label("place"),
            Review.rating,
            Review.written_at,
            Review.status.label("shown"),
            OutsideReview.rating.label("outside_rating"),
            OutsideReview.written_at.label("outside_at"),
        )
        .outerjoin(Destination, Destination.id == Invitation.destination_id)
        .outerjoin(Review, Review.invitation_id == Invitation.id)
        .outerjoin(OutsideReview, OutsideReview.invitation_id == Invitation.id)
        .where(Invitation.customer_id == customer_id)
        .order_by(Invitation.id.desc())
        .limit(_MOST)
    ).all()


def changes(ambassador_id: int, complaint_id: int) -> Sequence[Any]:
    """How the person moved on the board, and when the case was opened again; the newest first."""
    columns = (History.id, History.at, History.what, History.to_state, History.reason, History.actor)
    moves = select(*columns).where(
        History.subject == "ambassador", History.subject_id == ambassador_id, History.what.in_(_MOVES)
    )
    opened = select(*columns).where(
        History.complaint_id == complaint_id, History.subject == "complaint", History.what == "reopened"
    )
    # Each along an index of its own: one statement that said OR could be answered from the end of all history.
    parts = [select(one.order_by(History.id.desc()).limit(_MOST).subquery()) for one in (moves, opened)]
    both = union_all(*parts).subquery()
    return db.session.execute(select(both).order_by(both.c.id.desc())).all()


def told(facts: Facts) -> list[Happened]:
    """Everything that happened, the newest first; what happened at one moment in the order of the loop."""
    parts = (_case(facts), _questions(facts), _board(facts), _reviews(facts), _asks(facts))
    found = [one for part in parts for one in part]
    placed = sorted(enumerate(found), key=lambda pair: (pair[1].at, _place(pair[1].what), pair[0]), reverse=True)
    return [one for _number, one in placed]


# A 'no' opens a case again in the same moment, and a 'yes' brings its person on the board.
_ORDER = ("complained", "asked", "answered", "reopened", "resolved")


def _place(what: str) -> int:
    return _ORDER.index(what) if what in _ORDER else len(_ORDER)


def _case(facts: Facts) -> Iterator[Happened]:
    base = facts.base
    yield Happened(base.opened_at, "complained", state=base.category)
    for one in facts.rounds:
        if one.resolved_at is not None:
            yield Happened(one.resolved_at, "resolved", words=one.resolution)
    if base.resolved_at is not None:
        yield Happened(base.resolved_at, "resolved", words=base.resolution)
    for row in facts.changes:
        if row.what == "reopened":
            yield Happened(row.at, "reopened")


def _questions(facts: Facts) -> Iterator[Happened]:
    for one in facts.rounds:
        if one.sent_at is not None:
            yield Happened(one.sent_at, "asked")
        if one.answered_at is not None:
            words = one.comment if one is facts.quote else None
            said = Happened(one.answered_at, "answered", one.satisfied, words, own_words=True)
            yield replace(said, rating=one.rating, recommend=one.recommend)


def _reviews(facts: Facts) -> Iterator[Happened]:
    for row in facts.invitations:
        if row.sent_at is not None:
            yield Happened(row.sent_at, "invited")
        if row.clicked_at is not None:
            yield Happened(row.clicked_at, "chose", place=row.place)
        if row.written_at is not None and row.shown == "published":
            yield Happened(row.written_at, "reviewed", place="own", rating=row.rating)
        if row.outside_at is not None:
            yield Happened(row.outside_at, "reviewed", place=row.place, rating=row.outside_rating)


def _board(facts: Facts) -> Iterator[Happened]:
    """Moves. What people did themselves stands on the line already, so of those only a colleague's moves are told."""
    for row in reversed(facts.changes):
        by_hand = row.actor.startswith("staff:")
        if row.what in ("entered", "returned", "left") or (by_hand and row.what != "reopened"):
            yield Happened(
                row.at, row.what, state=row.to_state, reason=row.reason, actor=row.actor if by_hand else None
            )


def _asks(facts: Facts) -> Iterator[Happened]:
    for one in facts.asks:
        yield Happened(one.created_at, "ask_made", state=one.kind, actor=one.asked_by)
        if one.sent_at is not None:
            yield Happened(one.sent_at, "ask_sent", state=one.kind)
        if one.answered_at is not None:
            yield Happened(one.answered_at, f"ask_{one.answer}", state=one.kind)
