"""When to ask, who may answer, what an answer changes: every pair, without an app."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from feedbackloop.checkins import rules
from feedbackloop.checkins.rules import AnswerInput, Candidate, Standing
from feedbackloop.core.filetypes import file_type

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
MONTH = timedelta(days=30)

# Written out, so that a change of the table is a change of this list too.
ALLOWED = {
    ("scheduled", "sent"),
    ("scheduled", "answered"),
    ("scheduled", "expired"),
    ("scheduled", "suppressed"),
    ("scheduled", "bounced"),
    ("scheduled", "cancelled"),
    ("sent", "answered"),
    ("sent", "expired"),
    ("sent", "bounced"),
    ("bounced", "answered"),
    ("suppressed", "scheduled"),
    ("suppressed", "answered"),
}


@pytest.mark.parametrize(("before", "after"), list(product(rules.STATUSES, rules.STATUSES)))
def test_every_pair_of_statuses_is_decided(before: str, after: str) -> None:
    assert rules.may_move(before, after) is ((before, after) in ALLOWED)


def test_the_table_names_statuses_alone() -> None:
    assert set(rules.MOVES) == set(rules.STATUSES)
    assert set().union(*rules.MOVES.values()) <= set(rules.STATUSES)


WELL = Candidate(has_address=True, resolved_at=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (WELL, None),
        (replace(WELL, has_address=False), "no_address"),
        (replace(WELL, erased=True), "erased"),
        (replace(WELL, erased=True, has_address=False), "erased"),
        (replace(WELL, suppressed="opted_out"), "opted_out"),
        (replace(WELL, suppressed="no_such_address"), "no_such_address"),
        (replace(WELL, resolved_at=NOW - MONTH), None),
        (replace(WELL, resolved_at=NOW - MONTH - timedelta(seconds=1)), "too_old"),
        (replace(WELL, resolved_at=NOW + timedelta(days=2)), None),
        (replace(WELL, resolved_at=NOW - 2 * MONTH, suppressed="opted_out"), "too_old"),
        (replace(WELL, crisis=True), "crisis"),
        (replace(WELL, refused_call=True, crisis=True), "refused_call"),
        (replace(WELL, crisis=True, has_address=False), "no_address"),
        (replace(WELL, crisis=True, suppressed="opted_out"), "opted_out"),
    ],
)
def test_who_may_be_asked(who: Candidate, reason: str | None) -> None:
    decision = rules.may_plan(who, NOW, MONTH)
    assert (decision.allowed, decision.reason) == (reason is None, reason)


COMPLAINT_STATUSES = ("open", "resolved", "confirmed", "reopened")


@pytest.mark.parametrize("reminder", [False, True])
@pytest.mark.parametrize(
    ("status", "complaint", "current"), list(product(rules.STATUSES, COMPLAINT_STATUSES, [True, False]))
)
def test_a_question_goes_out_only_about_what_stands(status: str, complaint: str, current: bool, reminder: bool) -> None:
    decision = rules.may_send(Standing(status, complaint, current), reminder)
    assert decision.allowed is ((status, complaint, current) == ("sent" if reminder else "scheduled", "resolved", True))
    assert decision.allowed or decision.reason


def test_why_a_question_does_not_go_out() -> None:
    stands = Standing("scheduled", "resolved", current=True)
    assert rules.may_send(replace(stands, erased=True), False).reason == "erased"
    assert rules.may_send(replace(stands, has_address=False), False).reason == "no_address"
    assert rules.may_send(replace(stands, status="answered"), False).reason == "answered"
    assert rules.may_send(replace(stands, current=False), False).reason == "resolved_again"
    assert rules.may_send(replace(stands, complaint_status="reopened"), False).reason == "reopened"
    assert rules.may_send(replace(stands, crisis=True), False).reason == "crisis"
    assert rules.may_send(replace(stands, status="sent", crisis=True), True).reason == "crisis"


@pytest.mark.parametrize("complaint", COMPLAINT_STATUSES)
@pytest.mark.parametrize(
    ("status", "expired", "current", "reason"),
    [
        ("scheduled", False, True, None),
        ("sent", False, True, None),
        ("bounced", False, True, None),
        ("answered", False, True, None),
        ("sent", True, True, "expired"),
        ("answered", True, True, "expired"),
        ("answered", True, False, "expired"),
        ("expired", False, True, "expired"),
        ("sent", False, False, "resolved_again"),
        ("answered", False, False, "resolved_again"),
        ("suppressed", False, True, "not_found"),
        ("cancelled", False, True, "not_found"),
        ("cancelled", True, False, "not_found"),
    ],
)
def test_who_may_answer(status: str, expired: bool, current: bool, reason: str | None, complaint: str) -> None:
    decision = rules.may_answer(Standing(status, complaint, current), expired)
    assert (decision.allowed, decision.reason) == (reason is None, reason)


@pytest.mark.parametrize(
    ("status", "current", "reason"),
    [
        *((status, True, None) for status in ("scheduled", "sent", "bounced", "answered", "suppressed")),
        ("expired", True, "expired"),
        ("cancelled", True, "not_found"),
        ("suppressed", False, "resolved_again"),
        ("answered", False, "resolved_again"),
    ],
)
def test_what_is_said_by_telephone_needs_no_link(status: str, current: bool, reason: str | None) -> None:
    decision = rules.may_record(Standing(status, "resolved", current))
    assert (decision.allowed, decision.reason) == (reason is None, reason)
    assert rules.may_record(Standing(status, "resolved", current, erased=True)).reason == "not_found"


@pytest.mark.parametrize("status", rules.STATUSES)
def test_nobody_answers_for_the_erased(status: str) -> None:
    assert rules.may_answer(Standing(status, "resolved", True, erased=True), False).reason == "not_found"


# Written out too: the steps that follow, in order.
FOLLOWS = {
    (None, "yes"): "confirm",
    (None, "later"): "wait",
    (None, "reopens"): "reopen tell",
    (None, "stays"): "tell",
    ("yes", "yes"): "",
    ("yes", "later"): "unconfirm wait",
    ("yes", "reopens"): "reopen tell",
    ("yes", "stays"): "unconfirm tell",
    ("later", "yes"): "confirm",
    ("later", "later"): "wait",
    ("later", "reopens"): "reopen tell",
    ("later", "stays"): "tell",
    ("reopens", "yes"): "confirm",
    ("reopens", "later"): "wait",
    ("reopens", "reopens"): "tell",
    ("reopens", "stays"): "tell",
    ("stays", "yes"): "confirm",
    ("stays", "later"): "wait",
    ("stays", "reopens"): "reopen tell",
    ("stays", "stays"): "tell",
}


@pytest.mark.parametrize(("before", "after"), list(product((None, *rules.STANCES), rules.STANCES)))
def test_what_an_answer_after_another_changes(before: str | None, after: str) -> None:
    assert " ".join(rules.effect(before, after)) == FOLLOWS[before, after]


@pytest.mark.parametrize(
    ("satisfied", "marks", "stance"),
    [
        ("yes", [], "yes"),
        ("later", [], "later"),
        ("no", [], "reopens"),
        ("partly", [], "reopens"),
        ("no", [False], "stays"),
        ("partly", [False, False], "stays"),
        ("partly", [False, True], "reopens"),
        ("no", [True], "reopens"),
        # Reasons are kept with partly and no alone; with another answer they would change nothing.
        ("yes", [True], "yes"),
        ("later", [False], "later"),
    ],
)
def test_what_an_answer_means_for_the_complaint(satisfied: str, marks: list[bool], stance: str) -> None:
    assert rules.stance(satisfied, rules.reopens(satisfied, marks)) == stance


@pytest.mark.parametrize(
    ("change", "said", "before", "hours", "reason"),
    [
        ({}, "later", False, 24, None),
        ({}, "later", True, 24, "once"),
        ({"erased": True}, "later", False, 24, "erased"),
        ({"has_address": False}, "later", False, 24, "no_address"),
        ({"current": False}, "later", False, 24, "resolved_again"),
        ({"complaint_status": "reopened"}, "later", False, 24, "reopened"),
        ({"complaint_status": "confirmed"}, "later", False, 24, "confirmed"),
        ({}, "later", False, 0, "expired"),
        ({}, "yes", False, 24, "answered"),
        ({}, None, False, 24, "answered"),
    ],
)
def test_who_is_asked_once_more(
    change: dict[str, object], said: str | None, before: bool, hours: int, reason: str | None
) -> None:
    stands = replace(Standing("answered", "resolved", current=True), **change)  # type: ignore[arg-type]
    ends_at = NOW + timedelta(hours=hours)
    assert rules.may_ask_again(stands, said, NOW, ends_at).reason == (None if before else reason)
    if said == "later":
        assert rules.may_plan_again(stands, before, NOW, ends_at).reason == reason


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", None),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", None),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"<html><script>", None),
        (b"<svg xmlns=", None),
        (b"MZ\x90\x00", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_what_a_file_is_says_how_it_begins(start: bytes, kind: str | None) -> None:
    assert file_type(start) == kind


def test_the_same_answer_is_the_same_in_any_language_and_order() -> None:
    one = AnswerInput("no", rating=2, reasons=("again", "amount"), comment="Nog niet.", locale="nl")
    assert rules.same(one, replace(one, locale="en", reasons=("amount", "again")))


@pytest.mark.parametrize(
    "change",
    [
        {"satisfied": "partly"},
        {"rating": 3},
        {"rating": None},
        {"recommend": 0},
        {"reasons": ("again",)},
        {"comment": None},
        {"quote_consent": True},
        {"call_me": True},
        {"meet": True},
    ],
)
def test_any_other_word_is_another_answer(change: dict[str, object]) -> None:
    one = AnswerInput("no", rating=2, reasons=("again", "amount"), comment="Nog niet.")
    assert not rules.same(one, replace(one, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "mail", "due", "shown"),
    [
        ("scheduled", "queued", 60, ("scheduled", None)),
        ("scheduled", "queued", 0, ("queued", None)),
        ("scheduled", "queued", -60, ("queued", None)),
        ("scheduled", "claimed", -60, ("queued", None)),
        ("scheduled", "retry", 60, ("queued", "retry")),
        ("scheduled", "uncertain", 60, ("queued", "uncertain")),
        ("scheduled", "parked", -60, ("queued", "parked")),
        ("scheduled", None, None, ("scheduled", None)),
        ("sent", "sent", -60, ("sent", None)),
        ("answered", "sent", -60, ("answered", None)),
    ],
)
def test_queued_covers_what_is_on_its_way(
    status: str, mail: str | None, due: int | None, shown: tuple[str, str | None]
) -> None:
    due_at = None if due is None else NOW + timedelta(seconds=due)
    assert rules.shown_status(status, None, mail, due_at, NOW) == shown


@pytest.mark.parametrize(
    ("mail", "due", "shown"),
    [
        ("queued", 60, ("scheduled", "asked_recently")),
        ("queued", -60, ("queued", "asked_recently")),
        ("retry", 60, ("scheduled", "asked_recently")),
        ("claimed", 60, ("queued", None)),
        ("shared", -60, ("queued", "shared")),
    ],
)
def test_what_the_cap_stopped_says_so_while_it_waits(mail: str, due: int, shown: tuple[str, str | None]) -> None:
    due_at = NOW + timedelta(seconds=due)
    assert rules.shown_status("scheduled", None, mail, due_at, NOW, "asked_recently") == shown


def test_what_the_cap_stopped_is_due_at_its_end() -> None:
    later = NOW + timedelta(days=9)
    assert rules.shown_due(NOW, "asked_recently", later) == later
    assert rules.shown_due(NOW, "retry", later) == NOW
    assert rules.shown_due(NOW, "asked_recently", None) == NOW


def test_a_reason_that_was_stored_is_shown() -> None:
    assert rules.shown_status("suppressed", "no_address", None, None, NOW) == ("suppressed", "no_address")


def test_the_life_of_a_link_counts_from_sending() -> None:
    life = timedelta(days=90)
    assert rules.link_ends_at(NOW, NOW - timedelta(days=3), life) == NOW + life
    assert rules.link_ends_at(None, NOW, life) == NOW + life
