"""Today, in the organisation's time zone."""

from __future__ import annotations

from datetime import timedelta

from feedbackloop.config import settings
from feedbackloop.core import clock, periods
from feedbackloop.overview.rules import Day


def today() -> Day:
    now, zone = clock.now(), settings().timezone
    date = now.astimezone(zone).date()
    return Day(now, date, periods.midnight(date, zone), periods.midnight(date + timedelta(days=1), zone))
