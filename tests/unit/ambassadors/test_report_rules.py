"""Which days a report is about, and when it goes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.ambassadors.numbers import rules as numbers
from feedbackloop.ambassadors.reports import rules
from feedbackloop.ambassadors.reports.rules import EVERY, MONTH, WEEK, Days

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def test_a_week_and_a_month_end_before_today() -> None:
    assert rules.ended(WEEK, date(2026, 11, 30)) == Days(date(2026, 11, 23), date(2026, 11, 29))
    assert rules.ended(WEEK, date(2026, 11, 29)) == Days(date(2026, 11, 16), date(2026, 11, 22))
    assert rules.ended(MONTH, date(2026, 12, 1)) == Days(date(2026, 11, 1), date(2026, 11, 30))
    assert rules.before(MONTH, Days(date(2026, 1, 1), date(2026, 1, 31))) == Days(date(2025, 12, 1), date(2025, 12, 31))


def test_the_weeks_that_are_compared() -> None:
    week = rules.ended(WEEK, date(2026, 11, 30))
    assert rules.settled(WEEK, week) == Days(date(2026, 11, 2), date(2026, 11, 2))
    assert rules.settled_before(WEEK, week) == Days(date(2026, 10, 26), date(2026, 10, 26))
    month = rules.ended(MONTH, date(2026, 12, 1))
    assert rules.settled(MONTH, month) == Days(date(2026, 10, 5), date(2026, 10, 26))
    assert rules.settled_before(MONTH, month) == Days(date(2026, 9, 7), date(2026, 9, 28))
    assert rules.weeks(rules.settled(MONTH, month)) == 4


@given(st.sampled_from(EVERY), DAYS)
def test_no_week_that_still_rises_is_reported(every: str, today: date) -> None:
    days = rules.ended(every, today)
    assert days.last < today
    newest = rules.settled(every, days)
    assert newest.first.weekday() == newest.last.weekday() == 0
    assert not numbers.rises(newest.last, today)
    earlier = rules.settled_before(every, days)
    assert newest.first - earlier.last == timedelta(days=7), "no week between them, and none twice"


@given(st.sampled_from(EVERY), st.integers(0, 20 * 365 * 24 * 60))
def test_the_next_one_goes_at_eight_on_its_day(every: str, minutes: int) -> None:
    after = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = rules.next_due(every, after, AMSTERDAM)
    local = due.astimezone(AMSTERDAM)
    assert due > after
    assert due - after <= timedelta(days=7 if every == WEEK else 31, hours=2)
    assert (local.hour, local.minute) == (8, 0)
    assert local.weekday() == 0 if every == WEEK else local.day == 1


@pytest.mark.parametrize(
    ("role", "active", "reason"),
    [
        ("marketing", True, None),
        ("admin", True, None),
        ("quality", True, None),
        ("handler", True, "role_lost"),
        ("marketing", False, "account_disabled"),
    ],
)
def test_who_may_have_one(role: str, active: bool, reason: str | None) -> None:
    assert rules.may_have(role, active).reason == reason
