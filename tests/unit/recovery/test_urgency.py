"""How pressing a case is by what was said, whom it goes to, and how late it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedbackloop.recovery import urgency
from feedbackloop.recovery.urgency import Said

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


def level(said: Said) -> str:
    return urgency.level(urgency.score(urgency.reasons(said)))


@pytest.mark.parametrize(
    ("said", "codes", "wanted"),
    [
        (Said("partly"), (), "normal"),
        (Said("partly", rating=3, recommend=7), (), "normal"),
        (Said("partly", recommend=6), ("would_not_recommend",), "normal"),
        (Said("no"), ("said_no",), "normal"),
        (Said("no", rating=2), ("said_no", "rated_2"), "high"),
        (Said("no", call_me=True), ("said_no", "wants_a_call"), "high"),
        (Said("no", rating=1, recommend=0), ("said_no", "rated_1", "would_not_recommend"), "high"),
        (Said("partly", again=True), ("again",), "high"),
        (Said("no", again=True), ("again", "said_no"), "urgent"),
        (Said("no", rating=1, call_me=True), ("said_no", "rated_1", "wants_a_call"), "high"),
        (
            Said("no", rating=1, recommend=2, call_me=True),
            ("said_no", "rated_1", "wants_a_call", "would_not_recommend"),
            "urgent",
        ),
    ],
)
def test_the_priority_follows_from_what_was_said(said: Said, codes: tuple[str, ...], wanted: str) -> None:
    assert urgency.reasons(said) == codes
    assert level(said) == wanted


@pytest.mark.parametrize("more", [{}, {"rating": 1}, {"recommend": 2}, {"call_me": True}, {"again": True}])
def test_a_no_comes_before_a_partly_that_says_the_same(more: dict[str, object]) -> None:
    both = [urgency.score(urgency.reasons(Said(one, **more))) for one in ("no", "partly")]  # type: ignore[arg-type]
    assert both[0] > both[1]


def test_a_code_that_is_not_known_any_more_weighs_nothing() -> None:
    assert urgency.score(("said_no", "of_long_ago")) == urgency.score(("said_no",))


def test_the_levels_cover_every_priority_once() -> None:
    spans = [urgency.bounds(one) for one in urgency.LEVELS]
    for priority in range(sum(urgency.WEIGHTS.values()) + 1):
        fitting = [one for one, (low, high) in zip(urgency.LEVELS, spans, strict=True) if low <= priority <= high]
        assert fitting == [urgency.level(priority)]


@pytest.mark.parametrize(
    ("satisfied", "before", "reopened", "why"),
    [
        ("no", 0, False, None),
        ("partly", 0, True, None),
        ("partly", 1, True, None),
        ("no", 1, False, "second_no"),
        ("no", 1, True, "second_no"),
        ("no", 0, True, "reopened_before"),
        ("no", 2, False, "third_time"),
        ("partly", 2, False, "third_time"),
        ("partly", 5, True, "third_time"),
    ],
)
def test_what_came_back_goes_to_quality(satisfied: str, before: int, reopened: bool, why: str | None) -> None:
    assert urgency.escalation(satisfied, before, reopened) == why


@pytest.mark.parametrize(
    ("late", "group"),
    [
        (timedelta(seconds=1), "day"),
        (timedelta(days=1), "day"),
        (timedelta(days=1, seconds=1), "week"),
        (timedelta(days=7), "week"),
        (timedelta(days=7, seconds=1), "longer"),
        (timedelta(days=400), "longer"),
    ],
)
def test_late_cases_are_in_one_group_of_age(late: timedelta, group: str) -> None:
    due_at = NOW - late
    assert urgency.age(due_at, NOW) == group
    fitting = []
    for one in urgency.AGES:
        since, before = urgency.due_between(one, NOW)
        if due_at < before and (since is None or due_at >= since):
            fitting.append(one)
    assert fitting == [group]


def test_what_is_not_late_is_in_no_group() -> None:
    for one in urgency.AGES:
        assert urgency.due_between(one, NOW)[1] <= NOW
