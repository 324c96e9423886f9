"""What moves people on the board: what happens to them, and marketing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from feedbackloop.ambassadors import copies, counts, queries, rules
from feedbackloop.ambassadors.models import NO_STEP, Ambassador
from feedbackloop.checkins.events import AnsweredSatisfied
from feedbackloop.complaints.events import ComplaintsReopened, ConfirmationsTakenBack
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.people import queries as people
from feedbackloop.people.events import PeopleErased
from feedbackloop.reviews import queries as reviews
from feedbackloop.reviews.events import (
    DestinationChosen,
    InvitationsSent,
    MatchesUndone,
    ReviewsMatched,
    ReviewsWritten,
)

# What happens


def enter(event: AnsweredSatisfied) -> None:
    """Puts who said 'yes' on the board, at `satisfied`. Who is further on stays there; who had left comes back."""
    now = clock.now()
    cases = {
        yes.customer_id: yes for yes in sorted(reviews.yes_answers(event.check_in_ids), key=lambda y: y.answered_at)
    }
    known = people.by_ids([one for one in cases if one is not None])
    present = sorted(one.id for one in known.values() if one.erased_at is None)
    shown = copies.of_cases([cases[one].complaint_id for one in present])
    rows = {one: _row(one, cases[one].complaint_id, shown, now) for one in present}
    added = queries.insert_people(list(rows.values()))
    changes = [
        Change(f"customer:{one}", "ambassador", added[one], "entered", cases[one].complaint_id, None, "satisfied")
        for one in sorted(added)
    ]
    there = queries.held([customer for customer in present if customer not in added])
    for one in there:
        if one.left_at is not None:
            complaint_id = cases[one.customer_id].complaint_id
            one.left_at, one.stage_since, one.complaint_id = None, now, complaint_id
            changes.append(_change(one, "returned", None, one.stage, "answered_yes", f"customer:{one.customer_id}"))
    copies.refresh(there)
    if added:
        counts.change(Counter(counts.kind_of(rows[one]) for one in added))
    history.record_many(changes)


def _row(customer_id: int, complaint_id: int, shown: Mapping[int, copies.Copies], now: datetime) -> dict[str, Any]:
    """Of somebody who comes on the board."""
    row: dict[str, Any] = {
        "customer_id": customer_id,
        "complaint_id": complaint_id,
        "stage": "satisfied",
        "stage_since": now,
        "left_at": None,
        "board_column": "satisfied",
        "next_key": NO_STEP,
        "owner_id": None,
        "version": 1,
        "created_at": now,
        **vars(shown[complaint_id]),
    }
    kind = counts.kind_of(row)
    return {**row, "kind": kind.key if kind else 0}


def move_to_invited(event: InvitationsSent) -> None:
    _advance(list(reviews.customers_of(event.invitation_ids).values()), "invited", "invitation_sent")


def move_to_clicked(event: DestinationChosen) -> None:
    _advance(list(reviews.customers_of(event.invitation_ids).values()), "clicked", "destination_chosen")


def move_to_reviewed(event: ReviewsWritten) -> None:
    _advance(list(reviews.reviewers(event.review_ids).values()), "reviewed", "review_written")


def move_to_matched(event: ReviewsMatched) -> None:
    """A review on another site, taken for theirs."""
    _advance(list(reviews.customers_of(event.invitation_ids).values()), "reviewed", "review_matched")


def step_back_from_match(event: MatchesUndone) -> None:
    """It was not theirs: who stands at `reviewed` for nothing else goes back to having chosen a place."""
    people_of = list(reviews.customers_of(event.invitation_ids).values())
    others = reviews.who_reviewed(people_of)
    changes = []
    for one in queries.held([person for person in people_of if person not in others], ("reviewed",)):
        changes.append(_change(one, "moved", one.stage, "clicked", "match_undone"))
        one.stage, one.stage_since = "clicked", clock.now()
        one.version += 1
    db.session.flush()
    history.record_many(changes)


def _advance(customer_ids: Sequence[int], stage: str, reason: str) -> None:
    """Only forward: who stands further on stays there."""
    changes = []
    for one in queries.held(customer_ids, rules.stages_before(stage)):
        changes.append(_change(one, "moved", one.stage, stage, reason))
        one.stage, one.stage_since = stage, clock.now()
        one.version += 1
    db.session.flush()
    history.record_many(changes)


def step_back(event: ComplaintsReopened | ConfirmationsTakenBack) -> None:
    """Takes people off the board while a complaint of theirs is open again, or in doubt; the stage stays."""
    concerned = queries.concerned(event.ids)
    leaving = [(one, complaint_id) for one, complaint_id in concerned if rules.leaves_board(one.stage)]
    # Who stays is shown with the open complaint, and with what they answered.
    copies.refresh([one for one, _complaint_id in concerned if not rules.leaves_board(one.stage)])
    if not leaving:
        return
    reason = "reopened" if isinstance(event, ComplaintsReopened) else "taken_back"
    changes = []
    for one, complaint_id in leaving:
        changes.append(Change("system", "ambassador", one.id, "left", complaint_id, one.stage, None, reason))
        one.left_at = clock.now()
        one.version += 1
    db.session.flush()
    history.record_many(changes)


def erase(event: PeopleErased) -> None:
    """Takes erased people off the board, with what marketing wrote about them."""
    changes = []
    for one in queries.held(event.ids):
        if one.left_at is None:
            changes.append(_change(one, "left", one.stage, None, "erased"))
            one.left_at = clock.now()
        one.not_now_until = one.not_now_reason = one.next_step = one.next_step_on = None
        one.quote_answer_id, one.consents, one.recommend, one.locale = None, 0, None, None
        one.version += 1
    db.session.flush()
    history.record_many(changes)


def take_up() -> int:
    """Brings people whose day has come back to the column of their stage; how many, a batch at most."""
    day = clock.now().astimezone(settings().timezone).date()
    changes = []
    for one in queries.to_take_up(day):
        changes.append(_change(one, "look_again", one.stage, one.stage, "day_came"))
        one.board_column = one.stage
    db.session.flush()
    history.record_many(changes)
    return len(changes)


# What marketing does. `version` is of the card that was on the screen.


class MovedMeanwhile(Conflict):
    """Somebody, or the person themselves, was ahead."""


def move(ambassador_id: int, version: int, stage: str, actor: str, why: str = "by_hand") -> Ambassador:
    """Sets the stage by hand; ends 'not now'. Raises NotFound, MovedMeanwhile."""
    one = _held(ambassador_id, version)
    if one.not_now_until is not None:
        _end_not_now(one, actor)
    if one.stage == stage:
        return one
    if not rules.may_move(one.stage, stage):
        raise Conflict
    history.record(_change(one, "moved", one.stage, stage, why, actor))
    one.stage, one.stage_since = stage, clock.now()
    return _bumped(one)


def put_off(ambassador_id: int, version: int, until: date, reason: str, actor: str) -> Ambassador:
    """'Not now': leaves the stage as it is, and asks to look again on a day. Raises NotFound, MovedMeanwhile."""
    one = _held(ambassador_id, version)
    one.not_now_until, one.not_now_reason = until, reason
    detail = {"until": until.isoformat()}
    history.record(
        Change(actor, "ambassador", one.id, "put_off", one.complaint_id, one.stage, one.stage, "by_hand", detail)
    )
    return _bumped(one)


def undo(
    ambassador_id: int, version: int, stage: str, until: date | None, reason: str | None, actor: str
) -> Ambassador:
    """Puts a card back where it was, with the days it had there. Raises NotFound, MovedMeanwhile."""
    one = _held(ambassador_id, version)
    if one.not_now_until is not None and until is None:
        _end_not_now(one, actor)
    one.not_now_until, one.not_now_reason = until, reason if until else None
    if one.stage != stage:
        since = queries.entered_at(one.id, stage)
        history.record(_change(one, "moved", one.stage, stage, "undone", actor))
        one.stage, one.stage_since = stage, since or clock.now()
    return _bumped(one)


def plan_next(ambassador_id: int, version: int, step: str | None, day: date | None, actor: str) -> Ambassador:
    """Keeps what comes next, and on which day; None for nothing. Raises NotFound, MovedMeanwhile."""
    one = _held(ambassador_id, version)
    one.next_step, one.next_step_on = step, day
    history.record(_change(one, "planned", one.stage, one.stage, "by_hand", actor))
    return _bumped(one)


def _held(ambassador_id: int, version: int) -> Ambassador:
    one = queries.held_by_id(ambassador_id)
    if one is None:
        raise NotFound
    if one.version != version or one.left_at is not None:
        raise MovedMeanwhile
    return one


def _end_not_now(one: Ambassador, actor: str) -> None:
    one.not_now_until = one.not_now_reason = None
    history.record(_change(one, "taken_up", one.stage, one.stage, "by_hand", actor))
    _bumped(one)


def _bumped(one: Ambassador) -> Ambassador:
    one.version += 1
    db.session.flush()
    return one


def _change(
    one: Ambassador, what: str, before: str | None, after: str | None, reason: str, actor: str = "system"
) -> Change:
    return Change(actor, "ambassador", one.id, what, one.complaint_id, before, after, reason)
