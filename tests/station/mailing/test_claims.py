"""A mail goes to one sender only, and only the sender that holds it may say what became of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from feedbackloop.core import clock as product_clock
from feedbackloop.core import db as transactions
from feedbackloop.core import events, queue
from feedbackloop.mailing import claims, delivery, outgoing, settlement
from feedbackloop.mailing.events import MailsSent
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.queries import Claimed
from feedbackloop.mailing.settlement import Settlement
from feedbackloop.mailing.smtp import Verdict
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.smtp import Sink

pytestmark = pytest.mark.usefixtures("queued")
MINUTE = timedelta(minutes=1)


def _claim(app: Flask, lease: str, limit: int = 50, ids: list[int] | None = None) -> list[Claimed]:
    with app.app_context(), transactions.transaction():
        now = transactions.now()
        return claims.claim(lease, now, now + MINUTE, limit, ids) or claims.claim_expired(
            lease, now, now + MINUTE, limit
        )


def test_threads_share_the_work_and_none_gets_what_another_has(app: Flask, office: Office, clock: Clock) -> None:
    ids = office.plan(60)
    taken: list[int] = []
    at = clock.now
    ready = threading.Barrier(6)

    def take(name: str) -> None:
        with product_clock.at(at):
            ready.wait(10)
            while mails := _claim(app, name, limit=4):
                taken.extend(mail.id for mail in mails)

    threads = [threading.Thread(target=take, args=(f"lease {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == sorted(ids)


def test_senders_at_once_send_each_mail_once(app: Flask, office: Office, sink: Sink, clock: Clock) -> None:
    ids = office.plan(80)
    at = clock.now

    def send() -> None:
        with product_clock.at(at), app.app_context():
            delivery.drain(ids)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert office.statuses() == {"sent": 80}
    assert len({message.recipients for message in sink.messages}) == len(sink.messages) == 80


def test_oldest_first_and_no_more_than_asked(app: Flask, office: Office, clock: Clock) -> None:
    [later] = office.plan(due_at=clock.now - MINUTE)
    [sooner] = office.plan(start=2, due_at=clock.now - 5 * MINUTE)
    office.plan(start=3, due_at=clock.now)
    assert [mail.id for mail in _claim(app, "a", limit=2)] == [sooner, later]


def test_every_claim_is_one_try_more(app: Flask, office: Office, clock: Clock) -> None:
    office.plan()
    assert [mail.attempts for mail in _claim(app, "a")] == [1]
    clock.advance(2 * MINUTE)
    assert [mail.attempts for mail in _claim(app, "b")] == [2]


def test_a_claim_whose_lease_ended_is_due_again(app: Flask, office: Office, clock: Clock) -> None:
    [mail_id] = office.plan()
    assert _claim(app, "dead")
    assert not _claim(app, "other"), "the lease still holds"
    clock.advance(MINUTE)
    assert [mail.id for mail in _claim(app, "other")] == [mail_id]
    assert office.row(mail_id).lease == "other"


def test_an_old_holder_cannot_overwrite(app: Flask, office: Office, clock: Clock) -> None:
    [mail_id] = office.plan()
    [old] = _claim(app, "old")
    clock.advance(MINUTE)
    [new] = _claim(app, "new")
    with app.app_context():
        settlement.settle("new", [Settlement(new, "sent", sent_at=clock.now)])
        settlement.settle("old", [Settlement(old, "retry", "put_off", due_at=clock.now)])
    assert office.row(mail_id).status == "sent"
    assert len(office.sent) == 1


def test_a_lease_is_renewed_while_a_server_is_slow(
    app: Flask, office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedbackloop.mailing.lease.LENGTH", timedelta(seconds=0.4))
    office.plan()
    with app.app_context(), Lease() as lease:
        lease.claim(10)
        threading.Event().wait(0.8)
        assert lease.is_good()


def test_a_lease_that_cannot_be_renewed_is_not_good(
    app: Flask, office: Office, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object) -> None:
        raise OperationalError("", None, Exception("the database is away"))

    monkeypatch.setattr("feedbackloop.mailing.lease.LENGTH", timedelta(seconds=0.4))
    monkeypatch.setattr(claims, "renew", away)
    office.plan()
    with app.app_context(), Lease() as lease:
        lease.claim(10)
        assert lease.is_good()
        threading.Event().wait(0.6)
        assert not lease.is_good()


def test_a_process_that_is_asked_to_end_gives_its_mails_back(
    app: Flask, office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    monkeypatch.setattr(queue, "stopping", stopping)
    monkeypatch.setattr(delivery, "stopping", stopping)
    monkeypatch.setattr(outgoing, "stopping", stopping)
    office.plan(30)
    real = outgoing.Outgoing.done

    def done(self: outgoing.Outgoing, parcel: outgoing.Parcel, verdict: Verdict) -> None:
        real(self, parcel, verdict)
        if self.answered == 7:
            stopping.set()

    with monkeypatch.context() as patch:
        patch.setattr(outgoing.Outgoing, "done", done)
        office.drain()
    sent = len(sink.messages)
    assert 7 <= sent < 30, "what was handed over is answered, nothing more is begun"
    assert office.statuses() == {"sent": sent, "queued": 30 - sent}
    stopping.clear()
    office.drain()
    assert office.statuses() == {"sent": 30}
    assert len(sink.messages) == 30


def test_a_mail_whose_consequences_fail_is_not_sent_again(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(event: MailsSent) -> None:
        if 2 in event.subject_ids:
            raise LookupError("a station's mistake")
        office.sent.append(event)

    monkeypatch.setitem(events._follows, MailsSent, (fail,))
    first, second, third = office.plan(3)
    office.drain()
    assert office.row(second).status == "parked"
    assert office.row(second).reason == "follow_up:sent:LookupError"
    assert {office.row(first).status, office.row(third).status} == {"sent"}
    clock.advance(timedelta(hours=1))
    assert office.drain() == 0
    assert len(sink.messages) == 3
