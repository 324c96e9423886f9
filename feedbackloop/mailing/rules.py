"""When mail may go. Values in, decision out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from feedbackloop.setting_types import SendWindow

STATUSES = (
    "queued",  # waits for its time, or for a sender
    "claimed",  # a sender holds it, until its lease ends
    "retry",  # refused for now, or the server was away
    "uncertain",  # all of it was handed over and no reply came
    "sent",
    "parked",  # waits for a person
    "expired",
    "cancelled",
    "suppressed",
    "bounced",
)
UNSENT = ("queued", "retry")
FINAL = ("sent", "expired", "cancelled", "suppressed", "bounced")


def next_open(
    moment: datetime, window: SendWindow | None, zone: ZoneInfo, is_holiday: Callable[[date], bool] = lambda _day: False
) -> datetime:
    """The first moment at or after `moment` that lies inside the window; in UTC. Safe over changes of the clock."""
    if window is None:
        return moment
    local = moment.astimezone(zone)
    if _open_on(local.date(), window, is_holiday) and window.start <= local.time() < window.end:
        return moment
    day = local.date() if local.time() < window.start else local.date() + timedelta(days=1)
    while not _open_on(day, window, is_holiday):
        day += timedelta(days=1)
    return datetime.combine(day, window.start, zone).astimezone(UTC)


def _open_on(day: date, window: SendWindow, is_holiday: Callable[[date], bool]) -> bool:
    return day.weekday() in window.days and not is_holiday(day)
