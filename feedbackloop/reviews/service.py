"""What the loop does to invitations: plan, cancel, settle, erase. What a person does with one is in `writing`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from feedbackloop.checkins.events import AnsweredSatisfied, CheckInsExpired
from feedbackloop.complaints.events import ComplaintsReopened, ConfirmationsTakenBack
from feedbackloop.config import settings
from feedbackloop.core import clock, events, history
from feedbackloop.core.errors import Conflict
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people import queries as people
from feedbackloop.people.events import PeopleErased
from feedbackloop.people.models import Customer
from feedbackloop.recovery.events import CasesClosed
from feedbackloop.reviews import closings, outside, queries, rules, writing
from feedbackloop.reviews.closings import Closing
from feedbackloop.reviews.events import InvitationsSent
from feedbackloop.reviews.models import Destination, Invitation

MAIL = "review_invitation"
LIMIT_BATCH = 500
# Who is past the limit for longer than this is not asked any more: a setting that is changed today must not mail
# everybody of years ago.
LATE = timedelta(days=14)


def plan(event: AnsweredSatisfied) -> None:
    """Plans one invitation per complaint and cycle for who said 'yes', or keeps the reason why there is none."""
    _plan(closings.by_yes(event.check_in_ids))


def plan_after_outcome(event: CasesClosed) -> None:
    """Where everybody is asked: the same, at the same point, for whose recovery case came to its end."""
    _plan(closings.by_outcome(event.case_ids))


def plan_after_expiry(event: CheckInsExpired) -> None:
    """Where everybody is asked: the same for who never answered."""
    _plan(closings.by_expiry(event.check_in_ids, clock.now()))


def plan_overdue(after: int = 0, limit: int = LIMIT_BATCH) -> int | None:
    """Where everybody is asked: the same for those whose case was not closed within FEEDBACKLOOP_REVIEW_LIMIT of the
    question. The last complaint that was looked at, for `after` of the next call; None when that were all."""
    if not any(one.audience == "everyone" for one in queries.destinations() if one.active):
        return None
    now, wait = clock.now(), settings().scaled(settings().review_limit)
    found = closings.by_limit(now - wait - settings().scaled(LATE), now - wait, now, after, limit)
    _plan(found)
    return found[-1].complaint_id if len(found) == limit else None


def _plan(closed: Sequence[Closing]) -> None:
    if not closed:
        return
    queries.insert_own(clock.now())
    ids = [one.customer_id for one in closed if one.customer_id is not None]
    customers, asked = people.by_ids(ids), queries.asked(ids)
    listed = optouts.reasons([one.email for one in customers.values() if one.email], "review", clock.now())
    known = queries.invitations_of([one.complaint_id for one in closed])
    all_places = queries.destinations()
    for one in closed:
        customer = customers.get(one.customer_id or 0)
        audience, places = _offer(customer, all_places)
        if one.occasion != "confirmed" and audience == "satisfied":
            continue  # nobody asks this person: the setting says so, and the fairness report counts it
        if customer is None:
            history.record(
                Change("system", "complaint", one.complaint_id, "not_invited", one.complaint_id, reason="no_address")
            )
            continue
        before = asked.get(customer.id, queries.Asked(None, frozenset()))
        reason = _reason_against(customer, before, listed.get(customer.email or ""), one.complaint_id, bool(places))
        _place(one, customer.id, audience, known.get((one.complaint_id, one.cycle)), reason)
        if reason is None:
            asked[customer.id] = queries.Asked(before.at, before.planned_for | {one.complaint_id})


def _offer(customer: Customer | None, places: Sequence[Destination]) -> tuple[str, Sequence[Destination]]:
    locale = settings().pick_locale(customer.locale if customer is not None else None)
    return rules.offer(queries.fitting(locale, places))


def _reason_against(
    customer: Customer, asked: queries.Asked, listed: str | None, complaint_id: int, has_destination: bool
) -> str | None:
    invitee = rules.Invitee(
        erased=customer.erased_at is not None,
        has_address=bool(customer.email),
        listed=listed,
        planned_elsewhere=bool(asked.planned_for - {complaint_id}),
        asked_at=asked.at,
    )
    return rules.may_invite(invitee, has_destination, clock.now()).reason


def _place(closed: Closing, customer_id: int, audience: str, known: Invitation | None, reason: str | None) -> None:
    """Writes the invitation, as planned or with the reason against it, and its mail."""
    wanted = "suppressed" if reason else "scheduled"
    if known is not None and not rules.may_move(rules.INVITATION_MOVES, known.status, wanted):
        return
    due_at = mailing.first_moment(closed.at + settings().review_delay)
    if known is None:
        invitation_id, reason = _insert(closed, customer_id, audience, due_at, reason)
        before, cycle = None, 1
    else:
        invitation_id, before, cycle = known.id, known.status, known.plannings + 1
        if reason is None and not queries.reschedule(known.id, due_at, audience, closed.occasion):
            reason = "planned_elsewhere"
        db.session.refresh(known)
        if reason is not None:
            known.status, known.reason = "suppressed", reason
            db.session.flush()
    if reason is None:
        mailing.plan_mails([mailing.NewMail(MAIL, invitation_id, due_at, cycle, closed.complaint_id, customer_id)])
    what, state = ("suppressed", "suppressed") if reason else ("planned", "scheduled")
    detail = {"audience": audience, "occasion": closed.occasion}
    history.record(
        Change("system", "invitation", invitation_id, what, closed.complaint_id, before, state, reason, detail)
    )


def _insert(
    closed: Closing, customer_id: int, audience: str, due_at: datetime, reason: str | None
) -> tuple[int, str | None]:
    row = {
        "complaint_id": closed.complaint_id,
        "customer_id": customer_id,
        "cycle": closed.cycle,
        "audience": audience,
        "occasion": closed.occasion,
        "status": "suppressed" if reason else "scheduled",
        "reason": reason,
        "plannings": 0 if reason else 1,
        "due_at": due_at,
        "created_at": clock.now(),
    }
    invitation_id = queries.insert_invitation(row)
    if invitation_id is None:
        # Another closing of the same person was ahead by a moment.
        reason = "planned_elsewhere"
        invitation_id = queries.insert_invitation({**row, "status": "suppressed", "reason": reason, "plannings": 0})
    if invitation_id is None:
        raise Conflict
    return invitation_id, reason


def cancel_unsent(event: ComplaintsReopened | ConfirmationsTakenBack) -> None:
    """Cancels invitations that were not sent; one that a sender holds already is stopped by its last look.

    One that did not wait for the end of the case goes on: whoever is not satisfied is asked as all others are.
    """
    waiting = [one for one in queries.scheduled_for(event.ids) if one.occasion != "limit"]
    if not waiting:
        return
    reason = "reopened" if isinstance(event, ComplaintsReopened) else "taken_back"
    cancelled = set(mailing.cancel_unsent(MAIL, [one.id for one in waiting], reason))
    _end([one for one in waiting if one.id in cancelled], "cancelled", reason)


def mails_sent(event: MailsSent) -> None:
    """The server took them."""
    if event.kind != MAIL:
        return
    sent, now = [], clock.now()
    for one in queries.invitations(event.subject_ids):
        if one.sent_at is None:
            one.sent_at = now
        if rules.may_move(rules.INVITATION_MOVES, one.status, "sent"):
            sent.append(one)
    changes = [Change("system", "invitation", one.id, "sent", one.complaint_id, one.status, "sent") for one in sent]
    for one in sent:
        one.status = "sent"
    db.session.flush()
    history.record_many(changes)
    if sent:
        events.emit(InvitationsSent(tuple(one.id for one in sent)))


def mails_ended(event: MailsEnded) -> None:
    """They will not be sent, or did not arrive."""
    if event.kind == MAIL:
        _end(queries.invitations(event.subject_ids), event.status, event.reason)


def _end(found: Iterable[Invitation], status: str, reason: str, actor: str = "system") -> None:
    ended = [one for one in found if rules.may_move(rules.INVITATION_MOVES, one.status, status)]
    changes = [
        Change(actor, "invitation", one.id, status, one.complaint_id, one.status, status, reason) for one in ended
    ]
    for one in ended:
        one.status, one.reason = status, reason
    db.session.flush()
    history.record_many(changes)


def erase(event: PeopleErased) -> None:
    """Takes away what erased people wrote, and cancels what was still to be sent to them."""
    waiting = queries.scheduled_for_people(event.ids)
    mailing.cancel_unsent(MAIL, [one.id for one in waiting], "erased")
    _end(waiting, "cancelled", "erased")
    writing.take_away(queries.reviews_of_people(event.ids), "system", "erased")
    outside.forget(event.ids)
