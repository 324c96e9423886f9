"""The mails of one sender on their way: claimed, made, handed out one by one, and written down in groups."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import OperationalError

from feedbackloop.core import db
from feedbackloop.core.queue import stopping
from feedbackloop.mailing import caps, claims, queries, rules, settlement, takeover
from feedbackloop.mailing.incoming.verp import envelope_sender
from feedbackloop.mailing.journal import Journal
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.preparation import Ready, prepare
from feedbackloop.mailing.queries import Claimed
from feedbackloop.mailing.settlement import Settlement
from feedbackloop.mailing.smtp import ACCEPTED, Verdict

log = logging.getLogger(__name__)

# A claim grows while the server is quick and shrinks while it is slow: what is claimed was decided and must go soon.
_SMALLEST, _LARGEST = 50, 500
_QUICK_S, _SLOW_S = 1.0, 5.0
# What was sent and not written down yet is what is sent twice when a whole machine is lost.
_GROUP = 100
_GROUP_S = 0.25
# What was decided longer ago is decided again: the complaint may have been reopened meanwhile.
_DECISION_LASTS_S = 15.0
_DATABASE_WAIT_S = 0.5


@dataclass(slots=True)
class Parcel:
    """One message as the connections take it, and when it was decided that it may go."""

    ready: Ready
    sender: str
    address: str
    content: bytes
    decided: float


class Outgoing:
    """What one drain has in hand. `broken`: the journal cannot be written, so nothing more may be sent."""

    journal: Journal

    def __init__(self, lease: Lease, ids: Sequence[int] = (), *, one_only: bool = False) -> None:
        self.taken = 0
        self.answered = 0
        self.exhausted = False
        self.broken = False
        self._lease = lease
        self._one_only = one_only
        self._named = deque(queries.chunks(list(ids), _LARGEST))
        self._queue: deque[Parcel] = deque()
        self._found: list[Settlement] = []
        self._since = 0.0
        self._limit = 1 if one_only else _SMALLEST
        self._filled = 0.0

    @property
    def ready(self) -> int:
        return len(self._queue)

    def fill(self) -> None:
        """Claims and makes more mails once those in hand run out."""
        if self.exhausted or len(self._queue) > self._limit // 8:
            return
        if self._one_only and self.taken:
            self.exhausted = True
            return
        self._adapt()
        mails = self._claim()
        if not mails:
            return
        self.taken += len(mails)
        alone = [mail for mail in mails if mail.reason == rules.SENDER_DIED and mail.attempts > 1]
        others = [mail for mail in mails if mail not in alone] if alone else mails
        for group in ([others] if others else []) + [[mail] for mail in alone]:
            self._make(group)

    def next(self) -> Parcel | None:
        """The next message that may go; None where there is none now."""
        while self._queue:
            if not self._lease.is_good():
                log.warning("lease_lost", extra={"mails": [one.ready.mail.id for one in self._queue]})
                self._queue.clear()
            elif stopping.is_set() or self.broken:
                return None
            elif time.monotonic() - self._queue[0].decided > _DECISION_LASTS_S:
                self._note(settlement.given_back(self._queue.popleft().ready.mail))
            else:
                return self._queue.popleft()
        return None

    def put_back(self, parcel: Parcel) -> None:
        """This one was taken and not tried."""
        self._queue.appendleft(parcel)

    def done(self, parcel: Parcel, verdict: Verdict) -> None:
        """What the server said of it. Its acceptance is kept before anything else is read."""
        mail = parcel.ready.mail
        self.answered += 1
        if verdict.outcome == ACCEPTED:
            try:
                self.journal.accepted(mail.id, verdict.reply)
            except OSError as problem:
                log.error("journal_not_written", extra={"kind": type(problem).__name__})
                self.broken = True
        self._note(settlement.of_verdict(mail, verdict, parcel.ready.address))

    def give_back(self) -> None:
        """Everything that waits to be handed over goes back as it was."""
        while self._queue:
            self._note(settlement.given_back(self._queue.popleft().ready.mail))

    def settle_in_time(self) -> None:
        """Writes down what is known, where that is a group or waits too long."""
        if self._found and (
            len(self._found) >= _GROUP or time.monotonic() - self._since > _GROUP_S or self.broken or not self._queue
        ):
            self.settle()

    def settle(self) -> None:
        """Writes down what is known. While the database is away it is tried again for as long as the rows are ours."""
        while self._found:
            try:
                settlement.settle(self._lease.token, self._found)
            except OperationalError:
                if not self._lease.is_good() or stopping.is_set():
                    raise
                time.sleep(_DATABASE_WAIT_S)
            else:
                self._lease.let_go(one.mail.id for one in self._found)
                self._found = []
                self.journal.forget()

    def _note(self, one: Settlement) -> None:
        if not self._found:
            self._since = time.monotonic()
        self._found.append(one)

    def _adapt(self) -> None:
        now = time.monotonic()
        if self._filled and not self._one_only:
            took = now - self._filled
            if took < _QUICK_S:
                self._limit = min(self._limit * 2, _LARGEST)
            elif took > _SLOW_S:
                self._limit = max(self._limit // 2, _SMALLEST)
        self._filled = now

    def _claim(self) -> list[Claimed]:
        if self._named:
            return self._lease.claim(self._limit, self._named.popleft())
        mails = self._lease.claim(self._limit)
        if not mails and self._silent_senders():
            mails = self._lease.claim_expired(self._limit)
        self.exhausted = not mails
        return mails

    def _silent_senders(self) -> bool:
        now = db.now()
        if not claims.any_expired(now):
            return False
        takeover.before_expired_claims(now)
        return True

    def _make(self, mails: Sequence[Claimed]) -> None:
        self.journal.making([mail.id for mail in mails])
        decided = time.monotonic()
        ready, ended = prepare(mails)
        self.journal.making(())
        for settled in ended:
            self._note(settled)
        for one, put_off_to in zip(ready, self._admit(ready), strict=True):
            if put_off_to is None:
                self._queue.append(Parcel(one, envelope_sender(one.mail.id), one.address, one.content, decided))
            else:
                self._note(settlement.given_back(one.mail, put_off_to, rules.RATE_CAP))

    def _admit(self, ready: Sequence[Ready]) -> list[datetime | None]:
        if not caps.are_set():
            return [None] * len(ready)
        with db.transaction():
            return caps.admit([one.address.rpartition("@")[2] for one in ready], db.now())
