"""Who is called, in what order and when, and what a try leads to. Values in, decision out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feedbackloop.core.decisions import YES, Decision, no
from feedbackloop.mailing.rules import next_open
from feedbackloop.setting_types import SendWindow

# The most urgent first.
RANKS = {"crisis": 0, "asked": 1, "no_address": 2}
OPEN, ENDED = "open", "ended"
STATUSES = ("open", "reached", "refused", "ended")
OUTCOMES = ("reached", "no_answer", "refused", "no_number")
MOST_TRIES = 3
REFUSED_BEFORE = "refused_before"
# Who cannot say yet is called once more.
LATER, ASK_AGAIN_AFTER = "later", timedelta(days=7)
FURTHEST_TRY = timedelta(days=30)

# Nobody is called in the evening, at the weekend or on a public holiday.
WORKING_HOURS = SendWindow(frozenset(range(5)), time(9, 0), time(17, 0))

IsHoliday = Callable[[date], bool]


@dataclass(frozen=True)
class Tried:
    """What becomes of a call after a try: its status, why it ended, and when it is tried next."""

    status: str
    reason: str | None = None
    next_at: datetime | None = None


def may_call(reason: str, known: bool, refused: bool, age: timedelta, max_age: timedelta) -> Decision:
    """Whether a check-in that is not mailed for this reason goes on the call list.

    `known`: there is somebody to call. `refused`: they said before that they do not want to be asked about this
    complaint. Reasons: not_by_phone, nobody_known, too_old, refused_before.
    """
    if reason not in ("no_address", "crisis"):
        return no("not_by_phone")
    if not known:
        return no("nobody_known")
    if age > max_age:
        return no("too_old")
    return no(REFUSED_BEFORE) if refused else YES


def first_try(moment: datetime, zone: ZoneInfo, is_holiday: IsHoliday) -> datetime:
    """The first moment from this one at which people are called."""
    return next_open(moment, WORKING_HOURS, zone, is_holiday)


def may_try_at(moment: datetime, now: datetime, zone: ZoneInfo, is_holiday: IsHoliday) -> Decision:
    """Whether the next try may be then. Reasons: past, too_far, outside_hours."""
    if moment <= now:
        return no("past")
    if moment - now > FURTHEST_TRY:
        return no("too_far")
    return YES if first_try(moment, zone, is_holiday) == moment else no("outside_hours")


def after_try(outcome: str, tries: int, next_at: datetime | None) -> Tried:
    """What follows from the outcome of the `tries`-th try. The third without an answer is the last."""
    if outcome == "no_answer":
        return Tried(OPEN, next_at=next_at) if tries < MOST_TRIES else Tried(ENDED, "three_tries")
    if outcome == "no_number":
        return Tried(ENDED, "no_number")
    return Tried(outcome)


def call_again(why: str, satisfied: str, times_reached: int) -> bool:
    """Whether somebody who can be asked by telephone only, and could not say yet, is called again: once."""
    return why != "asked" and satisfied == LATER and times_reached == 1


def dialled(phone: str | None) -> str | None:
    """The number as a `tel:` link has it; None where it holds no number that can be dialled."""
    text = re.split(r"(?i)\s*(?:ext|tst|toestel|x)\b", phone or "", maxsplit=1)[0]
    abroad = text.strip().startswith("+")
    if abroad:
        text = text.replace("(0)", "")
    digits = re.sub(r"[^0-9]", "", text)
    if not 3 <= len(digits) <= 15:
        return None
    return f"+{digits}" if abroad else digits
