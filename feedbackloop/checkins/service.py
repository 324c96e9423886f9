"""What changes a check-in: planning, the fate of its mail, and the answer (which is in `answers.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from feedbackloop.checkins import again, call_queries, calls, files, queries, rules
from feedbackloop.checkins.answers import record_answer
from feedbackloop.checkins.calls import Unmailed
from feedbackloop.checkins.events import CheckInsExpired
from feedbackloop.checkins.models import CheckIn
from feedbackloop.checkins.moves import AGAIN, QUESTION, REMINDER, SYSTEM, move
from feedbackloop.complaints.events import (
    ComplaintsReopened,
    ComplaintsResolved,
    CrisesChanged,
    ResolutionsRedated,
)
from feedbackloop.config import settings
from feedbackloop.core import clock, events, history
from feedbackloop.core.history import Change
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people.events import PeopleErased

__all__ = [
    "EXPIRE_BATCH",
    "cancel_unsent",
    "change_crises",
    "erase",
    "expire",
    "mails_ended",
    "mails_sent",
    "move_unsent",
    "plan",
    "record_answer",
]

EXPIRE_BATCH = 500


def plan(event: ComplaintsResolved) -> None:
    """Plans one check-in per complaint and cycle; who may not be asked gets one that is suppressed, with the reason.

    Who can be asked by telephone only goes on the call list. Planning the same cycle again changes nothing.
    """
    calls.end(event.ids, "resolved_again")
    now, rows = clock.now(), queries.candidates(event.ids)
    reasons = _reasons_not_to(rows, now)
    new = [
        {
            "complaint_id": row.id,
            "cycle": row.cycle,
            "status": "suppressed" if row.id in reasons else "scheduled",
            "reason": reasons.get(row.id),
            "due_at": _due_at(row.resolved_at, now),
            "created_at": now,
        }
        for row in rows
    ]
    ids = queries.insert_check_ins(new)
    _record_planned(new, ids)
    due = {one["complaint_id"]: one["due_at"] for one in new}
    mailing.plan_mails(
        [
            mailing.NewMail(QUESTION, ids[row.id], due[row.id], row.cycle, row.id, row.customer_id)
            for row in rows
            if row.id in ids and row.id not in reasons
        ]
    )
    calls.plan(_unmailed(row, ids[row.id], reasons[row.id]) for row in rows if row.id in ids and row.id in reasons)


def _unmailed(row: Row[Any], check_in_id: int, reason: str) -> Unmailed:
    due_at = _due_at(row.resolved_at, clock.now())
    known = row.customer_id is not None and row.erased_at is None
    return Unmailed(check_in_id, row.id, reason, due_at, row.resolved_at, known, row.refused_call)


def _due_at(resolved_at: datetime, now: datetime) -> datetime:
    return mailing.first_moment(max(resolved_at + settings().check_in_delay, now))


def _reasons_not_to(rows: Sequence[Row[Any]], now: datetime) -> dict[int, str]:
    """Why people may not be asked, by complaint; whoever may be asked is left out."""
    suppressed = optouts.reasons([row.email for row in rows if row.email], QUESTION, now)
    found: dict[int, str] = {}
    for row in rows:
        who = rules.Candidate(
            has_address=row.email is not None,
            resolved_at=row.resolved_at,
            erased=row.erased_at is not None,
            suppressed=suppressed.get(row.email),
            refused_call=row.refused_call,
            crisis=row.crisis is not None,
        )
        decision = rules.may_plan(who, now, settings().check_in_max_age)
        if not decision:
            found[row.id] = str(decision.reason)
    return found


def _record_planned(new: Sequence[Mapping[str, Any]], ids: Mapping[int, int]) -> None:
    history.record_many(
        Change(
            actor=SYSTEM,
            subject="check_in",
            subject_id=ids[one["complaint_id"]],
            what="planned" if one["status"] == "scheduled" else "suppressed",
            complaint_id=one["complaint_id"],
            to_state=one["status"],
            reason=one["reason"],
        )
        for one in new
        if one["complaint_id"] in ids
    )


def cancel_unsent(event: ComplaintsReopened) -> None:
    """Cancels check-ins that were not handed to a mail server yet, and reminders of those that were.

    A mail that a sender holds at this moment is left to that sender, who asks `may_send` once more. An answer has
    stopped them already.
    """
    if event.by == "answer":
        return
    calls.end_answered(event)
    waiting = queries.ids_in_status(event.ids, "scheduled")
    move(mailing.cancel_unsent(QUESTION, waiting, "reopened"), "cancelled", reason="reopened")
    asked = queries.ids_in_status(event.ids, "sent", "bounced", "answered")
    mailing.cancel_unsent(REMINDER, asked, "reopened")
    again.stop(asked, "reopened")


def move_unsent(event: ResolutionsRedated) -> None:
    """Gives unsent check-ins the moment that follows from the corrected date, or the reason why they are not sent now.

    One that was too old and is not any more is planned after all, by mail or by telephone.
    """
    now = clock.now()
    rows = {row.id: row for row in queries.candidates(event.ids)}
    found = queries.current(event.ids)
    reasons = _reasons_not_to(list(rows.values()), now)
    moved: dict[int, datetime] = {}
    revived: list[mailing.NewMail] = []
    stopped: dict[str, list[int]] = {}
    called: list[Unmailed] = []
    for complaint_id, check_in in found.items():
        row, reason = rows[complaint_id], reasons.get(complaint_id)
        due_at = _due_at(row.resolved_at, now)
        if check_in.status == "suppressed" and check_in.reason in (*calls.INSTEAD_OF_MAIL, "too_old") and reason:
            called.append(_unmailed(row, check_in.id, reason))
        elif check_in.status == "scheduled" and reason:
            stopped.setdefault(reason, []).append(check_in.id)
        elif check_in.status == "scheduled":
            moved[check_in.id] = due_at
        elif check_in.status == "suppressed" and check_in.reason == "too_old" and not reason:
            revived.append(mailing.NewMail(QUESTION, check_in.id, due_at, row.cycle, row.id, row.customer_id))
    # In the order in which senders write them: two that want the same rows then wait for each other and never both.
    for check_in_id in sorted(moved):
        queries.set_many([check_in_id], due_at=moved[check_in_id])
    mailing.move_unsent(QUESTION, moved)
    for reason, ids in stopped.items():
        move(mailing.cancel_unsent(QUESTION, ids, reason), "suppressed", reason=reason)
    _revive(revived)
    _call_anew(called)


def _revive(mails: Sequence[mailing.NewMail]) -> None:
    """Asks by mail after all."""
    for mail in mails:
        move([mail.subject_id], "scheduled", due_at=mail.due_at)
    mailing.plan_again(mails)


def _call_anew(unmailed: Sequence[Unmailed]) -> None:
    """Keeps why these are not mailed, and puts them on the call list, takes them off it, or moves them there."""
    for one in unmailed:
        queries.set_many([one.check_in_id], reason=one.reason, due_at=one.due_at)
    too_old = [one.check_in_id for one in unmailed if one.reason == "too_old"]
    calls.close(call_queries.open_of_check_ins(too_old, *calls.INSTEAD_OF_MAIL), "too_old")
    call_queries.move_untried({one.check_in_id: calls.first_try(max(one.due_at, clock.now())) for one in unmailed})
    calls.plan(unmailed)


def change_crises(event: CrisesChanged) -> None:
    """In a crisis the question is put by telephone: what was not mailed yet is taken back, and no reminder goes.

    Where the crisis is over, what was not asked yet is asked by mail, or there is another reason why not.
    """
    now = clock.now()
    rows = {row.id: row for row in queries.candidates(event.ids)}
    reasons = _reasons_not_to(list(rows.values()), now)
    revived: list[mailing.NewMail] = []
    for complaint_id, check_in in queries.current(event.ids).items():
        row, reason = rows[complaint_id], reasons.get(complaint_id)
        if row.crisis is not None:
            _call_in_crisis(check_in, row)
            continue
        calls.close(call_queries.open_of_check_ins([check_in.id], "crisis"), "crisis_over")
        if (check_in.status, check_in.reason) != ("suppressed", "crisis"):
            continue
        if reason:
            _call_anew([_unmailed(row, check_in.id, reason)])
        else:
            due_at = _due_at(row.resolved_at, now)
            revived.append(mailing.NewMail(QUESTION, check_in.id, due_at, row.cycle, row.id, row.customer_id))
    _revive(revived)


def _call_in_crisis(check_in: CheckIn, row: Row[Any]) -> None:
    """A question that was asked already stays open by its link as well."""
    stood = check_in.status, check_in.reason
    move(mailing.cancel_unsent(QUESTION, [check_in.id], "crisis"), "suppressed", reason="crisis")
    mailing.cancel_unsent(REMINDER, [check_in.id], "crisis")
    if stood[0] in ("scheduled", "sent", "bounced") or stood == ("suppressed", "no_address"):
        calls.close(call_queries.open_of_check_ins([check_in.id], "no_address"), "crisis")
        calls.plan([_unmailed(row, check_in.id, "crisis")])


def mails_sent(event: MailsSent) -> None:
    """The question went out: from now the link lives, and the one reminder is planned. Or one that follows it did."""
    now = clock.now()
    if event.kind == AGAIN:
        again.sent(event.subject_ids)
    if event.kind == REMINDER:
        queries.set_reminded(event.subject_ids, now)
    if event.kind != QUESTION:
        return
    rows = move(event.subject_ids, "sent", sent_at=now)
    late = set(event.subject_ids) - {row.id for row in rows}
    queries.set_unsent_dates(sorted(late), now)
    delay = settings().reminder_delay
    if delay is not None:
        mailing.plan_mails(
            [
                mailing.NewMail(REMINDER, row.id, now + delay, row.cycle, row.complaint_id, row.customer_id)
                for row in rows
            ]
        )


def mails_ended(event: MailsEnded) -> None:
    """The question will not arrive, or did not: the check-in says so, with the reason."""
    if event.kind == AGAIN:
        again.ended(event)
    if event.kind == QUESTION:
        # Who is called instead is asked all the same: a sender may have held the mail when the crisis began.
        status = "suppressed" if event.reason == "crisis" else event.status
        move(event.subject_ids, status, reason=event.reason)


def expire(limit: int = EXPIRE_BATCH) -> int:
    """Closes check-ins whose link has lived its time without an answer; how many, at most `limit`."""
    ids = queries.overdue(clock.now() - settings().scaled(settings().link_life), limit)
    closed = [row.id for row in move(ids, "expired", reason="link_expired")]
    calls.close(call_queries.open_of_check_ins(closed), "link_expired")
    if closed:
        events.emit(CheckInsExpired(tuple(closed)))
    return len(closed)


def erase(event: PeopleErased) -> None:
    """Takes the words and files of erased people out of their answers, and stops what was not sent to them yet."""
    complaint_ids = queries.complaints_of(event.ids)
    queries.forget_words(complaint_ids)
    files.forget(complaint_ids)
    calls.end(complaint_ids, "erased")
    waiting = queries.ids_in_status(complaint_ids, "scheduled")
    mailing.cancel_unsent(QUESTION, waiting, "erased")
    move(waiting, "cancelled", reason="erased")
    mailing.cancel_unsent(REMINDER, queries.ids_in_status(complaint_ids, "sent", "bounced"), "erased")
    again.stop(queries.ids_in_status(complaint_ids, "answered"), "erased")
