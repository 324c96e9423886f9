"""Mails are decided on and made a few at a time, so that replies are read in between: none is lost there."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from flask import Flask

from feedbackloop.core import queue
from feedbackloop.mailing import delivery, outgoing
from feedbackloop.mailing.journal import Journal
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.smtp import Verdict
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.smtp import Sink

PIECES = outgoing.Pieces(decided=4, made=3)


@pytest.fixture(autouse=True)
def _few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "_NEAR", PIECES)
    monkeypatch.setattr(outgoing, "_LEFT", 1)


def test_every_mail_goes_once(office: Office, sink: Sink, clock: Clock) -> None:
    office.plan(23)
    office.refused[5] = "answered"
    office.things[9] = "half a character: \ud800"
    office.drain()
    assert office.statuses() == {"sent": 21, "cancelled": 1, "parked": 1}
    assert len({mail.recipients[0] for mail in sink.messages}) == len(sink.messages) == 21


def test_who_is_stopped_between_two_pieces_gives_back_what_was_claimed(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    for module in (queue, delivery, outgoing):
        monkeypatch.setattr(module, "stopping", stopping)
    office.plan(30)
    real = outgoing.Outgoing.done

    def done(self: outgoing.Outgoing, parcel: outgoing.Parcel, verdict: Verdict) -> None:
        real(self, parcel, verdict)
        stopping.set()

    monkeypatch.setattr(outgoing.Outgoing, "done", done)
    office.drain()
    sent = len(sink.messages)
    assert 1 <= sent <= PIECES.decided * 3
    assert office.statuses() == {"sent": sent, "queued": 30 - sent}


def test_what_was_claimed_long_ago_is_given_back_undecided(app: Flask, office: Office, clock: Clock) -> None:
    ids = office.plan(3)
    with app.app_context(), Lease() as lease, Journal(lease.token) as journal:
        held = outgoing.Outgoing(lease)
        held.journal = journal
        held._claimed.append((lease.claim(10), time.monotonic() - 20))
        held.fill()
        held.settle()
        assert held.ready == 0
    assert office.statuses() == {"queued": 3}
    assert [office.row(one).attempts for one in ids] == [0, 0, 0]


def test_the_mails_of_one_person_are_decided_on_together(app: Flask, office: Office, clock: Clock) -> None:
    person = office.customer("one@example.org")
    first = office.plan(customer_id=person)
    office.plan(9, start=2)
    last = office.plan(start=11, customer_id=person)
    with app.app_context(), Lease() as lease:
        parts = outgoing._parts(lease.claim(20), PIECES.decided)
    assert sum(map(len, parts)) == 11
    assert max(map(len, parts)) == PIECES.decided
    assert {*first, *last} <= {mail.id for mail in parts[0]}


def test_a_mail_that_may_have_ended_a_sender_is_decided_on_alone(app: Flask, office: Office, clock: Clock) -> None:
    ids = office.plan(4)
    office.change(ids[1], reason="sender_died", attempts=1, status="retry")
    clock.advance(timedelta(seconds=1))
    with app.app_context(), Lease() as lease:
        parts = outgoing._parts(lease.claim(20), PIECES.decided)
    assert sorted([mail.id for mail in part] for part in parts) == sorted([[ids[0], *ids[2:]], [ids[1]]])
