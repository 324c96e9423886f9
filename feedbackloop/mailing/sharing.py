"""Several mails to one person: what comes up together goes as one, and what comes too soon after it waits.

Decided when a mail comes up, under a lock for each person, so that two senders never both write to one. Who goes along
is written down before anything is sent: a second try says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feedbackloop.config import settings
from feedbackloop.core import db
from feedbackloop.mailing import ending, rules, service, sharing_queries
from feedbackloop.mailing.kinds import Known, MailKind
from feedbackloop.mailing.queries import Claimed
from feedbackloop.mailing.rules import Neighbour
from feedbackloop.mailing.settlement import Settlement, given_back

# Who is asked today about one complaint is asked about those of tomorrow as well: the cap would stop them.
AHEAD = timedelta(days=1)
# What another sender has in hand is known soon.
_LOOK_AGAIN = timedelta(minutes=1)


@dataclass
class Gathered:
    """The mails that go, those that do not go now, and what goes along, by the id of the row that leads."""

    mails: list[Claimed] = field(default_factory=list)
    ended: list[Settlement] = field(default_factory=list)
    riders: dict[int, list[Claimed]] = field(default_factory=dict)


def gather(kind: MailKind, mails: Sequence[Claimed], known: Known, now: datetime) -> Gathered:
    """Decides about mails that may go by themselves. One statement says whether there is anything to decide."""
    cap = kind.sharing.cap() if kind.sharing else None
    firsts = {mail.customer_id for mail in mails if mail.cycle == 1 and mail.customer_id is not None}
    people: list[int] = []
    since = None
    if kind.sharing is not None and cap is not None:
        since = now - cap if kind.sharing.capped else None
        people = sharing_queries.crowded(kind.name, sorted(firsts), since)
    found = Gathered(list(mails))
    if people:
        with db.transaction():
            found = _Table(kind, known, now, cap).decide(mails, people, since)
    leaders = [mail.id for mail in found.mails if mail.leads]
    if leaders:
        found.riders = sharing_queries.along(leaders)
    return found


def leave(ended: Sequence[Settlement]) -> None:
    """These rows go in no mail any more; the loop is told. In the open transaction."""
    for one in ended:
        rows = sharing_queries.end([one.mail.id], status=one.status, reason=one.reason)
        if one.status in rules.FINAL:
            ending.emit_ended([(row.kind, row.id, row.subject_id, one.status, one.reason or "") for row in rows])


class _Table:
    """The mails of people who have several, as one sender sees them under the lock."""

    def __init__(self, kind: MailKind, known: Known, now: datetime, cap: timedelta | None) -> None:
        self._kind = kind
        self._known = known
        self._now = now
        self._cap = cap
        self._found = Gathered()

    def decide(self, mails: Sequence[Claimed], people: Sequence[int], since: datetime | None) -> Gathered:
        sharing_queries.lock(people)
        neighbours = sharing_queries.neighbours(self._kind.name, people, since)
        of_person: dict[int, list[Claimed]] = {}
        for mail in mails:
            if mail.cycle == 1 and mail.customer_id in neighbours:
                of_person.setdefault(int(mail.customer_id or 0), []).append(mail)
            else:
                self._found.mails.append(mail)
        for person in sorted(of_person):
            self._decide(of_person[person], neighbours[person])
        return self._found

    def _decide(self, ours: list[Claimed], all_of_person: Sequence[Neighbour]) -> None:
        mine = {mail.id for mail in ours}
        others = [one for one in all_of_person if one.id not in mine]
        # These were made already: they go again as they were.
        going = [mail for mail in ours if mail.leads or mail.unclear]
        fresh = [mail for mail in ours if mail not in going]
        self._found.mails += going
        asked = max((at for one in others if (at := rules.asked_at(one)) is not None), default=None)
        busy = [one for one in others if rules.is_under_way(one)]
        if asked is not None and self._kind.sharing is not None and self._kind.sharing.capped:
            self._found.ended += [self._after_the_cap(mail, asked) for mail in fresh]
        elif going or busy:
            # The oldest comes first, and by itself: two senders that hold one each do not wait for each other again.
            oldest = min(one.id for one in all_of_person)
            self._found.ended += [self._look_again(mail, busy, 1 if mail.id == oldest else 3) for mail in fresh]
        elif fresh:
            self._as_one(fresh, others)

    def _as_one(self, fresh: list[Claimed], others: Sequence[Neighbour]) -> None:
        leader, *rest = sorted(fresh, key=lambda mail: (mail.due_at, mail.id))
        room = (self._kind.sharing.most if self._kind.sharing else 1) - 1
        ours = [mail.id for mail in rest[:room]]
        until = self._now + AHEAD
        theirs = [one.id for one in others if rules.may_ride(one, until)][: room - len(ours)]
        joined = sharing_queries.join(leader.id, ours, theirs) if ours or theirs else []
        self._found.mails.append(replace(leader, shared_with=leader.id) if joined else leader)
        self._found.ended += [self._look_again(mail, (), 1) for mail in rest if mail.id not in joined]

    def _after_the_cap(self, mail: Claimed, asked: datetime) -> Settlement:
        """It waits for the end of the cap; where it would make no sense by then it ends at once, with the reason."""
        opens = service.first_moment(asked + (self._cap or timedelta(0)))
        ends = [self._kind.sharing.last_moment(self._known.get(mail.subject_id)) if self._kind.sharing else None]
        if any(end is not None and end <= opens for end in (mail.expires_at, *ends)):
            return Settlement(mail, "suppressed", rules.ASKED_RECENTLY, counted=False)
        return given_back(mail, opens, rules.ASKED_RECENTLY)

    def _look_again(self, mail: Claimed, busy: Sequence[Neighbour], waits: int) -> Settlement:
        latest = max([self._now, *(one.due_at for one in busy)])
        return given_back(mail, latest + waits * settings().scaled(_LOOK_AGAIN), rules.ASKED_RECENTLY)


def together(found: Gathered, gone: Mapping[int, Settlement]) -> list[Claimed]:
    """The mails that go, each with the subjects of what still goes along."""
    return [
        replace(mail, along=tuple(one.subject_id for one in found.riders[mail.id] if one.id not in gone))
        if mail.id in found.riders
        else mail
        for mail in found.mails
    ]
