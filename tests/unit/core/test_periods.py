"""Periods are whole local days, today included, whatever the clock does in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.core import periods

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("key", "first"),
    [("7d", date(2026, 11, 16)), ("6w", date(2026, 10, 12)), ("12m", date(2025, 11, 23)), ("?", date(2026, 10, 12))],
)
def test_a_period_ends_with_today(key: str, first: date) -> None:
    found = periods.read(key, at("2026-11-22T14:00:00+01:00"), AMSTERDAM)
    assert (found.first_day, found.last_day) == (first, date(2026, 11, 22))
    assert found.start.astimezone(AMSTERDAM) == datetime(first.year, first.month, first.day, tzinfo=AMSTERDAM)


def test_today_is_the_local_day() -> None:
    assert periods.read("7d", at("2026-11-22T23:30:00+00:00"), AMSTERDAM).last_day == date(2026, 11, 23)


def test_the_stretch_before_has_as_many_days_across_the_change_of_the_clock() -> None:
    found = periods.read("7d", at("2026-10-28T12:00:00+01:00"), AMSTERDAM)
    assert found.start == at("2026-10-22T00:00:00+02:00")
    assert found.before == at("2026-10-15T00:00:00+02:00")
    assert at("2026-10-28T00:00:00+01:00") - found.start == timedelta(days=6, hours=1)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(periods.KEYS))
def test_every_day_has_every_period(today: date, key: str) -> None:
    found = periods.read(key, datetime(today.year, today.month, today.day, 12, tzinfo=UTC), AMSTERDAM)
    days = (found.last_day - found.first_day).days + 1
    assert days in {"7d": (7,), "6w": (42,), "12m": (365, 366)}[key]
    assert found.before < found.start < found.end
    assert (found.start.astimezone(AMSTERDAM).date() - found.before.astimezone(AMSTERDAM).date()).days == days


@pytest.mark.parametrize("text", ["", None, "22-11-2026", "2026-13-01", "2026-11-22T10:00", "0001-01-01", "x" * 50])
def test_what_is_no_day_is_none(text: str | None) -> None:
    assert periods.day_start(text, AMSTERDAM) is None


def test_a_day_begins_at_local_midnight() -> None:
    assert periods.day_start("2026-11-22", AMSTERDAM) == at("2026-11-22T00:00:00+01:00")
    assert periods.day_start("2026-07-01", AMSTERDAM) == at("2026-07-01T00:00:00+02:00")
