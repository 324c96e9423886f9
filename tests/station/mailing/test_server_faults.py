"""What a mail server may do to us, and what becomes of the mail."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest

from feedbackloop.mailing import control, delivery, optouts, smtp
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.smtp import Sink

pytestmark = pytest.mark.usefixtures("queued")


def test_an_address_that_does_not_exist_ends_its_mail_alone(office: Office, sink: Sink, clock: Clock) -> None:
    first, second, third = office.plan(3)
    sink.faults.refuse = ["person2@*"]
    office.drain()
    row = office.row(second)
    assert (row.status, row.reason, row.attempts) == ("bounced", "no_such_address", 1)
    assert row.smtp_reply == "550 5.1.1 no such mailbox"
    assert {office.row(first).status, office.row(third).status} == {"sent"}
    assert [(event.mail_ids, event.status) for event in office.ended] == [((second,), "bounced")]
    with office.app.app_context():
        assert optouts.is_suppressed(["person2@example.org", "person1@example.org"], "news", clock.now) == {
            "person2@example.org"
        }


def test_a_mail_to_an_address_that_bounced_is_not_tried_again(office: Office, sink: Sink, clock: Clock) -> None:
    sink.faults.refuse = ["person1@*"]
    [first] = office.plan()
    office.drain()
    [second] = office.plan(kind="reply", customer_id=office.row(first).customer_id)
    office.drain()
    assert (office.row(second).status, office.row(second).reason) == ("suppressed", "no_such_address")
    assert sink.refused == ["person1@example.org"]


def test_not_now_is_tried_again_at_growing_waits(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    sink.faults.put_off = ["*"]
    waits = []
    for _try in range(6):
        office.drain()
        row = office.row(mail_id)
        assert (row.status, row.reason) == ("retry", "put_off")
        assert row.smtp_reply == "451 4.3.0 come back later"
        waits.append((row.due_at - clock.now) / timedelta(minutes=1))
        clock.set(row.due_at)
    for waited, wanted in zip(waits, (1, 5, 15, 30, 60, 60), strict=True):
        assert 0.8 * wanted <= waited <= 1.2 * wanted
    sink.faults.put_off = []
    office.drain()
    assert (office.row(mail_id).status, office.row(mail_id).attempts) == ("sent", 7)


def test_a_mail_is_given_up_when_it_makes_no_sense_any_more(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    expires = clock.now + timedelta(seconds=20)
    office.change(mail_id, expires_at=expires)
    sink.faults.put_off = ["*"]
    office.drain()
    assert office.row(mail_id).due_at == expires, "no retry after it expires"
    clock.set(expires)
    office.drain()
    assert office.row(mail_id).status == "expired"


def test_a_mail_is_given_up_three_days_after_its_first_try(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan(kind="reply")
    office.change(mail_id, expires_at=clock.now + timedelta(days=14))
    first, sink.faults.put_off = clock.now, ["*"]
    for _try in range(100):
        office.drain()
        if office.row(mail_id).status != "retry":
            break
        clock.set(office.row(mail_id).due_at)
    row = office.row(mail_id)
    assert (row.status, row.reason) == ("expired", "too_late")
    assert clock.now == first + timedelta(hours=72)
    assert row.attempts >= 55, "hourly, but for the first"
    assert not sink.messages


def test_no_reply_after_the_last_dot_is_uncertain_and_tried_again_later(
    office: Office, sink: Sink, clock: Clock
) -> None:
    uncertain, other = office.plan(2)
    sink.faults.drop_after_dot = 1
    office.drain()
    row = office.row(uncertain)
    assert (row.status, row.reason, row.unclear) == ("uncertain", "no_reply", 1)
    assert row.due_at - clock.now >= timedelta(minutes=15)
    assert office.row(other).status == "sent"
    assert office.drain() == 0
    clock.advance(timedelta(minutes=15))
    office.drain()
    assert office.row(uncertain).status == "sent"
    copies = sink.to("person1@example.org")
    assert len(copies) == 2
    assert len({copy.message["Message-ID"] for copy in copies}) == 1
    bodies = {copy.raw.partition(b"\r\n\r\n")[2] for copy in copies}
    assert len(bodies) == 1, "every copy is the same, but for its date"


def test_a_server_that_never_replies_is_asked_three_times_at_most(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    for _try in range(5):
        sink.faults.drop_after_dot = 1
        office.drain()
        clock.advance(timedelta(minutes=15))
    row = office.row(mail_id)
    assert (row.status, row.reason, row.unclear) == ("parked", "no_reply", 3)
    assert len(sink.messages) == 3


def test_a_server_that_is_away_costs_no_mail_and_no_try(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedbackloop.mailing.smtp.pool.PATIENCE_S", (0.01,))
    [mail_id] = office.plan()
    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.connect", _refuse)
        office.drain()
    row = office.row(mail_id)
    assert (row.status, row.attempts, row.lease) == ("queued", 0, None)
    held = office.hold()
    assert held is not None
    assert (held.kind, held.reason) == (control.PAUSED, "Connection refused")
    assert office.drain() == 0, "nobody knocks while the pause lasts"
    lengths = []
    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.connect", _refuse)
        for _try in range(6):
            held = office.hold()
            assert held is not None
            assert held.until is not None
            lengths.append((held.until - held.since).total_seconds())
            clock.advance(held.until - held.since + control.PROBE_EVERY - timedelta(seconds=1))
            office.drain()
    assert lengths == [5, 10, 20, 40, 60, 60]
    clock.advance(control.AWAY + timedelta(seconds=1))
    office.drain()
    assert office.row(mail_id).status == "sent"
    assert office.hold() is None


def test_421_pauses_the_whole_server(office: Office, sink: Sink, clock: Clock) -> None:
    ids = office.plan(5)
    sink.faults.closing = 1
    office.drain()
    tried = [mail_id for mail_id in ids if office.row(mail_id).attempts]
    assert len(tried) == 1, "only the mail that met it counts a try"
    assert office.row(tried[0]).status == "retry"
    held = office.hold()
    assert held is not None
    assert (held.kind, held.until) == (control.PAUSED, clock.now + control.PAUSE)
    assert office.drain() == 0
    assert not sink.messages
    clock.advance(control.PAUSE)
    office.drain()
    office.drain()
    assert office.statuses() == {"sent": 5}


def test_a_server_that_is_full_of_our_own_senders_pauses_nobody(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object, **_named: object) -> tuple[int, bytes]:
        return 421, b"4.7.0 too many connections"

    office.plan()
    office.drain()
    [waiting] = office.plan(start=2)
    with monkeypatch.context() as patch:
        patch.setattr("smtplib.SMTP.connect", full)
        office.drain()
        assert office.hold() is None, "another sender was heard a moment ago"
        assert (office.row(waiting).status, office.row(waiting).attempts) == ("queued", 0)
        clock.advance(control.AWAY)
        office.drain()
        assert office.hold() is not None, "nobody gets through"


def test_a_refused_sign_in_stops_everything_and_counts_no_try(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = office.plan(3)
    server = smtp.Server(sink.host, sink.port, username="us", password="wrong")

    def login(*_given: object, **_named: object) -> None:
        raise smtplib.SMTPAuthenticationError(535, b"5.7.8 wrong password")

    with monkeypatch.context() as patch:
        patch.setattr(delivery, "server", lambda: server)
        patch.setattr("smtplib.SMTP.login", login)
        office.drain()
        held = office.hold()
        assert held is not None
        assert (held.kind, held.reason) == (control.SIGN_IN_REFUSED, "535 5.7.8 wrong password")
        assert {(office.row(one).status, office.row(one).attempts) for one in ids} == {("queued", 0)}
        assert office.drain() == 0
        clock.advance(control.PROBE_EVERY + timedelta(seconds=1))
        assert office.drain() == 1, "one sender tries again, with one mail"
        assert office.hold() is not None
    clock.advance(control.PROBE_EVERY + timedelta(seconds=1))
    office.drain()
    office.drain()
    assert office.statuses() == {"sent": 3}
    assert office.hold() is None


def _refuse(*_given: object, **_named: object) -> None:
    raise ConnectionRefusedError(111, "Connection refused")


def test_many_mails_share_few_connections(office: Office, sink: Sink, clock: Clock) -> None:
    opened = []
    real = smtplib.SMTP.connect

    def connect(self: smtplib.SMTP, *given: object, **named: object) -> object:
        opened.append(given)
        return real(self, *given, **named)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtplib.SMTP, "connect", connect)
        office.plan(120)
        assert office.drain() == 120
    assert len(sink.messages) == 120
    assert 1 <= len(opened) <= 4


def test_one_mail_opens_one_connection(office: Office, sink: Sink, clock: Clock) -> None:
    office.plan()
    office.drain()
    assert sink.connections == 1
