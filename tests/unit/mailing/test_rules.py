"""When mail may go, when it is tried again, and what a person may decide about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.mailing import rules
from feedbackloop.setting_types import send_window

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE_HOURS = send_window("mon-fri 09:00-18:00")
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-03T09:00", "2026-11-03T09:00"),
        ("2026-11-03T17:59:59", "2026-11-03T17:59:59"),
        ("2026-11-03T18:00", "2026-11-04T09:00"),
        ("2026-11-03T03:00", "2026-11-03T09:00"),
        ("2026-11-06T18:30", "2026-11-09T09:00"),  # Friday evening
        ("2026-11-08T12:00", "2026-11-09T09:00"),  # Sunday
        ("2026-03-28T12:00", "2026-03-30T09:00"),  # over the night in which 02:30 is missing
        ("2026-10-24T12:00", "2026-10-26T09:00"),  # over the night in which 02:30 comes twice
    ],
)
def test_mail_waits_for_the_window_to_open(moment: str, opens: str) -> None:
    assert rules.next_open(_at(moment), OFFICE_HOURS, AMSTERDAM) == _at(opens)


def test_a_holiday_is_no_day_for_mail() -> None:
    christmas = {date(2026, 12, 25)}
    found = rules.next_open(_at("2026-12-25T10:00"), OFFICE_HOURS, AMSTERDAM, christmas.__contains__)
    assert found == _at("2026-12-28T09:00")


def test_no_window_is_always_open() -> None:
    midnight = _at("2026-11-08T00:00")
    assert rules.next_open(midnight, None, AMSTERDAM) == midnight


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 60), (40, 60), (0, 60)]
)
def test_waits_grow_to_an_hour(attempts: int, minutes: int) -> None:
    assert rules.retry_wait(attempts, 0.5) == timedelta(minutes=minutes)
    assert rules.retry_wait(attempts, 0) == timedelta(minutes=minutes) * 0.8
    assert rules.retry_wait(attempts, 1) == timedelta(minutes=minutes) * 1.2


FINE = rules.Facts(
    expires_at=NOW + timedelta(days=1),
    address="a@example.org",
    erased=False,
    sample=False,
    real_server=True,
    suppressed=None,
)


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        ({}, None),
        ({"expires_at": None}, None),
        ({"expires_at": NOW}, ("expired", "too_late")),
        ({"address": None}, ("suppressed", "no_address")),
        ({"address": ""}, ("suppressed", "no_address")),
        ({"erased": True, "address": None}, ("cancelled", "erased")),
        ({"sample": True}, ("suppressed", "sample_data")),
        ({"sample": True, "real_server": False}, None),
        ({"suppressed": "opted_out"}, ("suppressed", "opted_out")),
    ],
)
def test_a_mail_is_refused_with_its_reason(change: dict[str, Any], ends: tuple[str, str] | None) -> None:
    assert rules.refusal(replace(FINE, **change), NOW) == ends


def neighbour(status: str, **given: Any) -> rules.Neighbour:
    return replace(rules.Neighbour(2, status, NOW, None, unclear=0, leads=False), **given)


def test_a_person_was_asked_by_what_arrived_or_may_have() -> None:
    assert rules.asked_at(neighbour("sent", sent_at=NOW)) == NOW
    assert rules.asked_at(neighbour("parked", unclear=3)) == NOW
    for status in ("queued", "retry", "claimed", "uncertain", "parked"):
        assert rules.asked_at(neighbour(status)) is None


@pytest.mark.parametrize(
    ("status", "given", "busy", "may_ride"),
    [
        ("queued", {}, False, True),
        ("retry", {}, False, True),
        ("queued", {"due_at": NOW + timedelta(hours=25)}, False, False),
        ("queued", {"leads": True}, True, False),
        ("retry", {"unclear": 1}, True, False),
        ("uncertain", {"unclear": 1}, True, False),
        ("claimed", {}, True, False),
        ("parked", {}, False, False),
        ("sent", {"sent_at": NOW}, False, False),
    ],
)
def test_what_goes_along_and_what_is_waited_for(status: str, given: dict[str, Any], busy: bool, may_ride: bool) -> None:
    one = neighbour(status, **given)
    assert rules.is_under_way(one) is busy
    assert rules.may_ride(one, NOW + timedelta(hours=24)) is may_ride


def test_every_status_that_lists_name_exists() -> None:
    for named in (rules.UNSENT, rules.WAITING, rules.FINAL, rules.MAY_RETRY, rules.MAY_CANCEL, rules.MAY_COUNT_AS_SENT):
        assert set(named) <= set(rules.STATUSES)


def test_nothing_that_ended_is_for_a_person_to_decide() -> None:
    for named in (rules.MAY_RETRY, rules.MAY_CANCEL, rules.MAY_COUNT_AS_SENT):
        assert not set(named) & {*rules.FINAL, "claimed"}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("maria@example.org", "m…a@example.org"),
        ("jo@example.org", "j…@example.org"),
        ("x@example.org", "x…@example.org"),
        (None, ""),
        ("nonsense", ""),
    ],
)
def test_a_list_shows_enough_of_an_address_to_know_it_by(address: str | None, shown: str) -> None:
    assert rules.masked(address) == shown
