"""Who may sign in, how fast, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.staff import rules

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def ago(*seconds: int) -> list[datetime]:
    return [NOW - timedelta(seconds=one) for one in seconds]


def test_a_sign_in_ends_twelve_hours_after_its_last_use() -> None:
    assert rules.session_end(NOW - timedelta(days=1), NOW) == NOW + timedelta(hours=12)


def test_a_sign_in_ends_seven_days_after_its_start_however_much_it_is_used() -> None:
    started = NOW - timedelta(days=6, hours=20)
    assert rules.session_end(started, NOW) == started + timedelta(days=7)


def test_the_first_five_tries_in_a_minute_go_on() -> None:
    assert rules.wait_before_try([], [], NOW) == timedelta(0)
    assert rules.wait_before_try(ago(1, 2, 3, 4), ago(1, 2, 3, 4), NOW) == timedelta(0)


def test_the_sixth_try_on_an_account_waits_until_the_first_is_a_minute_old() -> None:
    assert rules.wait_before_try(ago(1, 2, 3, 4, 40), [], NOW) == timedelta(seconds=20)


def test_an_address_takes_twenty_tries_a_minute_over_all_accounts() -> None:
    assert rules.wait_before_try([], ago(*range(1, 20)), NOW) == timedelta(0)
    assert rules.wait_before_try([], ago(*range(1, 21)), NOW) == timedelta(seconds=40)


def test_each_further_try_on_an_account_waits_longer_and_never_more_than_a_minute() -> None:
    waits = [rules.wait_before_try(ago(0, *range(100, 100 + n)), [], NOW) for n in range(4, 30)]
    assert waits[0] == timedelta(seconds=1)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(minutes=1)


def test_nobody_is_locked_out() -> None:
    """However many tries there were: a minute of rest, and the next one goes on."""
    many = ago(*range(61, 900))
    assert rules.wait_before_try(many, many, NOW) == timedelta(0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_tries_are_counted_by_network(address: str | None, network: str) -> None:
    assert rules.network_of(address) == network


@pytest.mark.parametrize(
    "path", ["/staff/", "/staff/complaints/?status=open&q=a%20b", "/staff/complaints/12#x", "/a//b"]
)
def test_a_path_on_this_site_is_kept(path: str) -> None:
    assert rules.local_path(path) == path


ATTACKS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/staff/\r\nSet-Cookie: a=b",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "staff/",
    "",
    "/" + "a" * 3000,
    "/\u0085/evil.example",
]


@pytest.mark.parametrize("value", ATTACKS)
def test_no_value_leads_to_another_site(value: str) -> None:
    assert rules.local_path(value) is None


@given(st.text(alphabet="/\\:.@?#ab \t\r\n%", max_size=12))
def test_what_is_kept_begins_with_one_slash_and_holds_nothing_a_browser_drops(value: str) -> None:
    kept = rules.local_path(value)
    if kept is not None:
        assert kept == value
        assert kept[0] == "/"
        assert kept[1:2] not in ("/", "\\")
        assert not set(kept) & set("\\ \t\r\n")


def test_a_password_has_at_least_twelve_characters_and_an_end() -> None:
    assert not rules.is_long_enough("a" * 11)
    assert rules.is_long_enough("a" * 12)
    assert not rules.is_long_enough("a" * 1001)


@pytest.mark.parametrize(
    ("was", "stays", "others", "loses"),
    [(True, False, 0, True), (True, False, 1, False), (True, True, 0, False), (False, False, 0, False)],
)
def test_the_last_administrator_stays(was: bool, stays: bool, others: int, loses: bool) -> None:
    assert rules.loses_last_admin(was, stays, others) is loses
