"""When mail may go. Values in, decision out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
# What a sender takes up again once it is due.
WAITING = ("queued", "retry", "uncertain")
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


# Retries

_WAITS_MIN = (1, 5, 15, 30)
_LAST_WAIT_MIN = 60
_SPREAD = 0.2
UNCLEAR_WAIT = timedelta(minutes=15)
UNCLEAR_TRIES = 2
POISON_TRIES = 3
SENDER_DIED = "sender_died"
RATE_CAP = "rate_cap"


def retry_wait(attempts: int, chance: float) -> timedelta:
    """The wait after so many tries: 1, 5, 15, 30 minutes, then hourly. `chance`, 0 to 1, spreads it by ±20 %."""
    minutes = _WAITS_MIN[attempts - 1] if 1 <= attempts <= len(_WAITS_MIN) else _LAST_WAIT_MIN
    return timedelta(minutes=minutes * (1 - _SPREAD + 2 * _SPREAD * chance))


@dataclass(frozen=True)
class Facts:
    """What is known of a mail and its recipient just before sending."""

    expires_at: datetime | None
    address: str | None
    erased: bool
    sample: bool
    real_server: bool
    suppressed: str | None  # the reason, where the address is on the list for this purpose


def refusal(facts: Facts, now: datetime) -> tuple[str, str] | None:
    """The status and the reason that a mail ends with before it was tried; None where it may go."""
    if facts.erased:
        return "cancelled", "erased"
    if facts.expires_at is not None and facts.expires_at <= now:
        return "expired", "too_late"
    if not facts.address:
        return "suppressed", "no_address"
    if facts.sample and facts.real_server:
        return "suppressed", "sample_data"
    if facts.suppressed is not None:
        return "suppressed", facts.suppressed
    return None


# What a person decides about a mail that waits for one

MAY_RETRY = ("parked", "uncertain", "retry")
MAY_CANCEL = ("parked", "uncertain", "retry", "queued")
MAY_COUNT_AS_SENT = ("parked", "uncertain")


def masked(address: str | None) -> str:
    """Enough of an address to recognise it by: 'm…a@example.org'."""
    local, _, domain = (address or "").rpartition("@")
    if not local:
        return ""
    return f"{local[0]}…{local[-1] if len(local) > 2 else ''}@{domain}"
