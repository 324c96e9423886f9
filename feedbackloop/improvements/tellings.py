"""Told-you-so: whoever is behind an improvement hears what was done with it, once for each milestone, personally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.improvements import rules, telling_queries
from feedbackloop.improvements.events import MilestoneReached
from feedbackloop.improvements.models import Telling
from feedbackloop.improvements.rules import Complainant
from feedbackloop.improvements.telling_queries import KIND
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people.events import PeopleErased

PURPOSE = "news"


@dataclass(frozen=True)
class Forecast:
    """Who would hear of a milestone now: so many people get a mail; so many do not, by reason."""

    mailed: int
    not_mailed: dict[str, int]


def plan(event: MilestoneReached) -> None:
    """Plans one telling for everybody behind these improvements who was not told yet, or keeps why there is none."""
    for improvement_id in event.improvement_ids:
        people = _not_told(improvement_id, event.milestone)
        if people:
            telling_queries.lock_people([one.customer_id for one in people])
            # Read again: whoever held these people before may have told them.
            _tell(improvement_id, event.milestone, _not_told(improvement_id, event.milestone))


def forecast(improvement_id: int, milestone: str) -> Forecast:
    """Who would be mailed if this milestone were reached now."""
    reasons = Counter(rules.may_tell(one).reason for one in _not_told(improvement_id, milestone))
    return Forecast(reasons[None], {reason: people for reason, people in reasons.items() if reason})


def take_back(improvement_id: int, reason: str, complaint_ids: Collection[int] | None = None) -> None:
    """Cancels what was not sent yet (of these complaints, or all of it), and mails that have nothing left to say."""
    taken = telling_queries.unsent(improvement_id, complaint_ids)
    for telling in taken:
        telling.status, telling.reason = "cancelled", reason
    _record(((one.id, one.complaint_id) for one in taken), "cancelled", "scheduled", "cancelled", reason)
    mail_ids = {one.mail_id for one in taken if one.mail_id is not None}
    empty = telling_queries.empty_mails(mail_ids)
    if empty:
        mailing.cancel_unsent(KIND, empty, reason)


def mails_sent(event: MailsSent) -> None:
    """All that these mails carried is told."""
    if event.kind != KIND:
        return
    changed = {"status": "sent", "reason": None, "sent_at": clock.now()}
    rows = telling_queries.settle(event.mail_ids, ("scheduled",), changed)
    _record(((row.id, row.complaint_id) for row in rows), "sent", "scheduled", "sent")


def mails_ended(event: MailsEnded) -> None:
    """None of what these mails carried will be told; a bounce may come after it was sent."""
    if event.kind != KIND:
        return
    before = ("scheduled", "sent") if event.status == "bounced" else ("scheduled",)
    rows = telling_queries.settle(event.mail_ids, before, {"status": event.status, "reason": event.reason})
    _record(((row.id, row.complaint_id) for row in rows), event.status, None, event.status, event.reason)


def erase(event: PeopleErased) -> None:
    """Nobody who was erased is told anything; their words go, and what they answered stays as a number."""
    telling_queries.forget_words(event.ids)
    rows = telling_queries.cancel_of(event.ids, "erased")
    _record(((row.id, row.complaint_id) for row in rows), "cancelled", "scheduled", "cancelled", "erased")
    empty = telling_queries.empty_mails({row.mail_id for row in rows if row.mail_id is not None})
    if empty:
        mailing.cancel_unsent(KIND, empty, "erased")


def record_answer(telling_id: int, helps: str, comment: str | None) -> None:
    """Keeps whether it helps, `yes` or `no`, with their own words; a later answer takes the place of an earlier one."""
    telling = telling_queries.lock(telling_id)
    if telling is None or (telling.helps, telling.comment) == (helps, comment):
        return
    before = telling.helps
    telling.helps, telling.comment, telling.answered_at = helps, comment, clock.now()
    telling.looked_at = None
    what = "answered" if helps != before else "reworded"
    _record_one(f"customer:{telling.customer_id}", telling, what, before, helps)


def look_at(telling_id: int, actor: str) -> bool:
    """Quality looked at what somebody said of it; False where there is no such answer. Twice is once."""
    telling = telling_queries.lock(telling_id)
    if telling is None or telling.helps is None:
        return False
    if telling.looked_at is None:
        telling.looked_at = clock.now()
        _record_one(actor, telling, "looked_at", telling.helps, telling.helps)
    return True


def _record_one(actor: str, telling: Telling, what: str, before: str | None, after: str) -> None:
    history.record(Change(actor, "telling", telling.id, what, telling.complaint_id, before, after))


def _not_told(improvement_id: int, milestone: str) -> list[Complainant]:
    news = [one for one in telling_queries.complainants(improvement_id) if rules.is_news(one, milestone)]
    why = optouts.reasons([one.address for one in news if one.address], PURPOSE, clock.now())
    return [replace(one, suppressed=why.get(one.address or "")) for one in news]


def _tell(improvement_id: int, milestone: str, people: Sequence[Complainant]) -> None:
    decisions = {one.customer_id: rules.may_tell(one) for one in people}
    known = {one.customer_id: one.complaint_id for one in people if milestone in one.told}
    revived = telling_queries.revive(improvement_id, milestone, {k: v for k, v in known.items() if decisions[k]})
    now = clock.now()
    rows = [
        {
            "improvement_id": improvement_id,
            "customer_id": one.customer_id,
            "complaint_id": one.complaint_id,
            "milestone": milestone,
            "status": "scheduled" if decisions[one.customer_id] else "suppressed",
            "reason": decisions[one.customer_id].reason,
            "created_at": now,
        }
        for one in people
        if one.customer_id not in known
    ]
    new = telling_queries.insert_tellings(rows)
    complaints = {one.customer_id: one.complaint_id for one in people}
    for reason in {decisions[k].reason for k in new}:
        about = [(new[k], complaints[k]) for k in new if decisions[k].reason == reason]
        what, state = ("suppressed", "suppressed") if reason else ("planned", "scheduled")
        _record(about, what, None, state, reason)
    _record(((revived[k], complaints[k]) for k in revived), "planned", "cancelled", "scheduled")
    _mail({**{k: v for k, v in new.items() if decisions[k]}, **revived})


def _mail(telling_by_customer: dict[int, int]) -> None:
    """Puts each telling into the mail that its person is still to get, or into a new one."""
    joined = telling_queries.joinable_mails(telling_by_customer)
    alone = {customer: telling for customer, telling in telling_by_customer.items() if customer not in joined}
    cycles = telling_queries.next_cycles(alone.values())
    due_at = clock.now() + settings().news_batch
    # The complaint is not named: such a mail may tell of several, and belongs to the person alone.
    mailing.plan_mails(
        [
            mailing.NewMail(KIND, telling, due_at, cycles.get(telling, 1), customer_id=customer)
            for customer, telling in alone.items()
        ]
    )
    own = telling_queries.mails_of(alone.values())
    carried = {telling_by_customer[customer]: mail for customer, mail in joined.items()}
    telling_queries.put_into({**carried, **own})


def _record(
    about: Iterable[tuple[int, int]], what: str, before: str | None, after: str, reason: str | None = None
) -> None:
    history.record_many(
        Change("system", "telling", telling_id, what, complaint_id, before, after, reason)
        for telling_id, complaint_id in about
    )
