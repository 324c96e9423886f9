"""What a delivery report or a complaint does to a mail, its address and the check-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing.events import MailsEnded
from feedbackloop.mailing.incoming import service
from feedbackloop.mailing.models import Outbox, Suppression
from tests.station.mailing.incoming.conftest import Asked, Post
from tests.support import reports
from tests.support.clock import Clock


def report(asked: Asked, number: int = 1, **given: Any) -> bytes:
    """A report about the mail that this person was sent."""
    made = {
        "message_id": asked.message_id,
        "recipient": asked.address,
        "own_id": f"<r{number}@mx.example.net>",
        **given,
    }
    return reports.delivery_report(**made)


def test_an_address_that_is_not_there_gets_no_more_mail_and_the_check_in_says_so(post: Post) -> None:
    asked = post.asks()
    taken = post.takes(report(asked))
    assert (taken.verdict, taken.reason) == ("suppressed", "no_such_address")
    assert (post.mail(asked.mail_id).status, post.mail(asked.mail_id).reason) == ("bounced", "no_such_address")
    assert post.check_in(asked.complaint_id) == "bounced"
    assert post.suppressed(asked.address) == "no_such_address"
    assert "came_back" in post.people.story(asked.complaint_id, "mail")


def test_another_refusal_ends_this_mail_alone(post: Post) -> None:
    asked = post.asks()
    assert post.takes(report(asked, status="5.7.1")).verdict == "ended"
    assert post.check_in(asked.complaint_id) == "bounced"
    assert post.suppressed(asked.address) is None


def test_three_refusals_within_thirty_days_let_the_address_rest_for_thirty_days(post: Post, clock: Clock) -> None:
    verdicts = []
    for number in range(1, 4):
        asked = post.asks(f"K-{number}", email="one@postvak.example")
        verdicts.append(post.takes(report(asked, number, status="5.7.1")).verdict)
    assert verdicts == ["ended", "ended", "suppressed"]
    assert post.suppressed("one@postvak.example") == "refused_too_often"
    clock.advance(timedelta(days=30, seconds=1))
    assert post.suppressed("one@postvak.example") is None


def test_one_mail_that_comes_back_three_times_is_one_refusal(post: Post) -> None:
    asked = post.asks()
    for number in range(1, 4):
        post.takes(report(asked, number, status="5.7.1"))
    assert post.suppressed(asked.address) is None


def test_refusals_of_a_month_ago_are_forgotten(post: Post, clock: Clock) -> None:
    for number in range(1, 4):
        asked = post.asks(f"K-{number}", email="one@postvak.example", resolved_at=clock.now)
        post.takes(report(asked, number, status="5.7.1"))
        clock.advance(timedelta(days=16))
    assert post.suppressed("one@postvak.example") is None


def test_a_server_that_refuses_at_the_door_counts_as_well(app: Flask, post: Post) -> None:
    for number in range(1, 4):
        asked = post.asks(f"K-{number}", email="one@postvak.example")
        with app.app_context(), transactions.transaction():
            service.mails_ended(MailsEnded("check_in", (asked.mail_id,), (1,), "bounced", "refused"))
            service.mails_ended(MailsEnded("check_in", (asked.mail_id,), (1,), "bounced", "refused"))
    assert post.suppressed("one@postvak.example") == "refused_too_often"
    assert [row.source for row in post.received()] == ["smtp"] * 3


def test_a_temporary_failure_never_touches_the_address(post: Post) -> None:
    for number in range(1, 5):
        asked = post.asks(f"K-{number}", email="one@postvak.example")
        assert post.takes(report(asked, number, status="4.4.7")).reason == "gave_up"
        assert post.mail(asked.mail_id).status == "bounced"
    assert post.suppressed("one@postvak.example") is None


@pytest.mark.parametrize(
    "given", [{"action": "delayed"}, {"action": "delayed", "status": "4.4.1"}, {"action": "relayed"}]
)
def test_a_delay_changes_nothing(post: Post, given: dict[str, Any]) -> None:
    asked = post.asks()
    assert post.takes(report(asked, **given)).reason == "delayed"
    assert post.check_in(asked.complaint_id) == "sent"
    assert post.suppressed(asked.address) is None


def test_a_forged_report_about_an_address_that_was_never_mailed_changes_nothing(post: Post) -> None:
    asked = post.asks()
    for raw in (
        reports.delivery_report(recipient="victim@postvak.example"),
        reports.delivery_report(recipient=asked.address, own_id="<2@x.example>"),
        reports.delivery_report(
            recipient=asked.address,
            own_id="<3@x.example>",
            message_id="<00000000-0000-4000-8000-000000000000.check_in@ours.example>",
        ),
    ):
        taken = post.takes(raw)
        assert (taken.verdict, taken.reason) in {("nothing", "not_ours"), ("waiting", "unknown_mail")}
    assert post.count(Suppression) == 0
    assert post.check_in(asked.complaint_id) == "sent"


def test_a_status_in_prose_alone_never_suppresses(post: Post) -> None:
    asked = post.asks()
    said = (
        "Hi. This is the qmail-send program at mx.example.net.\nI'm afraid I wasn't able to deliver your message "
        f"to the following addresses.\n\n<{asked.address}>:\n550 5.1.1 unknown user\n\n"
        f"--- Below this line is a copy of the message.\n\nMessage-ID: {asked.message_id}\n"
    )
    assert post.takes(reports.prose_report(said)).reason == "undelivered"
    assert post.mail(asked.mail_id).status == "bounced"
    assert post.suppressed(asked.address) is None


def test_a_report_about_a_mail_that_was_never_sent_changes_nothing(post: Post) -> None:
    complaint_id = post.people.brings("K-1")
    planned = post.mail_about(complaint_id)
    taken = post.takes(reports.delivery_report(message_id=planned.message_id, recipient="k-1@postvak.example"))
    assert (taken.verdict, taken.reason) == ("nothing", "never_sent")
    assert post.mail(planned.mail_id).status == "queued"
    assert post.count(Suppression) == 0


def test_a_return_address_of_the_mails_own_is_enough(post: Post) -> None:
    asked = post.asks()
    raw = reports.delivery_report(to=post.return_address(asked.mail_id), recipient=asked.address)
    assert post.takes(raw).verdict == "suppressed"
    assert post.mail(asked.mail_id).status == "bounced"


def test_the_recipient_that_the_pipe_names_is_enough(post: Post) -> None:
    asked = post.asks()
    raw = reports.delivery_report(recipient=asked.address)
    assert post.takes(raw, [post.return_address(asked.mail_id)]).verdict == "suppressed"


def test_a_return_address_that_somebody_made_up_is_none(post: Post) -> None:
    asked = post.asks()
    genuine = post.return_address(asked.mail_id)
    for address in (
        genuine.replace(f"+{asked.mail_id}.", f"+{asked.mail_id + 1}."),
        genuine.replace("@", "0@"),
        f"bounces+{asked.mail_id}@ours.example",
        f"bounces+{asked.mail_id}.{'0' * 20}@ours.example",
        genuine.replace("ours.example", "theirs.example"),
    ):
        raw = reports.delivery_report(to=address, recipient=asked.address, own_id=f"<{address}>")
        assert post.takes(raw).reason == "not_ours", address
    assert post.count(Suppression) == 0


def test_the_same_report_twice_changes_nothing(post: Post) -> None:
    asked = post.asks()
    first, second = post.takes(report(asked)), post.takes(b"Received: from elsewhere\r\n" + report(asked))
    assert (first.new, second.new) == (True, False)
    assert (second.verdict, second.reason) == (first.verdict, first.reason)
    assert len(post.received()) == 1
    assert post.people.story(asked.complaint_id, "mail").count("came_back") == 1


def test_a_worse_report_after_a_milder_one_still_stops_the_address(post: Post) -> None:
    asked = post.asks()
    post.takes(report(asked, 1, status="5.7.1"))
    assert post.takes(report(asked, 2, status="5.1.1")).verdict == "suppressed"
    assert post.suppressed(asked.address) == "no_such_address"
    assert post.mail(asked.mail_id).reason == "came_back"
    assert post.takes(report(asked, 3, status="5.7.1")).verdict == "nothing"


def test_an_answer_is_not_undone_by_a_bounce(post: Post) -> None:
    complaint_id = post.people.brings("K-1")
    path = post.people.is_asked(complaint_id)
    asked = post.mail_about(complaint_id)
    post.people.answers(path)
    post.takes(report(asked, status="5.7.1"))
    assert post.check_in(complaint_id) == "answered"


@pytest.mark.parametrize("status", ["cancelled", "expired", "suppressed"])
def test_what_ended_otherwise_stays_as_it_ended(app: Flask, post: Post, status: str) -> None:
    asked = post.asks()
    with app.app_context(), transactions.transaction():
        db.session.get_one(Outbox, asked.mail_id).status = status
    assert post.takes(report(asked, status="5.7.1")).reason == "ended_before"
    assert post.mail(asked.mail_id).status == status


def test_a_report_that_comes_while_the_mail_is_being_sent_waits_for_its_sender(
    app: Flask, post: Post, clock: Clock
) -> None:
    asked = post.asks()
    with app.app_context(), transactions.transaction():
        db.session.get_one(Outbox, asked.mail_id).status = "claimed"
    assert post.takes(report(asked)).reason == "being_sent"
    clock.advance(timedelta(minutes=1))
    post.looks_again()
    assert post.received()[0].verdict == "waiting"
    with app.app_context(), transactions.transaction():
        db.session.get_one(Outbox, asked.mail_id).status = "sent"
    clock.advance(timedelta(minutes=1))
    post.looks_again()
    assert (post.received()[0].verdict, post.received()[0].facts) == ("suppressed", None)
    assert post.check_in(asked.complaint_id) == "bounced"


def test_a_report_about_another_address_than_the_present_one_says_nothing_about_that(post: Post) -> None:
    asked = post.asks()
    assert post.takes(report(asked, recipient="old@elsewhere.example")).reason == "other_address"
    assert post.mail(asked.mail_id).status == "bounced"
    assert post.count(Suppression) == 0


def test_a_complaint_of_spam_stops_all_mail_at_once(post: Post) -> None:
    asked = post.asks()
    assert post.takes(reports.complaint(asked.message_id)).verdict == "suppressed"
    assert post.suppressed(asked.address) == "complained"
    assert post.mail(asked.mail_id).status == "sent"
    second = post.people.brings("K-2", email=asked.address)
    assert post.check_in(second) == "suppressed"


def test_a_complaint_without_our_id_is_known_by_the_link_for_opting_out(app: Flask, post: Post) -> None:
    asked = post.asks()
    link = str(post.people.sink.messages[-1].message["List-Unsubscribe"]).strip("<>")
    assert post.takes(reports.complaint("<redacted>", unsubscribe=link)).verdict == "suppressed"
    forged = link.replace("/unsubscribe/", "/unsubscribe/9")
    assert post.takes(reports.complaint("<redacted-2>", unsubscribe=forged)).new
    assert [row.reason for row in post.received()] == ["complained", "not_ours"]
    assert post.suppressed(asked.address) == "complained"


@pytest.mark.parametrize("feedback", ["auth-failure", "not-spam"])
def test_a_report_that_is_no_complaint_changes_nothing(post: Post, feedback: str) -> None:
    asked = post.asks()
    assert post.takes(reports.complaint(asked.message_id, feedback=feedback)).verdict == "nothing"
    assert post.count(Suppression) == 0


def test_a_forged_complaint_changes_nothing(post: Post) -> None:
    post.asks()
    assert post.takes(reports.complaint("<somebody@elsewhere.example>")).reason == "not_ours"
    assert post.count(Suppression) == 0


def test_what_stops_for_good_is_not_replaced_by_what_rests(post: Post, clock: Clock) -> None:
    asked = [post.asks(f"K-{number}", email="one@postvak.example") for number in range(1, 4)]
    post.takes(reports.complaint(asked[0].message_id))
    verdicts = [post.takes(report(one, number, status="5.7.1")).verdict for number, one in enumerate(asked)]
    assert verdicts == ["ended", "ended", "suppressed"]
    clock.advance(timedelta(days=31))
    assert post.suppressed("one@postvak.example") == "complained"


def test_nobody_is_mailed_because_a_report_came(post: Post) -> None:
    asked = post.asks()
    before = post.count(Outbox)
    post.takes(report(asked))
    post.takes(reports.complaint(asked.message_id))
    post.takes(reports.reply("Ik ben er niet.", answers=asked.message_id, Auto_Submitted="auto-replied"))
    assert post.count(Outbox) == before


def test_plain_prose_that_it_failed_ends_the_mail_and_prose_that_it_is_late_does_not(post: Post) -> None:
    one, two = post.asks("K-1"), post.asks("K-2")
    failed = prose("Your message could not be delivered: 550 user unknown", one)
    late = prose("Your message has not yet been delivered. It will be retried for 3 days.", two)
    assert (post.takes(failed).reason, post.takes(late).reason) == ("undelivered", "delayed")
    assert [post.check_in(who.complaint_id) for who in (one, two)] == ["bounced", "sent"]


def prose(said: str, asked: Asked) -> bytes:
    return reports.prose_report(f"{said}\n\nMessage-ID: {asked.message_id}")
