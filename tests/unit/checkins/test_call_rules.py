"""Who is called, when, and what a try leads to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.checkins import call_rules
from feedbackloop.checkins.call_rules import Tried

ZONE = ZoneInfo("Europe/Amsterdam")
TUESDAY = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)  # 10:00 in Amsterdam
MONTH = timedelta(days=30)


def no_holiday(_day: date) -> bool:
    return False


@pytest.mark.parametrize(
    ("reason", "known", "refused", "age", "why_not"),
    [
        ("no_address", True, False, timedelta(days=1), None),
        ("crisis", True, False, MONTH, None),
        ("opted_out", True, False, timedelta(0), "not_by_phone"),
        ("too_old", True, False, timedelta(0), "not_by_phone"),
        ("no_address", False, False, timedelta(0), "nobody_known"),
        ("no_address", True, False, MONTH + timedelta(seconds=1), "too_old"),
        ("crisis", True, True, timedelta(0), "refused_before"),
    ],
)
def test_who_is_called(reason: str, known: bool, refused: bool, age: timedelta, why_not: str | None) -> None:
    decision = call_rules.may_call(reason, known, refused, age, MONTH)
    assert (decision.allowed, decision.reason) == (why_not is None, why_not)


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        (TUESDAY, TUESDAY),
        (TUESDAY.replace(hour=5), TUESDAY.replace(hour=8)),
        (TUESDAY.replace(hour=16), datetime(2026, 11, 4, 8, tzinfo=UTC)),
        (datetime(2026, 11, 6, 16, tzinfo=UTC), datetime(2026, 11, 9, 8, tzinfo=UTC)),
    ],
)
def test_nobody_is_called_out_of_hours(moment: datetime, first: datetime) -> None:
    assert call_rules.first_try(moment, ZONE, no_holiday) == first


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (TUESDAY + timedelta(hours=1), None),
        (TUESDAY, "past"),
        (TUESDAY - timedelta(days=1), "past"),
        (TUESDAY + timedelta(hours=8), "outside_hours"),
        (TUESDAY + timedelta(days=4), "outside_hours"),
        (TUESDAY + timedelta(days=31), "too_far"),
    ],
)
def test_the_next_try_is_within_working_hours(moment: datetime, reason: str | None) -> None:
    decision = call_rules.may_try_at(moment, TUESDAY, ZONE, no_holiday)
    assert (decision.allowed, decision.reason) == (reason is None, reason)


def test_nobody_is_called_on_a_holiday() -> None:
    later = TUESDAY + timedelta(hours=1)
    assert call_rules.may_try_at(later, TUESDAY, ZONE, lambda day: day == date(2026, 11, 3)).reason == "outside_hours"


@pytest.mark.parametrize(
    ("outcome", "tries", "after"),
    [
        ("reached", 1, Tried("reached")),
        ("refused", 1, Tried("refused")),
        ("no_number", 1, Tried("ended", "no_number")),
        ("no_answer", 1, Tried("open", next_at=TUESDAY)),
        ("no_answer", 2, Tried("open", next_at=TUESDAY)),
        ("no_answer", 3, Tried("ended", "three_tries")),
    ],
)
def test_what_a_try_leads_to(outcome: str, tries: int, after: Tried) -> None:
    assert call_rules.after_try(outcome, tries, TUESDAY) == after
    assert after.status in call_rules.STATUSES
    assert outcome in call_rules.OUTCOMES


@pytest.mark.parametrize(
    ("why", "satisfied", "times", "again"),
    [
        ("no_address", "later", 1, True),
        ("crisis", "later", 1, True),
        ("no_address", "later", 2, False),
        ("asked", "later", 1, False),
        ("no_address", "no", 1, False),
    ],
)
def test_who_cannot_say_yet_is_called_once_more(why: str, satisfied: str, times: int, again: bool) -> None:
    assert call_rules.call_again(why, satisfied, times) is again


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [
        ("+31 85 000 00 44", "+31850000044"),
        ("+31 (0)85-000 00 44", "+31850000044"),
        ("085 - 000.00.44", "0850000044"),
        ("085 000 00 44 tst. 12", "0850000044"),
        ("112", "112"),
        ("geheim", None),
        ("12", None),
        ("0" * 16, None),
        ("", None),
        (None, None),
    ],
)
def test_the_number_that_is_dialled(phone: str | None, dialled: str | None) -> None:
    assert call_rules.dialled(phone) == dialled
