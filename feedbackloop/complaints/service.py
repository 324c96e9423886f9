"""What changes a complaint. Every verb writes history and tells what follows; none commits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from feedbackloop.complaints import intake, promise_guard, queries, rules, words
from feedbackloop.complaints.events import (
    ComplaintsReopened,
    ComplaintsResolved,
    ConfirmationsTakenBack,
    CrisesChanged,
)
from feedbackloop.complaints.models import Complaint, Round
from feedbackloop.complaints.rules import Standing
from feedbackloop.complaints.values import ComplaintInput, HandlerInput, Outcome
from feedbackloop.core import clock, events, history, writes
from feedbackloop.core.errors import BadInput, Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.core.unset import UNSET, Unset
from feedbackloop.extensions import db
from feedbackloop.people import consents
from feedbackloop.people.events import PeopleErased
from feedbackloop.people.rules import PersonInput

__all__ = ["ComplaintInput", "HandlerInput", "Outcome", "PersonInput"]  # what a caller of upsert needs


def upsert(records: Sequence[ComplaintInput], actor: str) -> list[Outcome]:
    """Creates or updates by (source, external_id), in order; one outcome a record.

    A field that is not given stays as it is, None clears it. `resolved_at` moves the complaint as
    rules.hear_resolution says. Nothing is written for a record that says nothing new. What follows is told once for
    the whole batch. Two batches at once on the same complaint wait for each other; the second one updates.
    """
    return intake.upsert(records, actor)


def confirm(ids: Iterable[int], actor: str, reason: str | None = None) -> list[int]:
    """The person says that it is solved. Returns the ids that moved; what is confirmed already stays.

    Raises Conflict where one was never resolved.
    """
    now = clock.now()
    moved, changes = [], []
    for complaint in queries.lock(ids):
        if complaint.status == "confirmed":
            continue
        _check(complaint, "confirmed")
        changes.append(_change(actor, complaint, "confirmed", reason=reason))
        complaint.status = "confirmed"
        complaint.confirmed_at = complaint.updated_at = now
        # A source that took its resolution back left no date, and the person overrules it.
        complaint.resolved_at = complaint.resolved_at or now
        moved.append(complaint.id)
    _write(changes)
    return moved


def unconfirm(ids: Iterable[int], actor: str) -> list[int]:
    """The person takes 'it is solved' back without wanting it opened again: it stands as resolved, in the same cycle.

    Returns the ids that moved; what is not confirmed stays as it is.
    """
    now = clock.now()
    moved, changes = [], []
    for complaint in queries.lock(ids):
        if complaint.status != "confirmed":
            continue
        changes.append(Change(actor, "complaint", complaint.id, "unconfirmed", complaint.id, "confirmed", "resolved"))
        complaint.status, complaint.confirmed_at, complaint.updated_at = "resolved", None, now
        moved.append(complaint.id)
    _write(changes)
    if moved:
        events.emit(ConfirmationsTakenBack(tuple(moved)))
    return moved


def reopen(ids: Iterable[int], actor: str, by: str = "staff", reason: str | None = None) -> list[int]:
    """It needs a solution again. Returns the ids that moved; what is reopened already stays.

    `by` is `answer`, `staff` or `intake`; `reason` is a code, or staff's words. Raises Conflict where one was never
    resolved.
    """
    return reopen_held(queries.lock(ids), actor, by, reason)


def reopen_held(held: Sequence[Complaint], actor: str, by: str = "staff", reason: str | None = None) -> list[int]:
    """The same for complaints that the caller holds and has read since."""
    now = clock.now()
    moved, changes, rounds = [], [], []
    for complaint in held:
        if complaint.status == "reopened":
            continue
        _check(complaint, "reopened")
        changes.append(_change(actor, complaint, "reopened", reason=reason or by))
        rounds.append({name: getattr(complaint, source) for name, source in intake.ROUND.items()})
        stands = _columns(complaint, rules.reopen(_standing(complaint), now))
        writes.change(complaint, **stands, reopened_at=now, confirmed_at=None, updated_at=now)
        moved.append(complaint.id)
    history.record_many(changes)
    queries.keep_rounds(rounds)
    if moved:
        events.emit(ComplaintsReopened(tuple(moved), by=by))
    return moved


def resolve(
    complaint_id: int,
    actor: str,
    *,
    resolution: str | Unset | None = UNSET,
    root_cause: str | Unset | None = UNSET,
    fault: str | Unset | None = UNSET,
    apology_given: bool | Unset | None = UNSET,
    prevention: str | Unset | None = UNSET,
    summary: str | Unset | None = UNSET,
    rule: str | Unset | None = UNSET,
    resolved_at: datetime | None = None,
) -> None:
    """A resolution by staff, now or at `resolved_at`; the next cycle begins. What is not given stays as it is.

    Raises NotFound, Conflict where it is resolved already, and BadInput naming the field whose words promise that it
    will not happen again while no root cause and no step stands behind them.
    """
    complaint = _held(complaint_id)
    _check(complaint, "resolved")
    said = {
        "resolution": resolution,
        "root_cause": root_cause,
        "fault": fault,
        "apology_given": apology_given,
        "prevention": prevention,
        "summary": summary,
        "rule": rule,
    }
    given = {name: value for name, value in said.items() if value is not UNSET}
    for name, value in given.items():
        setattr(complaint, name, value)
    _check_promises(complaint)
    change = _change(actor, complaint, "resolved", detail={"fields": sorted(given)} if given else None)
    now = clock.now()
    _stand(complaint, rules.resolve(_standing(complaint), resolved_at or now))
    complaint.updated_at = now
    _write([change])
    events.emit(ComplaintsResolved((complaint.id,)))


def agree_summary(complaint_id: int, text: str) -> None:
    """Keeps what the person said in the words that they accepted or wrote: from now on these are used."""
    complaint = _held(complaint_id)
    complaint.agreed_summary, complaint.updated_at = text, clock.now()


def mark_crisis(complaint_id: int, crisis: str | None, actor: str) -> None:
    """Says why its person is called and not mailed (a code of rules.CRISES), or with None that it is over.

    Saying the same again changes nothing. Raises NotFound.
    """
    complaint = _held(complaint_id)
    if complaint.crisis == crisis:
        return
    what = "crisis" if crisis else "crisis_over"
    change = Change(actor, "complaint", complaint.id, what, complaint.id, complaint.crisis, crisis, crisis)
    complaint.crisis, complaint.updated_at = crisis, clock.now()
    _write([change])
    events.emit(CrisesChanged((complaint.id,)))


def take_back_consent(complaint_id: int, purpose: str, actor: str) -> None:
    """Ends what the person allowed about this complaint (a purpose of words.CONSENTS), as they told a colleague.

    Where nothing holds nothing changes. Raises NotFound.
    """
    complaint = _held(complaint_id)
    if complaint.customer_id is None or consents.given(complaint.customer_id, complaint.id, purpose) is None:
        return
    consents.withdraw(complaint.customer_id, complaint.id, purpose)
    state = complaint.status
    _write([Change(actor, "complaint", complaint.id, "consent_taken_back", complaint.id, state, state, purpose)])


def erase(event: PeopleErased) -> None:
    """Takes the words of erased people, and words about them, out of their complaints, which stay."""
    gone: dict[str, None] = dict.fromkeys((*rules.PERSONAL_FIELDS, "crisis", "import_digest"))
    db.session.execute(
        update(Complaint)
        .where(Complaint.customer_id.in_(event.ids))
        .values({**gone, "updated_at": clock.now()})
        .execution_options(synchronize_session="fetch")
    )
    of_them = select(Complaint.id).where(Complaint.customer_id.in_(event.ids))
    db.session.execute(
        update(Round)
        .where(Round.complaint_id.in_(of_them))
        .values(resolution=None, prevention=None)
        .execution_options(synchronize_session="fetch")
    )


def _held(complaint_id: int) -> Complaint:
    complaint = next(iter(queries.lock([complaint_id])), None)
    if complaint is None:
        raise NotFound
    return complaint


def _check_promises(complaint: Complaint) -> None:
    texts = {name: getattr(complaint, name) for name in ("resolution", "prevention")}
    found = promise_guard.unfounded(texts, complaint.root_cause, complaint.prevention)
    if found is not None:
        raise BadInput(fields={found.field: [words.unfounded(found.missing)]})
    complaint.promise_flag = None


def _check(complaint: Complaint, to: str) -> None:
    if not rules.may_move(complaint.status, to):
        raise Conflict(code=f"{complaint.status}_to_{to}")


def _standing(complaint: Complaint) -> Standing:
    return Standing(complaint.status, complaint.cycle, complaint.resolved_at, complaint.replay_until)


def _stand(complaint: Complaint, after: Standing) -> None:
    for name, value in _columns(complaint, after).items():
        setattr(complaint, name, value)


def _columns(complaint: Complaint, after: Standing) -> dict[str, Any]:
    """What a complaint that stands so says, by column."""
    return {
        "status": after.status,
        "cycle": after.cycle,
        "resolved_at": after.resolved_at,
        "replay_until": after.replay_until,
        "flag": rules.flag(complaint.opened_at, after.resolved_at),
    }


def _change(
    actor: str, complaint: Complaint, what: str, reason: str | None = None, detail: dict[str, list[str]] | None = None
) -> Change:
    return Change(actor, "complaint", complaint.id, what, complaint.id, complaint.status, what, reason, detail)


def _write(changes: Sequence[Change]) -> None:
    db.session.flush()
    history.record_many(changes)
