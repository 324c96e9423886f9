"""What two counts say about each other, and when they say nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.listening.rules import TOO_FEW, trend


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (0, 0, "too_few"),
        (0, 4, "too_few"),
        (4, 0, "too_few"),
        (0, 5, "rising"),
        (5, 0, "falling"),
        (2, 7, "steady"),
        (2, 8, "steady"),
        (1, 8, "rising"),
        (10, 10, "steady"),
        (10, 15, "steady"),
        (10, 20, "rising"),
        (20, 10, "falling"),
        (1000, 1100, "rising"),
        (1000, 1010, "steady"),
        (100_000, 101_000, "rising"),
        (100_000, 100_200, "steady"),
        (0, 1_000_000, "rising"),
    ],
)
def test_a_difference_is_named_only_where_chance_would_hardly_make_it(before: int, now: int, says: str) -> None:
    assert trend(before, now) == says


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_both_directions_are_judged_alike(one: int, other: int) -> None:
    opposite = {"rising": "falling", "falling": "rising"}
    assert trend(other, one) == opposite.get(trend(one, other), trend(one, other))


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_more_complaints_never_make_a_rise_disappear(before: int, now: int) -> None:
    if trend(before, now) == "rising":
        assert trend(before, now + 1) == "rising"


def test_where_nothing_changes_a_rise_is_seldom_claimed() -> None:
    chance = random.Random(20261122)  # noqa: S311
    claimed = 0
    for _ in range(2000):
        now = sum(chance.random() < 0.5 for _ in range(40))
        claimed += trend(40 - now, now) in ("rising", "falling")
    assert claimed / 2000 < 0.1
    assert TOO_FEW == 5
