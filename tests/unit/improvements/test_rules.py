"""Which status may follow, what is a milestone, who is told, what the public sees of numbers."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.improvements import rules
from feedbackloop.improvements.rules import Complainant, Words

REFUSED = {("done", "planned"), ("done", "not_possible")}


@pytest.mark.parametrize(("before", "after"), list(product(rules.STATUSES, repeat=2)))
def test_what_is_done_is_only_taken_up_again_and_all_else_may_follow(before: str, after: str) -> None:
    assert rules.may_move(before, after, public=True).allowed is ((before, after) not in REFUSED)


@pytest.mark.parametrize("before", rules.STATUSES)
def test_what_is_public_is_never_an_idea_again(before: str) -> None:
    assert rules.may_move(before, "idea", public=True).reason == "not_from_here"
    assert rules.may_publish(before)
    assert rules.may_publish("idea").reason == "idea"


@pytest.mark.parametrize(("before", "after"), list(product(rules.STAGES, repeat=2)))
def test_a_draft_may_become_anything(before: str, after: str) -> None:
    assert rules.may_move(before, after, public=False)


def test_every_status_has_its_moves_and_offers_those_alone() -> None:
    assert set(rules.MOVES) == set(rules.STAGES)
    assert rules.reachable("done", public=True) == ("in_progress",)
    assert rules.reachable("planned", public=True) == ("in_progress", "done", "not_possible")


WORDS = Words("a", "b")
WHY = Words("a", "b", "c")


@pytest.mark.parametrize(
    ("status", "before", "texts", "given", "missing"),
    [
        ("not_possible", "planned", {"nl": WORDS, "en": WORDS}, (), ["en", "nl"]),
        ("not_possible", "planned", {"nl": WHY, "en": WORDS}, (), ["en"]),
        ("not_possible", "planned", {"nl": WHY, "en": WHY}, (), []),
        ("not_possible", "planned", {"nl": WORDS, "en": WORDS}, ("nl",), ["en"]),
        ("not_possible", "not_possible", {"nl": WORDS}, (), []),
        ("done", "planned", {"nl": WORDS}, (), []),
    ],
)
def test_what_becomes_impossible_says_why_in_every_language(
    status: str, before: str, texts: dict[str, Words], given: tuple[str, ...], missing: list[str]
) -> None:
    assert rules.without_reason(status, before, texts, given) == missing


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        ("staff:1", "own_words"),
        ("staff:2", "own_request"),
        ("api:1", "not_staff"),
        ("system", "not_staff"),
        ("staff:3", None),
    ],
)
def test_only_a_second_person_overrules(actor: str, reason: str | None) -> None:
    assert rules.may_overrule(actor, {"staff:1", "api:1"}, "staff:2").reason == reason


def test_who_wrote_is_everybody_since_the_words_were_last_public() -> None:
    story = [("created", "staff:1"), ("linked", "staff:9"), ("edited", "staff:2")]
    assert rules.writers(story) == {"staff:1", "staff:2"}
    story += [("overruled", "staff:3"), ("published", "staff:3")]
    assert rules.writers(story) == {"staff:1", "staff:2"}
    story += [("edited", "staff:3")]
    assert rules.writers(story) == {"staff:3"}
    assert rules.writers([*story, ("corrected", "staff:3"), ("unpublished", "staff:3"), ("edited", "staff:1")]) == {
        "staff:1"
    }


@pytest.mark.parametrize(
    ("was_public", "was", "public", "status", "milestone"),
    [
        (False, None, True, "planned", "published"),
        (False, None, True, "not_possible", "published"),
        (False, None, True, "done", "done"),
        (True, "planned", True, "done", "done"),
        (True, "in_progress", True, "done", "done"),
        (True, "done", True, "done", None),
        (True, "planned", True, "in_progress", None),
        (True, "done", True, "in_progress", None),
        (False, "planned", False, "done", None),
        (True, "done", False, "done", None),
    ],
)
def test_a_milestone_is_reached_once_and_only_in_public(
    was_public: bool, was: str | None, public: bool, status: str, milestone: str | None
) -> None:
    assert rules.milestone_reached(was_public, was, public, status) == milestone


def _person(**told: tuple[str, str | None]) -> Complainant:
    return Complainant(1, 1, "a@b.example", told=told)


@pytest.mark.parametrize("status", ["scheduled", "sent", "suppressed", "expired", "bounced"])
@pytest.mark.parametrize("milestone", rules.MILESTONES)
def test_nobody_is_told_a_milestone_twice(milestone: str, status: str) -> None:
    assert not rules.is_news(_person(**{milestone: (status, None)}), milestone)


def test_who_heard_that_it_is_done_is_not_told_that_it_was_published() -> None:
    assert not rules.is_news(_person(done=("sent", None)), "published")
    assert rules.is_news(_person(published=("sent", None)), "done")


@pytest.mark.parametrize(
    ("reason", "again"), [("unpublished", True), ("unlinked", True), ("erased", False), ("opted_out", False)]
)
def test_only_what_was_taken_back_before_it_went_is_told_after_all(reason: str, again: bool) -> None:
    assert rules.is_news(_person(published=("cancelled", reason)), "published") is again


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Complainant(1, 1, "a@b.example"), None),
        (Complainant(1, 1, None), "no_address"),
        (Complainant(1, 1, "a@b.example", erased=True), "erased"),
        (Complainant(1, 1, "a@b.example", suppressed="opted_out"), "opted_out"),
    ],
)
def test_who_may_not_be_mailed_has_a_reason(person: Complainant, reason: str | None) -> None:
    assert rules.may_tell(person).reason == reason


@pytest.mark.parametrize(
    ("status", "public", "same", "reason"),
    [
        ("scheduled", True, True, None),
        ("cancelled", True, True, "cancelled"),
        ("scheduled", False, True, "unpublished"),
        ("scheduled", True, False, "readdressed"),
    ],
)
def test_a_telling_is_judged_again_before_it_goes(status: str, public: bool, same: bool, reason: str | None) -> None:
    assert rules.may_send(status, public, same).reason == reason


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Bestellingen kwamen te laat.", "bestellingen-kwamen-te-laat"),
        ("Één café's crème!", "een-cafes-creme"),
        ("???", "improvement"),
        ("مرحبا", "improvement"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_slug_is_made_of_the_first_words(text: str, slug: str) -> None:
    assert rules.slug_of(text) == slug


@given(st.text(max_size=300))
def test_a_slug_always_fits_in_an_address(text: str) -> None:
    slug = rules.slug_of(text)
    assert 0 < len(slug) <= 60
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert rules.is_slug(f"{slug}-17")


@pytest.mark.parametrize(("people", "shown"), [(0, None), (4, None), (5, 5), (37, 37)])
def test_few_people_are_not_counted_in_public(people: int, shown: int | None) -> None:
    assert rules.shown_people(people) == shown


def test_a_missing_language_shows_the_one_it_was_written_in() -> None:
    assert rules.shown_language("en", "nl", {"nl", "en"}) == "en"
    assert rules.shown_language("en", "nl", {"nl"}) == "nl"
    assert rules.shown_language("nl", "nl", {"en"}) == "en"
