"""From the outbox to the mail server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.extensions import mail
from feedbackloop.mailing import delivery, kinds, optouts
from feedbackloop.people.events import PeopleErased
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.smtp import Sink

pytestmark = pytest.mark.usefixtures("queued")


def test_a_due_mail_arrives_and_the_loop_hears_of_it(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    assert office.drain() == 1
    [message] = sink.messages
    assert message.recipients == ("person1@example.org",)
    assert message.sender == "loop@ours.example"
    assert message.subject == "About case 1"
    assert "Dear Zoë Brouwer," in message.text
    assert "style=" in message.html
    row = office.row(mail_id)
    assert (row.status, row.attempts, row.sent_at, row.lease) == ("sent", 1, clock.now, None)
    assert row.smtp_reply is not None
    assert row.smtp_reply.startswith("250 ")
    [event] = office.sent
    assert (event.kind, event.mail_ids, event.subject_ids) == ("note", (mail_id,), (1,))


def test_the_headers_are_those_of_the_contract(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    office.drain()
    message = sink.messages[0].message
    assert message["From"] == "Loop Test <loop@ours.example>"
    assert message["To"] == "Zoë Brouwer <person1@example.org>"
    assert message["Message-ID"] == f"<{office.row(mail_id).uuid}.note@ours.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == clock.now
    link = str(message["List-Unsubscribe"])
    assert link.startswith("<http://localhost/unsubscribe/")
    with office.app.app_context():
        assert (
            tokens.read("unsubscribe", link.strip("<>").rpartition("/")[2])
            == f"{office.row(mail_id).customer_id}-check_in"
        )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_reply_to_a_person_has_no_opt_out(office: Office, sink: Sink, clock: Clock) -> None:
    office.plan(kind="reply")
    office.drain()
    assert sink.messages[0].message["List-Unsubscribe"] is None
    assert sink.messages[0].message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(("locale", "said"), [("nl", "Ja"), ("en", "Yes"), ("nl-BE", "Ja"), (None, "Ja"), ("fr", "Ja")])
def test_a_mail_speaks_the_recipients_language(
    office: Office, sink: Sink, clock: Clock, locale: str | None, said: str
) -> None:
    office.plan(kind="reply", locale=locale)
    office.drain()
    assert sink.messages[0].subject == said


def test_several_languages_go_in_one_batch(office: Office, sink: Sink, clock: Clock) -> None:
    office.plan(2, kind="reply", locale="en")
    office.plan(2, kind="reply", locale="nl", start=3)
    office.drain()
    said = {message.recipients[0]: message.subject for message in sink.messages}
    assert said == {
        "person1@example.org": "Yes",
        "person2@example.org": "Yes",
        "person3@example.org": "Ja",
        "person4@example.org": "Ja",
    }


def test_what_is_not_due_yet_waits(office: Office, sink: Sink, clock: Clock) -> None:
    office.plan(due_at=clock.now + timedelta(hours=1))
    assert office.drain() == 0
    clock.advance(timedelta(hours=1))
    assert office.drain() == 1
    assert len(sink.messages) == 1


def test_a_second_job_for_the_same_mail_sends_nothing(office: Office, sink: Sink, clock: Clock) -> None:
    ids = office.plan(3)
    assert office.drain(ids) == 3
    assert office.drain(ids) == 0
    assert len(sink.messages) == 3


def test_what_must_not_go_any_more_is_cancelled_with_its_reason(office: Office, sink: Sink, clock: Clock) -> None:
    first, second = office.plan(2)
    office.refused[1] = "reopened"
    office.drain()
    assert (office.row(first).status, office.row(first).reason) == ("cancelled", "reopened")
    assert office.row(second).status == "sent"
    [event] = office.ended
    assert (event.mail_ids, event.status, event.reason) == ((first,), "cancelled", "reopened")


def test_a_mail_that_makes_no_sense_any_more_expires(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    clock.advance(timedelta(days=14))
    office.drain()
    assert (office.row(mail_id).status, office.row(mail_id).reason) == ("expired", "too_late")
    assert office.ended[0].status == "expired"
    assert not sink.messages


def test_a_person_without_an_address_gets_a_reason(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan(customer_id=office.customer(None))
    office.drain()
    assert (office.row(mail_id).status, office.row(mail_id).reason) == ("suppressed", "no_address")
    assert office.ended[0].reason == "no_address"


def test_sample_people_are_never_mailed_through_a_real_server(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan(customer_id=office.customer("sample@example.org", sample=True))
    office.drain()
    assert (office.row(mail_id).status, office.row(mail_id).reason) == ("suppressed", "sample_data")
    assert not sink.messages


def test_the_window_is_looked_at_again_at_the_moment_of_sending(office: Office, sink: Sink, clock: Clock) -> None:
    clock.set(datetime(2026, 11, 6, 16, 0, tzinfo=UTC))  # a Friday, 17:00 here
    [note] = office.plan()
    [reply] = office.plan(kind="reply", start=2)
    clock.set(datetime(2026, 11, 7, 9, 0, tzinfo=UTC))
    office.drain()
    assert office.row(reply).status == "sent"
    row = office.row(note)
    assert (row.status, row.due_at, row.attempts) == ("queued", datetime(2026, 11, 9, 8, 0, tzinfo=UTC), 0)
    clock.set(row.due_at)
    office.drain()
    assert office.row(note).status == "sent"


def test_one_that_cannot_be_made_does_not_stop_the_others(office: Office, sink: Sink, clock: Clock) -> None:
    broken, *others = office.plan(4)
    office.broken.add(1)
    for _try in range(3):
        office.drain()
        clock.advance(timedelta(hours=1))
    row = office.row(broken)
    assert (row.status, row.reason, row.attempts) == ("parked", "error:KeyError", 3)
    assert {office.row(one).status for one in others} == {"sent"}
    assert len(sink.messages) == 3
    assert not office.ended, "a person decides about a parked mail"


def test_a_line_break_in_a_subject_parks_the_mail(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    office.things[1] = "tea\r\nBcc: victim@example.org"
    office.drain()
    row = office.row(mail_id)
    assert (row.status, row.reason) == ("parked", "control_characters")
    assert not sink.messages


def test_a_mail_without_words_is_no_mail(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kind that forgets a row is an error of ours, not a mail with holes."""
    [mail_id] = office.plan(kind="reply")
    kind = kinds.kind_named("reply")
    monkeypatch.setitem(kinds._kinds, "reply", type(kind)(**{**vars(kind), "content": lambda _rows: {}}))
    office.drain()
    assert (office.row(mail_id).status, office.row(mail_id).reason) == ("retry", "error:KeyError")


def test_flask_mails_signal_still_tells_of_each_mail(app: Flask, office: Office, sink: Sink, clock: Clock) -> None:
    office.plan()
    with app.app_context(), mail.record_messages() as recorded:
        delivery.drain()
    assert [message.subject for message in recorded] == ["About case 1"]
    assert recorded[0].send_to == {("Zoë Brouwer", "person1@example.org")}


def test_an_erased_person_gets_no_mail_any_more(office: Office, sink: Sink, clock: Clock) -> None:
    person = office.customer("gone@example.org")
    [mail_id] = office.plan(customer_id=person)
    office.change(mail_id, smtp_reply="450 gone@example.org is full")
    with office.app.app_context(), transactions.transaction():
        delivery.erase(PeopleErased((person,)))
    assert office.drain() == 0
    row = office.row(mail_id)
    assert (row.status, row.reason, row.smtp_reply) == ("cancelled", "erased", None)


def test_who_opted_out_after_planning_gets_nothing(office: Office, sink: Sink, clock: Clock) -> None:
    person = office.customer("tired@example.org")
    with office.app.app_context(), transactions.transaction():
        optouts.suppress("Tired@Example.org", "check_in", optouts.OPTED_OUT, "page")
    [note] = office.plan(customer_id=person)
    [reply] = office.plan(customer_id=person, kind="reply")
    office.drain()
    assert (office.row(note).status, office.row(note).reason) == ("suppressed", "opted_out")
    assert office.row(reply).status == "sent", "an opt-out of check-ins is none of replies"
