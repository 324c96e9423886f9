"""Mail that falls due at night waits for the morning, also in a night in which the clock is moved (fault row 29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest

from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.smtp import Sink

pytestmark = pytest.mark.usefixtures("queued")

# The last of the night before, and what the clock says then: the hour after it is missing, or comes twice.
NIGHTS = {
    "Europe/Amsterdam": ("2026-03-29T00:30Z", "2026-10-25T00:30Z"),
    "America/New_York": ("2026-03-08T06:30Z", "2026-11-01T05:30Z"),
    "Australia/Lord_Howe": ("2026-10-03T15:00Z", "2026-04-04T14:45Z"),
    "Asia/Kolkata": ("2026-03-29T00:30Z", "2026-10-25T00:30Z"),
}


def _halves_of(start: datetime, hours: int) -> Iterator[datetime]:
    return (start + n * timedelta(minutes=30) for n in range(hours * 2))


class TestAnyDay:
    @pytest.fixture(params=[(zone, night) for zone, nights in NIGHTS.items() for night in nights], ids=str)
    def night(self, request: pytest.FixtureRequest) -> tuple[str, datetime]:
        zone, text = request.param
        return zone, datetime.fromisoformat(text)

    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str], night: tuple[str, datetime]) -> dict[str, str]:
        return {
            **settings_env,
            "FEEDBACKLOOP_TIMEZONE": night[0],
            "FEEDBACKLOOP_SEND_WINDOW": "mon-sun 09:00-17:00",
            "FEEDBACKLOOP_HOLIDAYS": "off",
        }

    def test_each_goes_once_and_none_outside_of_the_window(
        self, office: Office, sink: Sink, clock: Clock, night: tuple[str, datetime]
    ) -> None:
        zone, moment = ZoneInfo(night[0]), night[1]
        due = list(_halves_of(moment, 2))
        clock.set(moment - timedelta(hours=12))
        ids = [mail_id for n, at in enumerate(due, 1) for mail_id in office.plan(start=n, due_at=at)]
        for mail_id, at in zip(ids, due, strict=True):
            office.change(mail_id, due_at=at)  # as if it had been planned without a window: sending looks again
        for now in _halves_of(moment, 14):
            clock.set(now)
            office.drain()
        assert sorted(message.recipients[0] for message in sink.messages) == [
            f"person{n}@example.org" for n in range(1, len(due) + 1)
        ]
        for message in sink.messages:
            sent = parsedate_to_datetime(message.message["Date"]).astimezone(zone)
            assert time(9) <= sent.time() < time(17)


class TestClosedDays:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_HOLIDAYS": "DE-BY", "FEEDBACKLOOP_QUIET_DAYS": "2027-01-05, 01-07"}

    def test_mail_to_customers_passes_over_holidays_and_quiet_days(
        self, office: Office, sink: Sink, clock: Clock
    ) -> None:
        """5 and 7 January are quiet, 6 January is Epiphany in Bavaria: what falls due on the 5th goes on Friday."""
        clock.set(datetime(2027, 1, 4, 20, tzinfo=UTC))
        office.plan(2)
        office.plan(1, kind="reply", start=3)
        office.drain()
        assert [message.recipients[0] for message in sink.messages] == ["person3@example.org"]
        for day in (5, 6, 7):
            clock.set(datetime(2027, 1, day, 11, tzinfo=UTC))
            office.drain()
        assert len(sink.messages) == 1
        clock.set(datetime(2027, 1, 8, 8, tzinfo=UTC))
        office.drain()
        assert len(sink.messages) == 3


class TestAlways:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_SEND_WINDOW": "always", "FEEDBACKLOOP_QUIET_DAYS": "12-26"}

    def test_a_window_of_always_is_open_on_a_holiday_and_shut_on_a_quiet_day(
        self, office: Office, sink: Sink, clock: Clock
    ) -> None:
        clock.set(datetime(2026, 12, 25, 3, tzinfo=UTC))
        office.plan()
        office.drain()
        assert len(sink.messages) == 1
        clock.set(datetime(2026, 12, 26, 3, tzinfo=UTC))
        office.plan(start=2)
        office.drain()
        assert len(sink.messages) == 1
        clock.set(datetime(2026, 12, 26, 23, tzinfo=UTC))
        office.drain()
        assert len(sink.messages) == 2
