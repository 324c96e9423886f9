"""The send window over nights in which the clock is moved, in any zone: never outside, never later than needed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedbackloop.mailing import rules
from feedbackloop.setting_types import SendWindow

QUARTER = timedelta(minutes=15)
# A night in each in which the clock goes forward, and one in which it goes back; Lord Howe moves it by half an hour,
# in Havana midnight itself is skipped, in Casablanca the clock goes back for Ramadan.
NIGHTS = {
    "Europe/Amsterdam": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 10, 4), date(2026, 4, 5)),
    "America/Havana": (date(2026, 3, 8), date(2026, 11, 1)),
    "Africa/Casablanca": (date(2026, 3, 22), date(2026, 2, 15)),
    "Asia/Kolkata": (date(2026, 3, 29), date(2026, 10, 25)),
}


def _is_open(moment: datetime, window: SendWindow, zone: ZoneInfo, closed: frozenset[date]) -> bool:
    local = moment.astimezone(zone)
    return local.weekday() in window.days and window.start <= local.time() < window.end and local.date() not in closed


@st.composite
def _windows(draw: st.DrawFn) -> SendWindow:
    first, last = sorted(draw(st.lists(st.integers(0, 95), min_size=2, max_size=2, unique=True)))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return SendWindow(days, _clock(first), _clock(last))


def _clock(quarters: int) -> time:
    return time(quarters // 4, quarters % 4 * 15)


OFFICE = SendWindow(frozenset(range(7)), time(9), time(17))
AT_NIGHT = SendWindow(frozenset(range(7)), time(2, 30), time(3))


@given(
    where=st.sampled_from([(zone, night) for zone, nights in NIGHTS.items() for night in nights]),
    quarters=st.integers(-2 * 96, 2 * 96),
    window=_windows(),
    closed=st.frozensets(st.integers(-1, 3), max_size=3),
)
@example(where=("Europe/Amsterdam", date(2026, 10, 25)), quarters=4, window=AT_NIGHT, closed=frozenset())
@example(where=("Europe/Amsterdam", date(2026, 3, 29)), quarters=4, window=AT_NIGHT, closed=frozenset())
@example(where=("America/New_York", date(2026, 11, 1)), quarters=24, window=OFFICE, closed=frozenset({0}))
def test_mail_goes_at_the_first_moment_that_is_open(
    where: tuple[str, date], quarters: int, window: SendWindow, closed: frozenset[int]
) -> None:
    zone, night = ZoneInfo(where[0]), where[1]
    shut = frozenset(night + timedelta(days=n) for n in closed)
    moment = datetime.combine(night, time(1), UTC) + quarters * QUARTER
    found = rules.next_open(moment, window, zone, shut.__contains__)
    assert _is_open(found, window, zone, shut)
    assert rules.next_open(found, window, zone, shut.__contains__) == found
    steps = (found - moment) // QUARTER
    assert moment + steps * QUARTER == found, "the moment was passed over"
    assert not any(_is_open(moment + n * QUARTER, window, zone, shut) for n in range(steps))


@pytest.mark.parametrize("zone", NIGHTS)
def test_a_window_that_never_shuts_shuts_on_quiet_days(zone: str) -> None:
    for night in NIGHTS[zone]:
        noon = datetime.combine(night - timedelta(days=1), time(12), ZoneInfo(zone)).astimezone(UTC)
        assert rules.next_open(noon, None, ZoneInfo(zone)) == noon
        quiet = {night - timedelta(days=1), night}
        found = rules.next_open(noon, None, ZoneInfo(zone), quiet.__contains__).astimezone(ZoneInfo(zone))
        assert found.date() == night + timedelta(days=1)
        assert found.time() == time.min
