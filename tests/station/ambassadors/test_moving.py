"""What happens moves people forward; marketing moves them by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from feedbackloop.ambassadors import queries, service
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.service import MovedMeanwhile
from feedbackloop.checkins.events import AnsweredSatisfied
from feedbackloop.core.errors import NotFound
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from tests.support.reviewer import DAY, Reviewer

LATER = date(2027, 1, 4)


def card(people: Reviewer, ambassador_id: int = 1) -> Ambassador:
    with people.app.app_context():
        return db.session.get_one(Ambassador, ambassador_id)


def moves(people: Reviewer) -> list[tuple[str, str, str | None, str | None, str | None]]:
    """Who did what, from and to which stage, and why."""
    with people.app.app_context():
        rows = db.session.scalars(db.select(History).where(History.subject == "ambassador").order_by(History.id))
        return [(row.actor, row.what, row.from_state, row.to_state, row.reason) for row in rows]


def test_a_yes_comes_on_the_board(people: Reviewer) -> None:
    complaint = people.says_yes()
    assert people.stage(complaint) == "satisfied"
    assert moves(people) == [("customer:1", "entered", None, "satisfied", None)]


@pytest.mark.parametrize("said", ["partly", "no"])
def test_another_answer_does_not(people: Reviewer, said: str) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), said)
    assert people.stage(complaint) is None
    assert people.count(Ambassador) == 0


def test_what_the_person_does_moves_them_forward(people: Reviewer) -> None:
    site = people.offers()
    complaint = people.says_yes()
    path = people.link_of_invitation()
    assert people.stage(complaint) == "invited"
    people.sends(path, destination=str(site))
    assert people.stage(complaint) == "clicked"
    people.writes(path)
    assert people.stage(complaint) == "reviewed"
    assert [move[3:] for move in moves(people)] == [
        ("satisfied", None),
        ("invited", "invitation_sent"),
        ("clicked", "destination_chosen"),
        ("reviewed", "review_written"),
    ]


def test_nothing_that_happens_moves_anybody_back(people: Reviewer) -> None:
    complaint = people.says_yes()
    with people.writing():
        service.move(1, 1, "ambassador", "staff:1", "agreed")
    people.writes(people.link_of_invitation())
    assert people.stage(complaint) == "ambassador"
    with people.writing():
        service.enter(AnsweredSatisfied((1,)))
    assert people.stage(complaint) == "ambassador"
    assert [move[1] for move in moves(people)] == ["entered", "moved"]


def test_a_person_with_two_complaints_stands_there_once(people: Reviewer) -> None:
    first = people.says_yes("K-1", email="marleen@postvak.example")
    people.link_of_invitation()
    second = people.says_yes("K-2", email="marleen@postvak.example")
    assert people.count(Ambassador) == 1
    assert people.stage(first) == people.stage(second) == "invited"
    assert card(people).complaint_id == first


def test_an_open_complaint_of_somebody_on_the_board_has_no_stage(people: Reviewer) -> None:
    people.says_yes("K-1", email="marleen@postvak.example")
    other = people.brings("K-2", email="marleen@postvak.example", resolved_at=None)
    assert people.stage(other) is None


@pytest.mark.parametrize("stage", ["satisfied", "invited", "clicked", "reviewed"])
def test_who_has_an_open_complaint_again_leaves_the_board_and_keeps_the_stage(people: Reviewer, stage: str) -> None:
    complaint = people.says_yes()
    if stage != "satisfied":
        with people.writing():
            service.move(1, 1, stage, "staff:1")
    people.reopens(complaint)
    assert people.stage(complaint) is None
    left = card(people)
    assert (left.left_at, left.stage) == (people.clock.now, stage)
    assert moves(people)[-1][1:] == ("left", stage, None, "reopened")


def test_any_complaint_of_theirs_counts(people: Reviewer) -> None:
    """Somebody who waits for us is not asked for favours, whatever case their card shows."""
    people.says_yes("K-1", email="marleen@postvak.example")
    other = people.brings("K-2", email="marleen@postvak.example")
    people.reopens(other)
    assert card(people).left_at is not None


def test_an_ambassador_stays(people: Reviewer) -> None:
    complaint = people.says_yes()
    with people.writing():
        service.move(1, 1, "ambassador", "staff:1", "agreed")
    people.reopens(complaint)
    assert card(people).left_at is None
    assert people.stage(complaint) == "ambassador"


def test_a_later_yes_brings_them_back_where_they_were(people: Reviewer) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "yes")
    people.link_of_invitation()
    people.answers(path, "no")
    assert people.stage(complaint) is None
    people.clock.advance(DAY)
    people.answers(path, "yes")
    assert people.stage(complaint) == "invited"
    assert card(people).stage_since == people.clock.now
    assert [move[1] for move in moves(people)] == ["entered", "moved", "left", "returned"]


def test_a_later_yes_in_another_case_shows_that_case(people: Reviewer) -> None:
    first = people.says_yes("K-1", email="marleen@postvak.example")
    people.reopens(first)
    second = people.says_yes("K-2", email="marleen@postvak.example")
    assert card(people).complaint_id == second
    assert (people.stage(first), people.stage(second)) == (None, "satisfied")


def test_marketing_moves_by_hand_and_history_keeps_who_and_why(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        after = service.move(1, 1, "reviewed", "staff:3", "wrote_elsewhere")
        assert after.version == 2
    with people.writing():
        service.move(1, 2, "satisfied", "staff:4", "correction")
    assert moves(people)[1:] == [
        ("staff:3", "moved", "satisfied", "reviewed", "wrote_elsewhere"),
        ("staff:4", "moved", "reviewed", "satisfied", "correction"),
    ]


def test_moving_to_where_it_is_changes_nothing(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        assert service.move(1, 1, "satisfied", "staff:1").version == 1
    assert len(moves(people)) == 1


def test_of_two_marketers_one_wins_and_the_other_is_told(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        service.move(1, 1, "invited", "staff:1")
    tries: tuple[Callable[[], Ambassador], ...] = (
        lambda: service.move(1, 1, "reviewed", "staff:2"),
        lambda: service.put_off(1, 1, LATER, "druk", "staff:2"),
        lambda: service.plan_next(1, 1, "Bellen", None, "staff:2"),
        lambda: service.undo(1, 1, "satisfied", None, None, "staff:2"),
    )
    for late in tries:
        with pytest.raises(MovedMeanwhile), people.writing():
            late()
    assert card(people).stage == "invited"
    assert len(moves(people)) == 2


def test_what_the_person_did_is_ahead_of_marketing_too(people: Reviewer) -> None:
    people.says_yes()
    people.link_of_invitation()
    with pytest.raises(MovedMeanwhile), people.writing():
        service.move(1, 1, "ambassador", "staff:1")


def test_who_left_or_never_was_there_is_not_moved(people: Reviewer) -> None:
    complaint = people.says_yes()
    people.reopens(complaint)
    with pytest.raises(MovedMeanwhile), people.writing():
        service.move(1, 2, "invited", "staff:1")
    with pytest.raises(NotFound), people.writing():
        service.move(99, 1, "invited", "staff:1")


def test_not_now_is_a_flag_beside_the_stage(people: Reviewer) -> None:
    complaint = people.says_yes()
    with people.writing():
        service.put_off(1, 1, LATER, "Verhuist in december", "staff:1")
    assert people.stage(complaint) == "satisfied"
    assert (card(people).not_now_until, card(people).not_now_reason) == (LATER, "Verhuist in december")
    people.link_of_invitation()
    assert people.stage(complaint) == "invited"
    assert card(people).not_now_until == LATER
    with people.writing():
        service.move(1, card(people).version, "invited", "staff:1")
    assert (card(people).not_now_until, card(people).not_now_reason) == (None, None)
    assert [move[1] for move in moves(people)] == ["entered", "put_off", "moved", "taken_up"]


def test_history_holds_no_words_of_people(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        service.put_off(1, 1, LATER, "Moeder is ziek", "staff:1")
    with people.writing():
        service.plan_next(1, 2, "Truus bellen", LATER, "staff:1")
    with people.app.app_context():
        kept = [f"{row.reason} {row.detail}" for row in db.session.scalars(db.select(History))]
    assert not [row for row in kept for word in ("Moeder", "Truus", "Velp") if word in row]


def test_undoing_puts_a_card_back_with_its_days(people: Reviewer) -> None:
    people.says_yes()
    since = card(people).stage_since
    people.clock.advance(timedelta(days=5))
    with people.writing():
        service.move(1, 1, "ambassador", "staff:1")
    people.clock.advance(timedelta(minutes=1))
    with people.writing():
        service.undo(1, 2, "satisfied", None, None, "staff:1")
    assert (card(people).stage, card(people).stage_since) == ("satisfied", since)
    assert moves(people)[-1][1:] == ("moved", "ambassador", "satisfied", "undone")


def test_undoing_brings_not_now_back_and_takes_it_away(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        service.put_off(1, 1, LATER, "druk", "staff:1")
    with people.writing():
        version = service.move(1, 2, "invited", "staff:1").version
    with people.writing():
        version = service.undo(1, version, "satisfied", LATER, "druk", "staff:1").version
    assert (card(people).stage, card(people).not_now_until, card(people).not_now_reason) == ("satisfied", LATER, "druk")
    with people.writing():
        service.undo(1, version, "satisfied", None, None, "staff:1")
    assert card(people).not_now_until is None


def test_a_next_step_is_kept_and_taken_away(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        service.plan_next(1, 1, "Bedanken", LATER, "staff:1")
    assert (card(people).next_step, card(people).next_step_on) == ("Bedanken", LATER)
    with people.writing():
        service.plan_next(1, 2, None, None, "staff:1")
    assert (card(people).next_step, card(people).next_step_on) == (None, None)


def test_erasing_a_person_takes_what_marketing_wrote(people: Reviewer) -> None:
    complaint = people.says_yes()
    with people.writing():
        service.put_off(1, 1, LATER, "Moeder is ziek", "staff:1")
    with people.writing():
        service.plan_next(1, 2, "Truus bellen", LATER, "staff:1")
    with people.writing():
        service.erase(PeopleErased((1,)))
    gone = card(people)
    assert people.stage(complaint) is None
    assert [gone.not_now_reason, gone.not_now_until, gone.next_step, gone.next_step_on] == [None] * 4


def test_the_api_asks_for_many_at_once(people: Reviewer) -> None:
    first, second = people.says_yes("K-1"), people.brings("K-2")
    with people.app.app_context():
        assert queries.for_complaints([first, second, 99]) == {first: {"stage": "satisfied"}, second: None, 99: None}
        assert queries.for_complaints([]) == {}
