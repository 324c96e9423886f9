"""When an address is asked to confirm, and when there is a digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedbackloop.improvements import follow_rules as rules

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("waited", "reason"), [(timedelta(), "asked_recently"), (rules.ASK_AGAIN - SECOND, "asked_recently")]
)
def test_an_address_is_not_asked_twice_a_day(waited: timedelta, reason: str) -> None:
    assert rules.may_ask(NOW - waited, NOW).reason == reason


def test_a_day_later_it_may_be_asked_again() -> None:
    assert rules.may_ask(NOW - rules.ASK_AGAIN, NOW)


@pytest.mark.parametrize("status", rules.STATUSES)
def test_only_what_was_asked_or_goes_on_can_be_confirmed(status: str) -> None:
    decision = rules.may_confirm(status, NOW, NOW)
    assert decision.allowed == (status in ("asked", "following"))
    assert decision.reason == (None if decision else status)


def test_a_link_lives_a_week_and_who_follows_already_keeps_it() -> None:
    assert rules.may_confirm("asked", NOW - rules.CONFIRM_WITHIN + SECOND, NOW)
    assert rules.may_confirm("asked", NOW - rules.CONFIRM_WITHIN, NOW).reason == "too_late"
    assert rules.may_confirm("following", NOW - 10 * rules.CONFIRM_WITHIN, NOW)


def test_there_is_a_week_between_two_issues() -> None:
    assert rules.is_due(None, NOW)
    assert not rules.is_due(NOW - rules.BETWEEN_DIGESTS + SECOND, NOW)
    assert rules.is_due(NOW - rules.BETWEEN_DIGESTS, NOW)


def test_what_stood_in_the_log_when_somebody_came_is_no_news() -> None:
    assert rules.news_from(NOW, NOW + SECOND) == NOW + SECOND
    assert rules.news_from(NOW, NOW - SECOND) == NOW


@pytest.mark.parametrize(
    ("status", "news", "reason"),
    [
        ("following", 1, None),
        ("following", 0, "nothing_to_tell"),
        ("left", 1, "unfollowed"),
        ("asked", 1, "unfollowed"),
    ],
)
def test_a_digest_goes_to_who_follows_and_with_news(status: str, news: int, reason: str | None) -> None:
    assert rules.may_send(status, news).reason == reason
