"""What follows from a bounce, a complaint and a reply: values in, decision out."""

from __future__ import annotations

import pytest

from feedbackloop.mailing import rules as mail_rules
from feedbackloop.mailing.incoming import rules
from feedbackloop.mailing.incoming.rules import BOUNCE, Finding


@pytest.mark.parametrize(
    ("status", "verdict", "reason"),
    [
        ("5.1.0", "suppressed", "no_such_address"),
        ("5.1.1", "suppressed", "no_such_address"),
        ("5.1.10", "suppressed", "no_such_address"),
        ("5.2.1", "suppressed", "no_such_address"),
        ("5.1.7", "ended", "our_sender"),
        ("5.1.8", "ended", "our_sender"),
        ("5.2.2", "ended", "came_back"),
        ("5.7.1", "ended", "came_back"),
        ("5.0.0", "ended", "came_back"),
        ("5.11.1", "ended", "came_back"),
        ("5.2.10", "ended", "came_back"),
        ("4.1.1", "ended", "gave_up"),
        ("4.4.7", "ended", "gave_up"),
        ("2.0.0", "nothing", "delayed"),
        (None, "ended", "undelivered"),
    ],
)
def test_the_status_says_what_follows(status: str | None, verdict: str, reason: str) -> None:
    effect = rules.of_bounce(Finding(BOUNCE, status))
    assert (effect.verdict, effect.reason) == (verdict, reason)
    assert effect.ends is (verdict != "nothing")


def test_only_another_refusal_counts_towards_a_rest() -> None:
    counted = {one: rules.of_bounce(Finding(BOUNCE, one)).counts for one in ("5.1.1", "5.7.1", "4.4.1", "5.1.8", None)}
    assert counted == {"5.1.1": False, "5.7.1": True, "4.4.1": False, "5.1.8": False, None: False}


@pytest.mark.parametrize("status", ["5.1.1", "5.7.1", "4.2.2", None])
def test_a_delay_changes_nothing_whatever_its_status(status: str | None) -> None:
    effect = rules.of_bounce(Finding(BOUNCE, status, given_up=False, informs=True))
    assert (effect.verdict, effect.ends, effect.counts) == ("nothing", False, False)


@pytest.mark.parametrize("status", ["4.2.2", None])
def test_without_a_final_failure_neither_a_soft_code_nor_prose_ends_a_mail(status: str | None) -> None:
    assert rules.of_bounce(Finding(BOUNCE, status, given_up=False)).verdict == "nothing"


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("5.1.1", "5.1.1"),
        ("5.0.0 (permanent failure)", "5.0.0"),
        ("smtp; 550 5.7.26 refused", "5.7.26"),
        ("192.5.1.1", None),
        ("5.1.1.1", None),
        ("6.1.1", None),
        ("failed", None),
        (None, None),
    ],
)
def test_a_status_is_read_from_its_field(field: str | None, found: str | None) -> None:
    assert rules.status_in(field) == found


@pytest.mark.parametrize(
    ("status", "diagnostic", "nearest"),
    [
        ("5.0.0", "smtp; 550 5.1.1 unknown", "5.1.1"),
        ("5.0.0", "smtp; 450 4.2.2 full", "5.0.0"),
        ("5.2.2", "smtp; 550 5.1.1 unknown", "5.2.2"),
        ("4.4.7", "smtp; 550 5.1.1 unknown", "4.4.7"),
        (None, "smtp; 550 5.1.1 unknown", None),
        ("5.0.0", "smtp; 5.1.0 - Unknown address error 550-'5.2.2 mailbox full'", "5.2.2"),
    ],
)
def test_the_remote_servers_code_stands_in_for_a_bare_one_of_its_class(
    status: str | None, diagnostic: str, nearest: str | None
) -> None:
    assert rules.nearest_status(status, diagnostic) == nearest


@pytest.mark.parametrize(
    ("feedback", "verdict"),
    [
        ("abuse", "suppressed"),
        (None, "suppressed"),
        ("Fraud", "suppressed"),
        ("opt-out", "suppressed"),
        ("auth-failure", "nothing"),
        ("not-spam", "nothing"),
        ("dmarc", "nothing"),
    ],
)
def test_a_persons_complaint_stops_mail_and_a_report_about_signatures_does_not(
    feedback: str | None, verdict: str
) -> None:
    assert rules.of_complaint(feedback).verdict == verdict


@pytest.mark.parametrize("status", mail_rules.STATUSES)
def test_what_ended_otherwise_is_never_moved_by_a_bounce(status: str) -> None:
    assert rules.may_end(status) is (status in ("sent", "uncertain", "retry", "parked"))


@pytest.mark.parametrize(
    ("status", "attempts", "can"),
    [("queued", 0, False), ("parked", 0, False), ("cancelled", 0, False), ("retry", 1, True), ("sent", 1, True)],
)
def test_a_mail_that_was_never_tried_cannot_come_back(status: str, attempts: int, can: bool) -> None:
    assert rules.may_bounce(status, attempts) is can


@pytest.mark.parametrize(
    ("status", "reason", "settles"),
    [("uncertain", "no_reply", True), ("parked", "no_reply", True), ("parked", "content_refused", False),
     ("bounced", None, False), ("sent", None, False), ("cancelled", None, False)],
)  # fmt: skip
def test_word_of_arrival_settles_only_what_is_uncertain(status: str, reason: str | None, settles: bool) -> None:
    assert rules.settles_as_sent(status, reason) is settles


def test_three_refusals_are_too_often() -> None:
    assert [rules.too_often(number) for number in (1, 2, 3, 4)] == [False, False, True, True]
