"""What a sender that was killed had delivered is not sent again; what it had not begun goes at once."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from feedbackloop.core import db as transactions
from feedbackloop.mailing import claims, control, delivery, journal, outgoing, preparation, rules, takeover
from feedbackloop.mailing.journal import Journal
from feedbackloop.mailing.queries import Claimed
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.smtp import Sink

pytestmark = pytest.mark.usefixtures("queued")
MINUTE = timedelta(minutes=1)
LEASE = "00000000-0000-4000-8000-000000000001"


def _claim(office: Office, lease: str = LEASE) -> list[Claimed]:
    with office.app.app_context(), transactions.transaction():
        now = transactions.now()
        return claims.claim(lease, now, now + MINUTE, 100)


def _dies_after(office: Office, accepted: list[int], making: list[int], lease: str = LEASE) -> None:
    """A sender's journal, as it lies there after a kill."""
    with office.app.app_context():
        kept = Journal(lease)
        kept.making(making)
        for mail_id in accepted:
            kept.accepted(mail_id, "250 2.0.0 taken")
        kept.close(keep=True)


def _files(office: Office) -> int:
    with office.app.app_context():
        return len(journal.read_all())


def test_what_was_accepted_is_not_sent_again_and_the_rest_goes_at_once(
    office: Office, sink: Sink, clock: Clock
) -> None:
    first, second, third = office.plan(3)
    _claim(office)
    _dies_after(office, [first, second], [])
    assert office.drain() == 1, "only the one that was not accepted; long before the lease ends"
    assert office.statuses() == {"sent": 3}
    assert [message.recipients for message in sink.messages] == [("person3@example.org",)]
    assert office.row(first).smtp_reply == "250 2.0.0 taken"
    assert office.row(third).attempts == 1, "what was never begun counts no try"
    assert sorted(one for event in office.sent for one in event.mail_ids) == [first, second, third]
    assert _files(office) == 0


def test_a_line_that_was_not_written_in_full_says_nothing(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    _claim(office)
    _dies_after(office, [], [])
    with office.app.app_context():
        [found] = journal.read_all()
        with found.path.open("a", encoding="utf-8") as file:
            file.write(f"taken {mail_id} 250 2.0.0 ta")
    office.drain()
    assert len(sink.messages) == 1


def test_a_living_sender_keeps_what_it_holds(office: Office, sink: Sink, clock: Clock) -> None:
    [mail_id] = office.plan()
    _claim(office)
    with office.app.app_context(), Journal(LEASE) as living:
        living.accepted(mail_id, "250 taken")
        takeover.after_the_dead()
        assert office.drain() == 0
        assert office.row(mail_id).status == "claimed"
        assert _files(office) == 1
    assert not sink.messages
    assert _files(office) == 0, "a sender that ends in order leaves no file"


def test_a_living_sender_that_could_not_write_it_down_is_believed(office: Office, sink: Sink, clock: Clock) -> None:
    """Its lease ended while the database was away; it knows what was accepted, and whoever takes over asks it."""
    accepted, other = office.plan(2)
    _claim(office)
    clock.advance(2 * MINUTE)
    with office.app.app_context(), Journal(LEASE) as living:
        living.accepted(accepted, "250 taken")
        office.drain()
    assert office.statuses() == {"sent": 2}
    assert [message.recipients for message in sink.messages] == [("person2@example.org",)]
    assert office.row(other).attempts == 2


def test_somebody_elses_lease_is_not_touched_by_an_old_journal(office: Office, clock: Clock) -> None:
    [mail_id] = office.plan()
    _claim(office)
    _dies_after(office, [mail_id], [])
    clock.advance(2 * MINUTE)
    with office.app.app_context(), transactions.transaction():
        now = transactions.now()
        assert claims.claim_expired("another", now, now + MINUTE, 10)
    with office.app.app_context():
        takeover.after_the_dead()
    assert (office.row(mail_id).status, office.row(mail_id).lease) == ("claimed", "another")


def test_a_mail_that_kills_whoever_makes_it_waits_for_a_person(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = office.plan(3)
    poison = ids[1]
    real = preparation.prepare

    class Killed(BaseException):
        pass

    def prepare(mails: list[Claimed]) -> object:
        if any(mail.id == poison for mail in mails):
            raise Killed
        return real(mails)

    monkeypatch.setattr(outgoing, "prepare", prepare)
    for _death in range(3):
        with pytest.raises(Killed):
            office.drain()
    office.drain()
    assert office.statuses() == {"sent": 2, "parked": 1}
    row = office.row(poison)
    assert (row.status, row.reason, row.attempts) == ("parked", rules.SENDER_DIED, rules.POISON_TRIES)
    assert len(sink.messages) == 2


def test_a_journal_that_cannot_be_written_ends_the_sending(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.plan(30)
    real = os.write

    def full(handle: int, data: bytes) -> int:
        if data.startswith(b"taken"):
            raise OSError(28, "No space left on device")
        return real(handle, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        office.drain()
    assert 1 <= len(sink.messages) <= 8, "one a connection, and no more"
    assert office.statuses() == {"sent": len(sink.messages), "queued": 30 - len(sink.messages)}


def test_a_stop_by_staff_holds_while_mails_are_on_their_way(
    office: Office, sink: Sink, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_LOOK_EVERY_S", 0.0)
    office.plan(60)
    real = outgoing.Outgoing.done

    def done(self: outgoing.Outgoing, parcel: outgoing.Parcel, verdict: object) -> None:
        real(self, parcel, verdict)  # type: ignore[arg-type]
        if self.answered == 5:
            with transactions.transaction():
                control.stop("staff:1", "something is wrong with the text")

    monkeypatch.setattr(outgoing.Outgoing, "done", done)
    office.drain()
    assert 5 <= len(sink.messages) < 60
    assert office.statuses() == {"sent": len(sink.messages), "queued": 60 - len(sink.messages)}
    assert office.drain() == 0
