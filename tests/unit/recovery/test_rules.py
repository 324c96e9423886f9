"""By when a dissatisfied person hears more: in working days or hours, over weekends, holidays, changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.recovery import rules
from feedbackloop.setting_types import Deadline

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOLIDAYS = {date(2026, 12, 25), date(2027, 1, 1), date(2027, 4, 27)}


def due(opened: str, amount: int, unit: str) -> str:
    """Local in, local out."""
    at = datetime.fromisoformat(opened).replace(tzinfo=AMSTERDAM)
    found = rules.deadline(at.astimezone(UTC), Deadline(amount, unit), AMSTERDAM, HOLIDAYS.__contains__)
    assert found.utcoffset() == UTC.utcoffset(None)
    return found.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("opened", "amount", "expected"),
    [
        ("2026-11-16 19:42", 2, "2026-11-18 17:00"),  # a Monday evening
        ("2026-11-16 00:01", 1, "2026-11-17 17:00"),
        ("2026-11-19 10:00", 2, "2026-11-23 17:00"),  # over a weekend
        ("2026-11-21 10:00", 2, "2026-11-24 17:00"),  # on a Saturday
        ("2026-11-22 23:59", 1, "2026-11-23 17:00"),
        ("2026-12-24 10:00", 2, "2026-12-29 17:00"),  # over Christmas Day and a weekend
        ("2026-10-23 12:00", 1, "2026-10-26 17:00"),  # the clock goes back on Sunday
        ("2027-03-26 12:00", 1, "2027-03-29 17:00"),  # and forward
        ("2026-11-16 12:00", 10, "2026-11-30 17:00"),
    ],
)
def test_working_days(opened: str, amount: int, expected: str) -> None:
    assert due(opened, amount, "days") == expected


@pytest.mark.parametrize(
    ("opened", "amount", "expected"),
    [
        ("2026-11-16 10:15", 4, "2026-11-16 14:15"),
        ("2026-11-16 15:00", 4, "2026-11-17 11:00"),
        ("2026-11-16 07:00", 8, "2026-11-16 17:00"),
        ("2026-11-16 19:42", 1, "2026-11-17 10:00"),
        ("2026-11-20 16:30", 1, "2026-11-23 09:30"),  # over a weekend
        ("2026-11-21 12:00", 2, "2026-11-23 11:00"),
        ("2026-11-16 17:00", 1, "2026-11-17 10:00"),
        ("2026-12-24 16:00", 2, "2026-12-28 10:00"),
        ("2026-11-16 09:00", 24, "2026-11-18 17:00"),
    ],
)
def test_working_hours(opened: str, amount: int, expected: str) -> None:
    assert due(opened, amount, "hours") == expected


@pytest.mark.parametrize(
    ("status", "due_at", "shown"),
    [
        ("open", "2026-11-18 17:00", "open"),
        ("open", "2026-11-16 23:59", "due_today"),
        ("open", "2026-11-16 12:00", "due_today"),
        ("open", "2026-11-16 11:59", "overdue"),
        ("open", "2026-11-13 17:00", "overdue"),
        ("closed", "2026-11-13 17:00", "closed"),
    ],
)
def test_what_staff_see_at_noon(status: str, due_at: str, shown: str) -> None:
    def local(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)

    assert rules.shown_status(status, local(due_at), local("2026-11-16 12:00"), AMSTERDAM) == shown


@pytest.mark.parametrize(
    ("role", "active", "sample", "local", "may"),
    [
        ("admin", True, False, False, True),
        ("handler", True, False, False, True),
        ("quality", True, False, False, True),
        ("marketing", True, False, False, False),
        ("handler", False, False, False, False),
        ("handler", True, True, True, True),
        ("handler", True, True, False, False),
    ],
)
def test_whose_account_opens_the_case(role: str, active: bool, sample: bool, local: bool, may: bool) -> None:
    assert rules.may_open(role, active, sample, local) is may


def test_the_mails_of_a_case_go_out_while_it_stands_so() -> None:
    assert rules.may_mail_open("open")
    assert not rules.may_mail_open("closed")
    assert rules.may_mail_solved("closed", "solved_says_person")
    assert not rules.may_mail_solved("closed", "resolved_again")
    assert not rules.may_mail_solved("open", None)
