"""The call list: which check-ins are put by telephone, and what takes them off it again. Calling is in `calling`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedbackloop.checkins import call_queries, call_rules
from feedbackloop.checkins.models import Answer, Call, CheckIn
from feedbackloop.checkins.moves import SYSTEM
from feedbackloop.complaints.events import ComplaintsReopened
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.mailing import service as mailing

ASKED = "asked"
# These ask the question; one that a person asked for is about an answer that is there already.
INSTEAD_OF_MAIL = ("no_address", "crisis")


@dataclass(frozen=True)
class Unmailed:
    """A check-in that no mail asks, and why: `reason` is its own. `known`: there is somebody to call.

    `refused`: who said before that they do not want to be asked about this complaint."""

    check_in_id: int
    complaint_id: int
    reason: str
    due_at: datetime
    resolved_at: datetime
    known: bool
    refused: bool


def wants_a_call(answer: Answer) -> bool:
    """Whether the person asked to be spoken to. The one place that says which ticks mean so."""
    return answer.call_me or answer.meet


def plan(unmailed: Iterable[Unmailed]) -> None:
    """Puts on the list whoever can be asked by telephone only; who refused that before is kept as ended at once.

    Planning the same again changes nothing.
    """
    now, max_age = clock.now(), settings().check_in_max_age
    rows = []
    for one in unmailed:
        may = call_rules.may_call(one.reason, one.known, one.refused, now - one.resolved_at, max_age)
        if may or may.reason == call_rules.REFUSED_BEFORE:
            rows.append(_row(one.check_in_id, one.complaint_id, one.reason, max(one.due_at, now), may.reason))
    _insert(rows)


def answered(check_in: CheckIn, answer: Answer, before: Answer | None, is_called: bool, actor: str) -> None:
    """An answer came: nobody needs to ask any more. Who wants a call with it gets one, and who takes that back none.

    In the open transaction, with the check-in held. `is_called`: a call about it is open.
    """
    if is_called:
        close(call_queries.open_of_check_ins([check_in.id], *INSTEAD_OF_MAIL), "answered", actor)
    wants, asked_before = wants_a_call(answer), before is not None and wants_a_call(before)
    if asked_before and not wants and is_called:
        close(call_queries.open_of_check_ins([check_in.id], ASKED), "not_wanted", actor)
    if wants and not asked_before:
        _ask(check_in)


def end_answered(event: ComplaintsReopened) -> None:
    """A complaint that is open again needs a solution before anybody is asked."""
    close(call_queries.open_of_complaints(event.ids, *INSTEAD_OF_MAIL), "reopened")


def end(complaint_ids: Sequence[int], reason: str) -> None:
    """Takes these complaints off the list."""
    close(call_queries.open_of_complaints(complaint_ids), reason)


def close(calls: Sequence[Call], reason: str | None, actor: str = SYSTEM, status: str = call_rules.ENDED) -> None:
    """Ends open calls, with the reason, and records it."""
    now = clock.now()
    for call in calls:
        call.status, call.reason, call.closed_at = status, reason, now
    history.record_many(
        Change(actor, "call", call.id, status, call.complaint_id, call_rules.OPEN, status, reason) for call in calls
    )


def open_again(call: Call, due_at: datetime) -> None:
    """Puts a call that ended on the list once more, with tries of its own."""
    opened = call_rules.OPEN
    history.record(Change(SYSTEM, "call", call.id, "opened", call.complaint_id, call.status, opened, call.why))
    call.status, call.reason, call.closed_at = opened, None, None
    call.tries, call.due_at, call.opened_at = 0, first_try(due_at), clock.now()


def first_try(moment: datetime) -> datetime:
    """The first moment from this one at which people are called."""
    return call_rules.first_try(moment, settings().timezone, mailing.is_holiday)


def _ask(check_in: CheckIn) -> None:
    """One for each check-in: who asks again after taking it back is called after all."""
    before = call_queries.of_check_in(check_in.id, ASKED)
    if before is None:
        _insert([_row(check_in.id, check_in.complaint_id, ASKED, clock.now())])
    elif before.status != call_rules.OPEN:
        open_again(before, clock.now())


def _row(
    check_in_id: int, complaint_id: int, why: str, due_at: datetime, ended: str | None = None
) -> dict[str, object]:
    now = clock.now()
    return {
        "check_in_id": check_in_id,
        "complaint_id": complaint_id,
        "why": why,
        "rank": call_rules.RANKS[why],
        "status": call_rules.ENDED if ended else call_rules.OPEN,
        "reason": ended,
        "tries": 0,
        "due_at": first_try(due_at),
        "opened_at": now,
        "closed_at": now if ended else None,
    }


def _insert(rows: Sequence[Mapping[str, object]]) -> None:
    history.record_many(
        Change(
            SYSTEM,
            "call",
            row.id,
            "opened" if row.status == call_rules.OPEN else row.status,
            row.complaint_id,
            None,
            row.status,
            row.reason or row.why,
        )
        for row in call_queries.insert_calls(rows)
    )
