"""How a case may move, and what a colleague may spend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.recovery import rules


@pytest.mark.parametrize(("before", "after"), list(product(rules.STATUSES, repeat=2)))
def test_a_case_closes_and_opens_again(before: str, after: str) -> None:
    decision = rules.may_move(before, after)
    assert decision.allowed == (before != after)
    assert decision.reason == (None if decision else f"{before}_to_{after}")


def test_every_outcome_is_either_of_staff_or_by_itself() -> None:
    assert not set(rules.BY_STAFF) & set(rules.BY_ITSELF)
    assert set(rules.OUTCOMES) == {*rules.BY_STAFF, *rules.BY_ITSELF}


_SPENDINGS = (rules.SPENT, rules.ASKED, rules.APPROVED, rules.REFUSED)


@pytest.mark.parametrize(("before", "after"), list(product(_SPENDINGS, repeat=2)))
def test_only_a_request_is_decided_on(before: str, after: str) -> None:
    allowed = after in rules.SPENDING_MOVES[before]
    assert allowed == (before == rules.ASKED and after in (rules.APPROVED, rules.REFUSED))


@pytest.mark.parametrize(
    ("amount", "budget", "spent", "reason"),
    [
        (5000, 5000, 0, None),
        (1, 5000, 4999, None),
        (1, 5000, 5000, "over_budget"),
        (5001, 5000, 0, "over_budget"),
        (1, 0, 0, "over_budget"),
        (1, 1000, 5000, "over_budget"),  # an admin made the budget smaller meanwhile
    ],
)
def test_what_fits_in_the_budget_needs_no_asking(amount: int, budget: int, spent: int, reason: str | None) -> None:
    assert rules.may_spend(amount, budget, spent).reason == reason


@pytest.mark.parametrize(
    ("status", "role", "own", "reason"),
    [
        ("asked", "quality", False, None),
        ("asked", "admin", False, None),
        ("asked", "quality", True, "own_request"),
        ("asked", "admin", True, "own_request"),
        ("asked", "handler", False, "not_your_role"),
        ("asked", "marketing", False, "not_your_role"),
        ("approved", "quality", False, "decided"),
        ("refused", "admin", False, "decided"),
        ("spent", "admin", False, "decided"),
    ],
)
def test_a_second_person_decides(status: str, role: str, own: bool, reason: str | None) -> None:
    assert rules.may_decide(status, role, own).reason == reason


def test_a_month_is_the_organisations() -> None:
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # half past midnight in Amsterdam
    assert rules.month_of(late, ZoneInfo("Europe/Amsterdam")) == "2026-11"
    assert rules.month_of(late, ZoneInfo("UTC")) == "2026-10"


@pytest.mark.parametrize(
    ("status", "minutes", "reason"), [("open", -1, None), ("open", 1, "not_overdue"), ("closed", -1, "closed")]
)
def test_an_alarm_is_about_an_open_case_that_is_late(status: str, minutes: int, reason: str | None) -> None:
    now = datetime(2026, 11, 9, 16, 0, tzinfo=UTC)
    assert rules.may_mail_overdue(status, now + timedelta(minutes=minutes), now).reason == reason


@pytest.mark.parametrize("channel", ["review_site", "Social", " TRUSTPILOT ", "x"])
def test_a_public_channel_is_known_by_its_word(channel: str) -> None:
    assert rules.is_public(channel)


@pytest.mark.parametrize("channel", [None, "", "telefoon", "email", "extra"])
def test_other_channels_are_not_public(channel: str | None) -> None:
    assert not rules.is_public(channel)
