"""The one clock, set right where a host's own is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedbackloop.core import clock

MOMENT = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("by", [timedelta(hours=2), timedelta(hours=-2), timedelta(days=400)])
def test_a_wrong_clock_follows_the_given_moment(by: timedelta) -> None:
    before = datetime.now(UTC)
    with clock.set_right(before - by):
        inside = clock.now()
    assert before - by <= inside <= datetime.now(UTC) - by
    assert clock.now() >= before


def test_a_right_clock_is_left_alone() -> None:
    with clock.set_right(datetime.now(UTC) - timedelta(milliseconds=300)):
        before = datetime.now(UTC)
        assert clock.now() >= before


def test_a_moment_that_is_fixed_stays_fixed() -> None:
    with clock.at(MOMENT), clock.set_right(MOMENT - timedelta(days=1)):
        assert clock.now() == MOMENT
