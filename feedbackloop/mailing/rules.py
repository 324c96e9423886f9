"""When mail may go. Values in, decision out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedbackloop.setting_types import SendWindow

STATUSES = (
    "queued",  # waits for its time, or for a sender
    "shared",  # goes in the mail of another row, and ends as that does
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


_MINUTE = timedelta(minutes=1)
_ALL_DAY = SendWindow(frozenset(range(7)), time.min, time.max)


def next_open(
    moment: datetime, window: SendWindow | None, zone: ZoneInfo, is_closed: Callable[[date], bool] = lambda _day: False
) -> datetime:
    """The first moment at or after `moment` that lies inside the window, on a local day that is not closed.

    None is a window that never shuts. Where the clock is moved, an hour that comes twice is open both times, and one
    that is skipped is not waited for. `is_closed` has to leave a day.
    """
    window = window or _ALL_DAY
    day = moment.astimezone(zone).date()
    while True:
        if day.weekday() in window.days and not is_closed(day):
            for fold in (0, 1):
                found = max(_opening(day, fold, window, zone), moment)
                if _is_inside(found, day, window, zone):
                    return found
        day += timedelta(days=1)


def _opening(day: date, fold: int, window: SendWindow, zone: ZoneInfo) -> datetime:
    """When the window opens on this day, in UTC: moments of one zone would be compared by their wall clock."""
    found = datetime.combine(day, window.start.replace(fold=fold), zone).astimezone(UTC)
    while (before := (found - _MINUTE).astimezone(zone)).date() == day and before.time() >= window.start:
        found -= _MINUTE  # the hour that is skipped holds its start: it opens when that hour is over
    return found


def _is_inside(moment: datetime, day: date, window: SendWindow, zone: ZoneInfo) -> bool:
    local = moment.astimezone(zone)
    return local.date() == day and window.start <= local.time() < window.end


# Retries

_WAITS_MIN = (1, 5, 15, 30)
_LAST_WAIT_MIN = 60
_SPREAD = 0.2
# Counted from the first try; a mail that loses its sense before ends then.
GIVE_UP_AFTER = timedelta(hours=72)
UNCLEAR_WAIT = timedelta(minutes=15)
UNCLEAR_TRIES = 2
POISON_TRIES = 3
SENDER_DIED = "sender_died"
RATE_CAP = "rate_cap"


def retry_wait(attempts: int, chance: float) -> timedelta:
    """The wait after so many tries: 1, 5, 15, 30 minutes, then hourly. `chance`, 0 to 1, spreads it by ±20 %."""
    minutes = _WAITS_MIN[attempts - 1] if 1 <= attempts <= len(_WAITS_MIN) else _LAST_WAIT_MIN
    return timedelta(minutes=minutes * (1 - _SPREAD + 2 * _SPREAD * chance))


@dataclass(slots=True)
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


# Several mails to one person

ASKED_RECENTLY = "asked_recently"


@dataclass(frozen=True)
class Neighbour:
    """Another mail of the same kind to the same person. `leads`: others go in it already."""

    id: int
    status: str
    due_at: datetime
    sent_at: datetime | None
    unclear: int
    leads: bool


def asked_at(one: Neighbour) -> datetime | None:
    """When the person got this mail, or when they may have got it."""
    return one.sent_at if one.status == "sent" else one.due_at if one.status == "parked" and one.unclear else None


def is_under_way(one: Neighbour) -> bool:
    """Whether it is not known yet what becomes of this mail: a sender has it, or it was made and is tried again."""
    return one.status == "claimed" or (one.status in WAITING and (one.leads or one.unclear > 0))


def may_ride(one: Neighbour, until: datetime) -> bool:
    """Whether it can go in another mail: nobody got it yet, and it falls due by then."""
    return one.status in UNSENT and not one.unclear and not one.leads and one.due_at <= until


def masked(address: str | None) -> str:
    """Enough of an address to recognise it by: 'm…a@example.org'."""
    local, _, domain = (address or "").rpartition("@")
    if not local:
        return ""
    return f"{local[0]}…{local[-1] if len(local) > 2 else ''}@{domain}"
