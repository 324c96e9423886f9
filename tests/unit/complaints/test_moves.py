"""The status machine of a complaint, and what a source's word about the resolution means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.complaints import rules
from feedbackloop.complaints.rules import MOVES, STATUSES, Standing
from feedbackloop.core.unset import UNSET, Unset

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ALLOWED = {
    ("open", "resolved"),
    ("resolved", "confirmed"),
    ("resolved", "reopened"),
    ("confirmed", "reopened"),
    ("reopened", "resolved"),
    ("reopened", "confirmed"),
}
OPEN = Standing()
RESOLVED = Standing("resolved", 1, MONDAY)
CONFIRMED = Standing("confirmed", 1, MONDAY)
REOPENED = Standing("reopened", 1, MONDAY, replay_until=MONDAY + 3 * DAY)
TAKEN_BACK = Standing("reopened", 1, None, replay_until=MONDAY)


@pytest.mark.parametrize("to", STATUSES)
@pytest.mark.parametrize("status", STATUSES)
def test_every_pair_of_statuses_is_decided(status: str, to: str) -> None:
    decision = rules.may_move(status, to)
    assert decision.allowed == ((status, to) in ALLOWED)
    assert decision.allowed or decision.reason == f"{status}_to_{to}"


def test_the_machine_knows_every_status_and_no_other() -> None:
    assert set(MOVES) == set(STATUSES)
    assert set().union(*MOVES.values()) <= set(STATUSES)


@pytest.mark.parametrize("standing", [OPEN, RESOLVED, CONFIRMED, REOPENED, TAKEN_BACK])
def test_a_field_that_is_not_given_says_nothing(standing: Standing) -> None:
    assert rules.hear_resolution(standing, UNSET) == rules.Step(standing)


def test_a_date_on_an_open_complaint_resolves_it() -> None:
    step = rules.hear_resolution(OPEN, MONDAY)
    assert step.what == "resolved"
    assert step.after == Standing("resolved", 1, MONDAY)


def test_no_date_on_an_open_complaint_changes_nothing() -> None:
    assert rules.hear_resolution(OPEN, None) == rules.Step(OPEN)


@pytest.mark.parametrize("standing", [RESOLVED, CONFIRMED])
def test_the_same_date_again_changes_nothing(standing: Standing) -> None:
    assert rules.hear_resolution(standing, MONDAY) == rules.Step(standing)


@pytest.mark.parametrize("said", [MONDAY - DAY, MONDAY + DAY])
@pytest.mark.parametrize("standing", [RESOLVED, CONFIRMED])
def test_another_date_corrects_it_in_the_same_cycle(standing: Standing, said: datetime) -> None:
    step = rules.hear_resolution(standing, said)
    assert step.what == "redated"
    assert step.after == Standing(standing.status, 1, said)


@pytest.mark.parametrize("standing", [RESOLVED, CONFIRMED])
def test_null_takes_a_resolution_back(standing: Standing) -> None:
    step = rules.hear_resolution(standing, None)
    assert step.what == "reopened"
    assert step.after == TAKEN_BACK


@pytest.mark.parametrize("said", [MONDAY - DAY, MONDAY, MONDAY + DAY, MONDAY + 3 * DAY])
def test_a_date_up_to_the_reopening_is_a_replay(said: datetime) -> None:
    assert rules.hear_resolution(REOPENED, said) == rules.Step(REOPENED)


def test_a_date_after_the_reopening_is_a_second_resolution() -> None:
    later = MONDAY + 3 * DAY + timedelta(microseconds=1)
    step = rules.hear_resolution(REOPENED, later)
    assert step.what == "resolved"
    assert (step.after.status, step.after.cycle, step.after.resolved_at) == ("resolved", 2, later)


@pytest.mark.parametrize("said", [MONDAY - DAY, MONDAY])
def test_a_resolution_that_was_taken_back_stays_so_when_it_is_heard_again(said: datetime) -> None:
    assert rules.hear_resolution(TAKEN_BACK, said) == rules.Step(TAKEN_BACK)


def test_after_a_source_took_its_resolution_back_any_later_one_counts_however_late_it_arrives() -> None:
    assert rules.hear_resolution(TAKEN_BACK, MONDAY + timedelta(minutes=1)).what == "resolved"


def test_null_on_a_reopened_complaint_clears_the_date_and_moves_nothing() -> None:
    step = rules.hear_resolution(REOPENED, None)
    assert step.what is None
    assert step.after.status == "reopened"
    assert step.after.resolved_at is None


@pytest.mark.parametrize("status", ["resolved", "confirmed"])
def test_the_resolution_of_an_earlier_cycle_does_not_redate_the_present_one(status: str) -> None:
    again = Standing(status, 2, MONDAY + 5 * DAY, replay_until=MONDAY + 3 * DAY)
    assert rules.hear_resolution(again, MONDAY) == rules.Step(again)


def test_people_reopen_until_now_and_the_last_date_stays() -> None:
    assert rules.reopen(RESOLVED, MONDAY + DAY) == Standing("reopened", 1, MONDAY, MONDAY + DAY)


def test_a_resolution_dated_in_the_future_does_not_resolve_again_by_itself() -> None:
    early = rules.reopen(Standing("resolved", 1, MONDAY + DAY), MONDAY)
    assert rules.hear_resolution(early, MONDAY + DAY) == rules.Step(early)


def test_a_resolution_before_the_complaint_is_flagged() -> None:
    assert rules.flag(MONDAY, MONDAY - DAY) == "resolved_before_opened"
    assert rules.flag(MONDAY, MONDAY) is None
    assert rules.flag(MONDAY, None) is None


MOMENTS = st.integers(0, 6).map(lambda days: MONDAY + days * DAY)
WORDS = st.one_of(st.just(UNSET), st.none(), MOMENTS)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """What any row of moves leads to."""
    standing = Standing()
    for _ in range(draw(st.integers(0, 6))):
        if standing.status in ("resolved", "confirmed") and draw(st.booleans()):
            standing = rules.reopen(standing, draw(MOMENTS))
        else:
            standing = rules.hear_resolution(standing, draw(WORDS)).after
    return standing


@given(standings(), WORDS)
def test_hearing_the_same_word_twice_is_hearing_it_once(standing: Standing, said: datetime | Unset | None) -> None:
    once = rules.hear_resolution(standing, said)
    again = rules.hear_resolution(once.after, said)
    assert again.what is None
    assert again.after == once.after


@given(standings(), WORDS)
def test_a_word_makes_only_allowed_moves_and_only_a_resolution_counts(
    standing: Standing, said: datetime | Unset | None
) -> None:
    step = rules.hear_resolution(standing, said)
    if step.after.status != standing.status:
        assert rules.may_move(standing.status, step.after.status)
        assert step.what == step.after.status
    assert step.after.cycle == standing.cycle + (step.what == "resolved")
