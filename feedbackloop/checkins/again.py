"""Who cannot say yet is asked once more: planning that, stopping it, and what is kept of why it does not happen."""

from __future__ import annotations

from collections.abc import Sequence

from feedbackloop.checkins import again_queries, queries, rules
from feedbackloop.checkins.models import CheckIn
from feedbackloop.checkins.moves import AGAIN, QUESTION, SYSTEM
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded
from feedbackloop.mailing.service import NewMail


def plan(check_in: CheckIn) -> None:
    """Plans the second question of a check-in, once; or keeps the reason why there is none.

    While the one that was planned before is still to go, nothing changes.
    """
    before = again_queries.standing(check_in.id)
    if before is not None and before.waits:
        return
    now = clock.now()
    due_at = now + rules.ASKED_AGAIN_AFTER
    life = settings().scaled(settings().link_life)
    ends_at = rules.link_ends_at(check_in.sent_at, check_in.due_at, life)
    decision = rules.may_plan_again(queries.standing(check_in), before is not None, due_at, ends_at)
    reason = decision.reason or _listed(check_in)
    if reason is None:
        mailing.plan_mails(
            [NewMail(AGAIN, check_in.id, due_at, 1, check_in.complaint_id, check_in.complaint.customer_id)]
        )
    _record([(check_in.id, check_in.complaint_id)], "again_planned" if reason is None else "not_again", reason)


def stop(check_in_ids: Sequence[int], reason: str) -> None:
    """Cancels what is still to go, because it makes no sense any more."""
    mailing.cancel_unsent(AGAIN, check_in_ids, reason)


def ended(event: MailsEnded) -> None:
    """The second question does not arrive, or not any more: the reason stands in the story of the complaint."""
    _record(again_queries.complaints_by_id(event.subject_ids), "not_again", event.reason)


def sent(check_in_ids: Sequence[int]) -> None:
    _record(again_queries.complaints_by_id(check_in_ids), "asked_again", None)


def _listed(check_in: CheckIn) -> str | None:
    """Why the person's address is not mailed for this, if so."""
    customer = check_in.complaint.customer
    if customer is None or customer.email is None:
        return None
    return optouts.reasons([customer.email], QUESTION, clock.now()).get(customer.email)


def _record(rows: Sequence[tuple[int, int]], what: str, reason: str | None) -> None:
    history.record_many(
        Change(SYSTEM, "check_in", check_in_id, what, complaint_id, reason=reason) for check_in_id, complaint_id in rows
    )
