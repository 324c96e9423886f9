"""What the loop does to invitations: plan, cancel, settle, erase. What a person does with one is in `writing`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from feedbackloop.checkins.events import AnsweredSatisfied
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
from feedbackloop.reviews import queries, rules
from feedbackloop.reviews.events import InvitationsSent
from feedbackloop.reviews.models import Invitation

MAIL = "review_invitation"


def plan(event: AnsweredSatisfied) -> None:
    """Plans one invitation per complaint and cycle for who said 'yes', or keeps the reason why there is none."""
    answers = queries.yes_answers(event.check_in_ids)
    if not answers:
        return
    queries.insert_own(clock.now())
    ids = [yes.customer_id for yes in answers if yes.customer_id is not None]
    customers, asked = people.by_ids(ids), queries.asked(ids)
    listed = optouts.reasons([one.email for one in customers.values() if one.email], "review", clock.now())
    known = queries.invitations_of([yes.complaint_id for yes in answers])
    for yes in answers:
        customer = customers.get(yes.customer_id or 0)
        if customer is None:
            history.record(
                Change("system", "complaint", yes.complaint_id, "not_invited", yes.complaint_id, reason="no_address")
            )
            continue
        before = asked.get(customer.id, queries.Asked(None, frozenset()))
        reason = _reason_against(customer, before, listed.get(customer.email or ""), yes.complaint_id)
        _place(yes, customer.id, known.get((yes.complaint_id, yes.cycle)), reason)
        if reason is None:
            asked[customer.id] = queries.Asked(before.at, before.planned_for | {yes.complaint_id})


def _reason_against(customer: Customer, asked: queries.Asked, listed: str | None, complaint_id: int) -> str | None:
    invitee = rules.Invitee(
        erased=customer.erased_at is not None,
        has_address=bool(customer.email),
        listed=listed,
        planned_elsewhere=bool(asked.planned_for - {complaint_id}),
        asked_at=asked.at,
    )
    offered = queries.offered(settings().pick_locale(customer.locale))
    return rules.may_invite(invitee, bool(offered), clock.now()).reason


def _place(yes: queries.Yes, customer_id: int, known: Invitation | None, reason: str | None) -> None:
    """Writes the invitation, as planned or with the reason against it, and its mail."""
    wanted = "suppressed" if reason else "scheduled"
    if known is not None and not rules.may_move(rules.INVITATION_MOVES, known.status, wanted):
        return
    due_at = mailing.first_moment(yes.answered_at + settings().review_delay)
    if known is None:
        invitation_id, reason = _insert(yes, customer_id, due_at, reason)
        before, cycle = None, 1
    else:
        invitation_id, before, cycle = known.id, known.status, known.plannings + 1
        if reason is None and not queries.reschedule(known.id, due_at):
            reason = "planned_elsewhere"
        db.session.refresh(known)
        if reason is not None:
            known.status, known.reason = "suppressed", reason
            db.session.flush()
    if reason is None:
        mailing.plan_mails([mailing.NewMail(MAIL, invitation_id, due_at, cycle, yes.complaint_id, customer_id)])
    what, state = ("suppressed", "suppressed") if reason else ("planned", "scheduled")
    history.record(Change("system", "invitation", invitation_id, what, yes.complaint_id, before, state, reason))


def _insert(yes: queries.Yes, customer_id: int, due_at: datetime, reason: str | None) -> tuple[int, str | None]:
    row = {
        "complaint_id": yes.complaint_id,
        "customer_id": customer_id,
        "cycle": yes.cycle,
        "status": "suppressed" if reason else "scheduled",
        "reason": reason,
        "plannings": 0 if reason else 1,
        "due_at": due_at,
        "created_at": clock.now(),
    }
    invitation_id = queries.insert_invitation(row)
    if invitation_id is None:
        # Another 'yes' of the same person was ahead by a moment.
        reason = "planned_elsewhere"
        invitation_id = queries.insert_invitation({**row, "status": "suppressed", "reason": reason, "plannings": 0})
    if invitation_id is None:
        raise Conflict
    return invitation_id, reason


def cancel_unsent(event: ComplaintsReopened | ConfirmationsTakenBack) -> None:
    """Cancels invitations that were not sent; one that a sender holds already is stopped by its last look."""
    waiting = queries.scheduled_for(event.ids)
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
    changes = []
    for review in queries.reviews_of_people(event.ids):
        review.title = review.text = review.display_name = None
        if rules.may_move(rules.REVIEW_MOVES, review.status, "withdrawn"):
            before = review.status
            changes.append(
                Change("system", "review", review.id, "withdrawn", review.complaint_id, before, "withdrawn", "erased")
            )
            review.status = "withdrawn"
    db.session.flush()
    history.record_many(changes)
