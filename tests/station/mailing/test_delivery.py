"""From the outbox to the mail server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.station.mailing.conftest import Office
from tests.support.smtp import Sink

pytestmark = pytest.mark.usefixtures("queued")


def test_a_due_mail_arrives_and_the_loop_hears_of_it(office: Office, sink: Sink, clock: Clock) -> None:
    [mail] = office.plan()
    assert office.drain() == 1
    [message] = sink.messages
    assert message.recipients == ("person1@example.org",)
    assert message.sender == "loop@ours.example"
    assert message.subject == "About case 1"
    assert "Dear Zoë Brouwer," in message.text
    assert 'style="color: #123456' in message.html
    row = office.row(mail)
    assert (row.status, row.attempts, row.sent_at, row.lease) == ("sent", 1, clock.now, None)
    assert row.smtp_reply is not None
    assert row.smtp_reply.startswith("250 ")
    [event] = office.sent
    assert (event.kind, event.mail_ids, event.subject_ids) == ("note", (mail,), (1,))


def test_what_is_not_due_yet_waits(office: Office, sink: Sink, clock: Clock) -> None:
    office.plan(due_at=clock.now + timedelta(hours=1))
    assert office.drain() == 0
    clock.advance(timedelta(hours=1))
    assert office.drain() == 1
    assert len(sink.messages) == 1
