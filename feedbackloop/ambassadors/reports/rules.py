"""Which days a report is about, when it goes, and who may have it. Values in, decision out.

A report has two parts. What came to pass in the week or month that just ended; and how those fared whose complaint was
resolved a while before, in weeks whose numbers hardly change any more. To compare a week that still rises with one that
does not would show a fall each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedbackloop.ambassadors.numbers.rules import RISES_FOR, monday
from feedbackloop.core.decisions import YES, Decision, no

WEEK, MONTH = "week", "month"
EVERY = (WEEK, MONTH)
ROLES = ("admin", "marketing", "quality")

# The send window decides on the hour; this is the earliest.
_HOUR = time(8)


@dataclass(frozen=True)
class Days:
    """Whole days, both included."""

    first: date
    last: date


def ended(every: str, today: date) -> Days:
    """The week or month that ended last before today."""
    if every == WEEK:
        first = monday(today) - timedelta(days=7)
        return Days(first, first + timedelta(days=6))
    last = today.replace(day=1) - timedelta(days=1)
    return Days(last.replace(day=1), last)


def before(every: str, days: Days) -> Days:
    """The week or month before these."""
    return ended(every, days.first)


def settled(every: str, days: Days) -> Days:
    """The Mondays of the weeks that are reported with these days: the newest that rise no more."""
    if every == WEEK:
        first = days.first - RISES_FOR
        return Days(first, first)
    month = ended(MONTH, days.first)
    first = month.first + timedelta(days=-month.first.weekday() % 7)
    return Days(first, monday(month.last))


def settled_before(every: str, days: Days) -> Days:
    """What `settled` is compared with."""
    return settled(every, before(every, days))


def weeks(mondays: Days) -> int:
    return (mondays.last - mondays.first).days // 7 + 1


def next_due(every: str, after: datetime, zone: ZoneInfo) -> datetime:
    """The first Monday, or first day of a month, at eight after this moment."""
    day = after.astimezone(zone).date()
    start = monday(day) if every == WEEK else day.replace(day=1)
    while (due := datetime.combine(start, _HOUR, zone)) <= after:
        start = start + timedelta(days=7) if every == WEEK else _next_month(start)
    return due.astimezone(UTC)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def may_have(role: str, active: bool) -> Decision:
    """Whether a colleague may be mailed the numbers."""
    if not active:
        return no("account_disabled")
    return YES if role in ROLES else no("role_lost")
