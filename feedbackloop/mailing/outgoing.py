"""The mails of one sender on their way: claimed, made, handed out one by one, and written down in groups."""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import OperationalError

from feedbackloop.config import settings
from feedbackloop.core import db
from feedbackloop.core.queue import stopping
from feedbackloop.mailing import caps, claims, queries, rules, settlement, takeover
from feedbackloop.mailing.incoming.verp import envelope_sender
from feedbackloop.mailing.journal import Journal
from feedbackloop.mailing.lease import Lease
from feedbackloop.mailing.preparation import Going, Ready, decide, make
from feedbackloop.mailing.queries import Claimed
from feedbackloop.mailing.settlement import Settlement
from feedbackloop.mailing.smtp import ACCEPTED, Verdict

log = logging.getLogger(__name__)

# A claim grows while the server is quick and shrinks while it is slow: what is claimed was decided and must go soon.
_SMALLEST, _LARGEST = 50, 500
_QUICK_S, _SLOW_S = 1.0, 5.0
# So few messages are left when the next are made.
_LEFT = 50
# What was sent and not written down yet is what is sent twice when a whole machine is lost.
_GROUP = 100
_GROUP_S = 0.25
# What was decided longer ago is decided again: the complaint may have been reopened meanwhile.
_DECISION_LASTS_S = 15.0
_DATABASE_WAIT_S = 0.5


class Pieces(NamedTuple):
    """How many mails are decided on at once, and how many of them made, before replies are read again."""

    decided: int
    made: int


# As many as are claimed: what is done in one go costs least. But who has many connections has them for a server that is
# far away, and while we work none of them is given its next message.
_NEAR, _FAR = Pieces(_LARGEST, _LARGEST), Pieces(125, 20)
_MANY_CONNECTIONS = 8


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
        self.broken = False
        self._lease = lease
        self._one_only = one_only
        self._pieces = _FAR if settings().smtp_connections > _MANY_CONNECTIONS else _NEAR
        self._named = deque(queries.chunks(list(ids), _LARGEST))
        self._nothing_due = False
        # A mail's way: claimed, in parts and with the time of the claim; decided on; made.
        self._claimed: deque[tuple[list[Claimed], float]] = deque()
        self._going: deque[Going] = deque()
        self._decided = 0.0
        self._queue: deque[Parcel] = deque()
        self._found: list[Settlement] = []
        self._since = 0.0
        self._limit = 1 if one_only else _SMALLEST
        self._filled = 0.0

    @property
    def ready(self) -> int:
        """How many messages may be handed over now."""
        return len(self._queue)

    @property
    def exhausted(self) -> bool:
        """Whether nothing is due that is not in `ready` already."""
        return self._nothing_due and not (self._claimed or self._going)

    def fill(self) -> None:
        """Does one piece of what comes before handing over, where few messages are ready: makes, decides or claims."""
        if len(self._queue) > _LEFT:
            return
        if self._going:
            self._make()
        elif self._claimed:
            self._decide(*self._claimed.popleft())
        elif self._one_only and self.taken:
            self._nothing_due = True
        elif not self._nothing_due:
            self._adapt()
            mails = self._claim()
            self.taken += len(mails)
            now = time.monotonic()
            self._claimed.extend((part, now) for part in _parts(mails, self._pieces.decided))

    def next(self) -> Parcel | None:
        """The next message that may go; None where there is none now."""
        while self._queue:
            if not self._lease.is_good():
                log.warning("lease_lost", extra={"mails": [mail.id for mail in self._in_hand()]})
                self._drop()
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
        for mail in self._in_hand():
            self._note(settlement.given_back(mail))
        self._drop()

    def settle_in_time(self) -> None:
        """Writes down what is known, where that is a group or waits too long."""
        if self._found and (
            len(self._found) >= _GROUP
            or time.monotonic() - self._since > _GROUP_S
            or self.broken
            or not (self._queue or self._going or self._claimed)
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
        self._nothing_due = not mails
        return mails

    def _silent_senders(self) -> bool:
        now = db.now()
        if not claims.any_expired(now):
            return False
        takeover.before_expired_claims(now)
        return True

    def _decide(self, mails: Sequence[Claimed], claimed: float) -> None:
        now = time.monotonic()
        if now - claimed > _DECISION_LASTS_S:
            for mail in mails:
                self._note(settlement.given_back(mail))
            return
        self.journal.making([mail.id for mail in mails])
        going, ended = decide(mails)
        self.journal.making(())
        self._going.extend(going)
        self._decided = now
        for settled in ended:
            self._note(settled)

    def _make(self) -> None:
        going = [self._going.popleft() for _ in range(min(self._pieces.made, len(self._going)))]
        self.journal.making([one.mail.id for one in going])
        ready, ended = make(going)
        self.journal.making(())
        for settled in ended:
            self._note(settled)
        for one, put_off_to in zip(ready, self._admit(ready), strict=True):
            if put_off_to is None:
                self._queue.append(Parcel(one, envelope_sender(one.mail.id), one.address, one.content, self._decided))
            else:
                self._note(settlement.given_back(one.mail, put_off_to, rules.RATE_CAP))

    def _in_hand(self) -> list[Claimed]:
        """The mails that are ours and not handed over."""
        claimed = [mail for part, _ in self._claimed for mail in part]
        return [*(one.ready.mail for one in self._queue), *(one.mail for one in self._going), *claimed]

    def _drop(self) -> None:
        self._queue.clear()
        self._going.clear()
        self._claimed.clear()

    def _admit(self, ready: Sequence[Ready]) -> list[datetime | None]:
        if not caps.are_set():
            return [None] * len(ready)
        with db.transaction():
            return caps.admit([one.address.rpartition("@")[2] for one in ready], db.now())


def _parts(mails: Sequence[Claimed], size: int) -> list[list[Claimed]]:
    """What is decided on at once: the mails of one person together, and each that may have ended a sender by itself."""
    alone: list[list[Claimed]] = []
    of_person: dict[int, list[Claimed]] = defaultdict(list)
    for mail in mails:
        if mail.reason == rules.SENDER_DIED and mail.attempts > 1:
            alone.append([mail])
        else:
            of_person[mail.customer_id or -mail.id].append(mail)
    parts: list[list[Claimed]] = [[]]
    for theirs in of_person.values():
        if len(parts[-1]) + len(theirs) > size:
            parts.append([])
        parts[-1] += theirs
    return [part for part in parts if part] + alone
