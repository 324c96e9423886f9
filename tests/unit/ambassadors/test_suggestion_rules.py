"""Whom a rule speaks of, and whose turn it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.ambassadors.rules import CONSENTS, STAGES
from feedbackloop.ambassadors.suggestions import rules
from feedbackloop.ambassadors.suggestions.rules import DEFAULTS, RULES, Member, Person, Setting

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
FITS = Person(
    stage="reviewed",
    days=20,
    consents=frozenset(CONSENTS),
    recommend=10,
    rating=5,
    open_complaint=False,
    put_off=False,
)


def on(rule: str) -> Setting:
    return replace(DEFAULTS[rule], active=True)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_speaks_of_who_fits(rule: str) -> None:
    assert rules.may_suggest(rule, on(rule), FITS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"open_complaint": True}, "open_complaint"),
        ({"off_board": True}, "open_complaint"),
        ({"put_off": True}, "not_now"),
        ({"stage": "ambassador"}, "ambassador"),
        ({"consents": frozenset({"quote", "name"})}, "no_consent"),
        ({"rating": None}, "no_review"),
        ({"rating": 3}, "rating_too_low"),
        ({"stage": "clicked"}, "no_review"),
        ({"known": ("reviewed_well",)}, "suggested_before"),
        ({"since_suggested": 89}, "cooling_down"),
    ],
)
def test_a_rule_says_why_it_is_silent(change: dict[str, object], reason: str) -> None:
    found = rules.may_suggest("reviewed_well", on("reviewed_well"), replace(FITS, **change))  # type: ignore[arg-type]
    assert not found
    assert found.reason == reason


def test_the_bounds_count_as_enough() -> None:
    assert rules.may_suggest("reviewed_well", on("reviewed_well"), replace(FITS, rating=4, since_suggested=90))
    assert rules.may_suggest("recommends", on("recommends"), replace(FITS, recommend=9, days=14, stage="satisfied"))
    assert rules.may_suggest("recommends", on("recommends"), replace(FITS, recommend=8)).reason == "mark_too_low"
    assert rules.may_suggest("recommends", on("recommends"), replace(FITS, recommend=None)).reason == "mark_too_low"
    assert rules.may_suggest("recommends", on("recommends"), replace(FITS, days=13)).reason == "too_soon"


def test_a_rule_that_is_off_is_silent() -> None:
    assert rules.may_suggest("recommends", DEFAULTS["recommends"], FITS).reason == "off"
    assert [name for name, one in DEFAULTS.items() if one.active] == ["reviewed_well"]


PEOPLE = st.builds(
    Person,
    stage=st.sampled_from(STAGES),
    days=st.integers(0, 900),
    consents=st.frozensets(st.sampled_from(CONSENTS)),
    recommend=st.none() | st.integers(0, 10),
    rating=st.none() | st.integers(1, 5),
    open_complaint=st.booleans(),
    put_off=st.booleans(),
    off_board=st.booleans(),
    since_suggested=st.none() | st.integers(0, 900),
    known=st.frozensets(st.sampled_from(RULES)),
)
SETTINGS = st.builds(
    Setting,
    active=st.booleans(),
    rating=st.none() | st.integers(1, 5),
    recommend=st.none() | st.integers(0, 10),
    consent=st.sampled_from(CONSENTS),
    days=st.integers(0, 730),
    cool_down=st.integers(1, 730),
)


@given(st.sampled_from(RULES), SETTINGS, PEOPLE)
def test_however_it_is_set_no_rule_speaks_of_who_must_be_left_alone(rule: str, how: Setting, who: Person) -> None:
    found = rules.may_suggest(rule, how, who)
    if found:
        assert how.active
        assert how.consent in who.consents
        assert not who.open_complaint
        assert not who.put_off
        assert not who.off_board
        assert who.stage != "ambassador"
        assert who.since_suggested is None or who.since_suggested >= how.cool_down
        seen = rules.facts(rule, how, who)
        assert seen["consent"] == how.consent
        assert ("rating" in seen) == (how.rating is not None)
    else:
        assert found.reason


def test_what_is_kept_of_a_setting_is_read_as_it_was() -> None:
    how = replace(DEFAULTS["reviewed_well"], rating=5, days=3)
    assert rules.read("reviewed_well", True, vars(how) | {"other": 1}) == replace(how, active=True)
    assert rules.read("reviewed_well", False, {}) == replace(DEFAULTS["reviewed_well"], active=False)


def test_turns_go_round_from_who_waits_longest() -> None:
    members = [Member(1, NOW), Member(2, NOW - timedelta(days=1)), Member(3, None)]
    assert rules.in_turn(members, 5) == [3, 2, 1, 3, 2]
    assert rules.in_turn([], 5) == []


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8, unique=True), st.integers(0, 60))
def test_nobody_gets_two_more_than_another(ids: list[int], people: int) -> None:
    given_to = rules.in_turn([Member(one, None) for one in ids], people)
    assert len(given_to) == people
    counts = [given_to.count(one) for one in ids]
    assert max(counts) - min(counts) <= 1
