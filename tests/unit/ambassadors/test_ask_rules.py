"""Whom marketing may ask what, and whether a link takes an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedbackloop.ambassadors import ask_rules as rules
from feedbackloop.ambassadors.ask_rules import Past, Person

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
MONTH = timedelta(days=30)
ANYBODY = Person(has_address=True)


def reason(kind: str = "story", told: bool = False, **about: object) -> str | None:
    decision = rules.may_ask(kind, replace(ANYBODY, **about), NOW, MONTH, told)  # type: ignore[arg-type]
    assert bool(decision) is (decision.reason is None)
    return decision.reason


@pytest.mark.parametrize("kind", rules.KINDS)
def test_who_is_glad_and_was_asked_nothing_may_be_asked_anything(kind: str) -> None:
    assert reason(kind) is None


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"erased": True, "has_address": False}, "erased"),
        ({"case_open": True, "on_board": False}, "case_open"),
        ({"on_board": False}, "not_on_board"),
        ({"has_address": False}, "no_address"),
        ({"held": True, "suppressed": "opted_out"}, "sample_data"),
        ({"suppressed": "opted_out"}, "opted_out"),
        ({"holds": {"story"}}, "agreed"),
        ({"put_off": True}, "not_now"),
    ],
)
def test_each_reason_not_to_ask(about: dict[str, Any], expected: str) -> None:
    assert reason(**about) == expected


def test_words_are_asked_for_only_where_there_are_words() -> None:
    assert reason("quote", wrote=False) == "no_words"
    assert reason("name", wrote=False) == "no_words"
    assert reason("reference", wrote=False) is None


def test_a_name_stands_under_words_so_both_are_asked_unless_one_is_allowed() -> None:
    assert rules.open_purposes("name", ()) == ("quote", "name")
    assert rules.open_purposes("name", {"quote"}) == ("name",)
    assert reason("name", holds={"quote"}) is None
    assert reason("name", holds={"quote", "name"}) == "agreed"


def test_nobody_is_asked_again_after_no_unless_they_told_us_otherwise() -> None:
    said = [Past("story", "answered", {"story": "no"}, NOW - timedelta(days=400))]
    assert reason("story", past=said) == "said_no"
    assert reason("story", told=True, past=said) is None
    assert reason("reference", past=said) is None
    later = [*said, Past("story", "answered", {"story": "yes"}, NOW - timedelta(days=100))]
    assert reason("story", past=later) is None, "the last word counts"


def test_a_no_to_the_name_is_no_no_to_the_words() -> None:
    said = [Past("name", "answered", {"quote": "yes", "name": "no"}, NOW - timedelta(days=400))]
    assert reason("name", past=said) == "said_no"
    assert reason("quote", past=said) is None


def test_who_wants_no_more_of_these_is_asked_nothing() -> None:
    said = [Past("story", "answered", {"story": "yes", "contact": "no"}, NOW - timedelta(days=400))]
    assert {reason(kind, past=said) for kind in rules.KINDS} == {"no_more"}
    assert reason("picture", told=True, past=said) is None


@pytest.mark.parametrize("status", rules.UNDER_WAY)
def test_one_thing_at_a_time(status: str) -> None:
    assert reason("picture", past=[Past("story", status)]) == "under_way"
    assert reason("picture", told=True, past=[Past("story", status)]) == "under_way"


def test_between_two_asks_lies_the_cooldown_whatever_they_ask() -> None:
    asked = [Past("story", "expired", {}, NOW - MONTH + timedelta(seconds=1))]
    assert reason("picture", past=asked) == "asked_recently"
    assert reason("picture", past=[Past("story", "expired", {}, NOW - MONTH)]) is None
    assert reason("picture", past=[Past("story", "not_sent")]) is None, "what was never sent asked nobody"


@pytest.mark.parametrize(
    ("status", "about", "expected"),
    [
        ("scheduled", {}, None),
        ("scheduled", {"erased": True}, "erased"),
        ("cancelled", {}, "cancelled"),
        ("scheduled", {"case_open": True}, "case_open"),
        ("scheduled", {"on_board": False}, "not_on_board"),
        ("scheduled", {"suppressed": "opted_out"}, "opted_out"),
        ("scheduled", {"holds": {"story"}}, "agreed"),
    ],
)
def test_it_is_decided_again_just_before_it_goes(status: str, about: dict[str, object], expected: str | None) -> None:
    who = replace(ANYBODY, **about)  # type: ignore[arg-type]
    assert rules.may_send(status, who, "story").reason == expected


@pytest.mark.parametrize(
    ("status", "erased", "expired", "case_open", "expected"),
    [
        ("sent", False, False, False, None),
        ("answered", False, False, False, None),
        ("bounced", False, False, False, None),
        ("scheduled", False, False, False, None),
        ("sent", True, False, False, "not_found"),
        ("cancelled", False, False, False, "not_found"),
        ("not_sent", False, False, False, "not_found"),
        ("answered", False, True, False, "expired"),
        ("expired", False, False, False, "expired"),
        ("sent", False, False, True, "case_open"),
    ],
)
def test_when_a_link_takes_an_answer(
    status: str, erased: bool, expired: bool, case_open: bool, expected: str | None
) -> None:
    assert rules.may_answer(status, erased, expired, case_open).reason == expected
