"""What becomes of a story, who decides it, and what a quote may leave out."""

from __future__ import annotations

from itertools import product

import pytest

from feedbackloop.ambassadors import story_rules as rules
from feedbackloop.ambassadors.story_rules import PERSON, STAFF, STATUSES, SYSTEM, Recipient

# From, to, and who may: everything else is refused, to everybody.
ALLOWED = {
    "draft asked": "staff",
    "draft agreed": "staff person",
    "draft withdrawn": "staff person system",
    "asked draft": "staff person system",
    "asked agreed": "person",
    "asked withdrawn": "staff person system",
    "agreed draft": "staff person",
    "agreed published": "staff",
    "agreed withdrawn": "staff person system",
    "published draft": "staff person",
    "published agreed": "staff system",
    "published withdrawn": "staff person system",
    "withdrawn agreed": "person",
    "withdrawn draft": "staff person",
}


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_every_pair_of_statuses(before: str, after: str) -> None:
    allowed = ALLOWED.get(f"{before} {after}", "").split()
    for who in (STAFF, PERSON, SYSTEM):
        decision = rules.may_move(before, after, who)
        assert (bool(decision), decision.reason) == ((True, None) if who in allowed else (False, "not_from_here"))


def test_nothing_but_what_its_person_agreed_to_becomes_public() -> None:
    assert {before for before, after in rules.MOVES if after == "published"} == {"agreed"}
    assert rules.MOVES["asked", "agreed"] == {PERSON}


@pytest.mark.parametrize("reason", ["said_no", "consent_ended", "erased"])
def test_what_a_person_took_back_only_they_take_up_again(reason: str) -> None:
    assert rules.may_move("withdrawn", "draft", STAFF, reason).reason == "theirs"
    assert rules.may_edit("withdrawn", reason).reason == "theirs"
    assert rules.may_move("withdrawn", "agreed", PERSON, reason)
    assert rules.may_move("withdrawn", "draft", STAFF, "set_aside")


SAID = "Ik was boos, want de fiets was  te laat.\nMaar u belde zelf, en het is netjes opgelost: dank u wel."


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "Ik was boos, want de fiets was te laat. Maar u belde zelf, en het is netjes opgelost: dank u wel.",
        "Ik was boos… Maar u belde zelf, en het is netjes opgelost: dank u wel.",
        "… u belde zelf, en het is netjes opgelost…",
        "…u belde zelf … netjes opgelost…",
        "Ik was boos…",
        "…dank u wel.",
        "Ik was boos … dank u wel.",
    ],
)
def test_a_quote_may_leave_out_words(text: str) -> None:
    assert rules.is_excerpt(text, SAID)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "…",
        "… …",
        "Ik was boos",  # nothing says that more came
        "u belde zelf…",  # nor that something stood before
        "Ik was bo…",  # inside a word
        "…elde zelf, en het is netjes opgelost: dank u wel.",
        "…netjes opgelost… u belde zelf…",  # turned round
        "Ik was blij…",
        "Ik was boos, want de fiets was te laat! …",
        "Ik was boos... dank u wel.",  # three points are no sign of ours
        "IK WAS BOOS…",
        "Ik was boos, want de fiets was te laat. Maar u belde zelf, en het is netjes opgelost: dank u wel. En snel.",
        "Ik was boos… dank u wel. dank u wel.",
    ],
)
def test_a_quote_changes_nothing_else(text: str) -> None:
    assert not rules.is_excerpt(text, SAID)


def test_a_word_with_a_mark_in_it_is_one_word() -> None:
    assert not rules.is_excerpt("…foto’s…", "de nieuwe auto-foto’s zijn mooi")
    assert rules.is_excerpt("…foto’s…", "de nieuwe foto’s zijn mooi")
    assert rules.is_excerpt("Hij zei … graag.", "Hij zei … ja … graag.")


def test_nobody_need_agree_to_whole_words_that_they_allowed_or_to_what_names_nobody() -> None:
    assert rules.agreed_already("quote", True, SAID, [SAID]) == "quoted"
    assert rules.agreed_already("quote", True, " ".join(SAID.split()), [SAID]) == "quoted"
    assert rules.agreed_already("quote", True, "Ik was boos…", [SAID]) is None
    assert rules.agreed_already("quote", True, SAID, []) is None
    assert rules.agreed_already("story", True, SAID, [SAID]) is None
    assert rules.agreed_already("story", False, SAID, []) is None
    assert rules.agreed_already("exception", False, SAID, []) == "names_nobody"
    assert rules.agreed_already("exception", True, SAID, []) is None


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (Recipient(True, True), None),
        (Recipient(True, True, erased=True), "erased"),
        (Recipient(False, False), "no_customer"),
        (Recipient(True, False), "no_address"),
        (Recipient(True, True, open_again=True), "open_again"),
        (Recipient(True, True, suppressed="opted_out"), "opted_out"),
    ],
)
def test_who_may_be_asked(who: Recipient, reason: str | None) -> None:
    assert rules.may_ask("draft", who).reason == reason
    for status in STATUSES[1:]:
        assert rules.may_ask(status, who).reason == "not_from_here"


def test_a_mail_goes_only_while_it_is_still_the_question() -> None:
    assert rules.may_send("asked", True, False, False)
    assert rules.may_send("asked", True, True, False).reason == "erased"
    assert rules.may_send("asked", False, False, False).reason == "gone"
    assert rules.may_send("withdrawn", True, False, False).reason == "gone"
    assert rules.may_send("asked", True, False, True).reason == "open_again"


def test_a_link_that_was_answered_never_expires() -> None:
    def reason(**given: bool) -> str | None:
        usual = {"asked": True, "newest": True, "answered": False, "expired": False, "erased": False}
        return rules.may_answer(**{**usual, **given}).reason

    assert reason() is None
    assert reason(expired=True) == "expired"
    assert reason(expired=True, answered=True) is None
    assert reason(newest=False) == "newer"
    assert reason(asked=False) == reason(erased=True) == "not_found"


def test_what_may_be_published() -> None:
    assert rules.may_publish("agreed", True, False)
    assert rules.may_publish("agreed", False, False).reason == "no_consent"
    assert rules.may_publish("agreed", True, True).reason == "open_again"
    for status in ("draft", "asked", "published", "withdrawn"):
        assert rules.may_publish(status, True, False).reason == "not_agreed"
