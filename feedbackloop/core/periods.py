"""The stretches of time that figures are about: 7 days, 6 weeks, 12 months, up to now; and the stretch before each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

KEYS = ("7d", "6w", "12m")
DEFAULT = "6w"


@dataclass(frozen=True)
class Period:
    """Whole local days, today included. `start` is the first day's midnight, `before` that of the stretch before."""

    key: str
    first_day: date
    last_day: date
    before: datetime
    start: datetime
    end: datetime


def read(key: str | None, now: datetime, zone: ZoneInfo) -> Period:
    """The period of this name; the default for a name that is none."""
    found = key if key in KEYS else DEFAULT
    today = now.astimezone(zone).date()
    first = {"7d": today - timedelta(days=6), "6w": today - timedelta(days=41)}.get(found) or _year_before(today)
    length = today - first + timedelta(days=1)
    return Period(found, first, today, midnight(first - length, zone), midnight(first, zone), now)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment a local day begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days_end(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which the local day of this moment is over, in UTC."""
    return midnight(moment.astimezone(zone).date() + timedelta(days=1), zone)


def day_start(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment that a day written as 2026-11-22 begins; None for anything else."""
    try:
        return midnight(date.fromisoformat(text or ""), zone)
    except (ValueError, OverflowError):
        return None


def _year_before(day: date) -> date:
    """The day after the same day a year ago: a year of whole days that ends with `day`."""
    try:
        return day.replace(year=day.year - 1) + timedelta(days=1)
    except ValueError:  # 29 February
        return date(day.year - 1, 3, 1)
