"""By when a dissatisfied person hears more, what ends their case, what may be spent. Values in, decision out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedbackloop.core.decisions import YES, Decision, no
from feedbackloop.setting_types import Deadline

# Working hours of a promise: Monday to Friday, without public holidays. A promise of days ends with its last day.
WORK_STARTS, WORK_ENDS = time(9, 0), time(17, 0)
_WEEKEND = (5, 6)

# The roles that read cases, besides admin.
READERS = ("handler", "quality")

STATUSES = ("open", "closed")
# A case that was closed opens again when its person says once more that it is not solved.
MOVES: Mapping[str, frozenset[str]] = {"open": frozenset({"closed"}), "closed": frozenset({"open"})}

# How a case ends: by what happens to the complaint or its person, or as staff record it, with a reason.
BY_ITSELF = ("resolved_again", "solved_says_person", "erased")
BY_STAFF = ("solved", "partly", "not_ours", "relation_ended")
OUTCOMES = (*BY_ITSELF, *BY_STAFF)

IsHoliday = Callable[[date], bool]


def deadline(opened_at: datetime, promised: Deadline, zone: ZoneInfo, is_holiday: IsHoliday) -> datetime:
    """The moment, in UTC, before which the person hears more. The day it opened does not count as a working day."""
    local = opened_at.astimezone(zone)
    if promised.unit == "days":
        day = local.date()
        for _ in range(promised.amount):
            day = _next_working_day(day, is_holiday)
        return datetime.combine(day, WORK_ENDS, zone).astimezone(UTC)
    return _after_hours(local, timedelta(hours=promised.amount), is_holiday).astimezone(UTC)


def _next_working_day(day: date, is_holiday: IsHoliday) -> date:
    day += timedelta(days=1)
    while not _works(day, is_holiday):
        day += timedelta(days=1)
    return day


def _after_hours(moment: datetime, left: timedelta, is_holiday: IsHoliday) -> datetime:
    """The local moment at which this much working time has passed. No working day holds a change of the clock."""
    day, begins = moment.date(), moment.time()
    if not _works(day, is_holiday) or begins >= WORK_ENDS:
        day, begins = _next_working_day(day, is_holiday), WORK_STARTS
    begins = max(begins, WORK_STARTS)
    while True:
        start = datetime.combine(day, begins, moment.tzinfo)
        room = datetime.combine(day, WORK_ENDS, moment.tzinfo) - start
        if left <= room:
            return start + left
        left -= room
        day, begins = _next_working_day(day, is_holiday), WORK_STARTS


def _works(day: date, is_holiday: IsHoliday) -> bool:
    return day.weekday() not in _WEEKEND and not is_holiday(day)


def shown_status(status: str, due_at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """What staff see of a case: closed, overdue, due_today or open."""
    if status != "open":
        return status
    if due_at < now:
        return "overdue"
    return "due_today" if due_at.astimezone(zone).date() == now.astimezone(zone).date() else "open"


def may_open(role: str, active: bool, sample: bool, local_mail: bool) -> bool:
    """Whether this account can sign in and see the case; without one its owner gets a link to that case alone."""
    return active and role in ("admin", *READERS) and (local_mail or not sample)


def may_mail_open(status: str) -> Decision:
    """The receipt and the handler's mail speak of a case that is open."""
    return YES if status == "open" else no("closed")


def may_mail_solved(status: str, outcome: str | None) -> Decision:
    """'Solved, says the person' is told while that is how the case stands."""
    return YES if status == "closed" and outcome == "solved_says_person" else no("open_again")


def may_move(status: str, to: str) -> Decision:
    """Whether a case of this status may become `to`; not to what it is already."""
    return YES if to in MOVES[status] else no(f"{status}_to_{to}")


def may_mail_overdue(status: str, due_at: datetime, now: datetime) -> Decision:
    """The alarm is about a case that is still open and still past its date."""
    if status != "open":
        return no("closed")
    return YES if due_at < now else no("not_overdue")


# Discretion: what a colleague may spend without asking.

SPENT, ASKED, APPROVED, REFUSED = "spent", "asked", "approved", "refused"
# A request is decided on once; money that was spent is spent.
SPENDING_MOVES: Mapping[str, frozenset[str]] = {
    SPENT: frozenset(),
    ASKED: frozenset({APPROVED, REFUSED}),
    APPROVED: frozenset(),
    REFUSED: frozenset(),
}
DECIDERS = ("quality",)


def month_of(moment: datetime, zone: ZoneInfo) -> str:
    """The calendar month that a spending counts in: '2026-11'."""
    return f"{moment.astimezone(zone):%Y-%m}"


def may_spend(amount_cents: int, budget_cents: int, spent_cents: int) -> Decision:
    """Whether this may be spent without asking. What a second person approved is not counted in `spent_cents`."""
    return YES if spent_cents + amount_cents <= budget_cents else no("over_budget")


def may_decide(status: str, role: str, own: bool) -> Decision:
    """Whether a member of staff may decide on a request. Reasons: own_request, not_your_role, decided."""
    if role not in ("admin", *DECIDERS):
        return no("not_your_role")
    if own:
        return no("own_request")
    return YES if SPENDING_MOVES[status] else no("decided")


# Where a complaint was made for everybody to read, by the words that sources use for it.
PUBLIC_CHANNELS = frozenset(
    {
        "review_site",
        "review site",
        "review",
        "reviews",
        "reviewsite",
        "social",
        "social media",
        "social_media",
        "sociale media",
        "facebook",
        "instagram",
        "google",
        "trustpilot",
        "kiyoh",
        "forum",
        "twitter",
        "x",
        "linkedin",
        "klachtenforum",
        "klachtenkompas",
        "public",
        "openbaar",
    }
)


def is_public(channel: str | None) -> bool:
    """Whether a complaint that came in by this channel stands where everybody can read it."""
    return (channel or "").strip().lower() in PUBLIC_CHANNELS
