"""What staff do with a call: they spoke to the person, nobody answered, or there is no asking. Each try is a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from feedbackloop.checkins import answer_queries, answers, call_queries, call_rules, calls, queries, rules
from feedbackloop.checkins.models import Call, CallTry
from feedbackloop.checkins.rules import AnswerInput
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.decisions import YES, Decision
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.mailing import service as mailing


def reached(call_id: int, seen: int, answer: AnswerInput, actor: str) -> None:
    """Records what the person said: it counts as an answer by the form does. Every open call about it ends.

    `seen`: how many tries the page showed. Raises NotFound, and Conflict where the call ended or was tried meanwhile.
    """
    call = _held(call_id, seen)
    _note(call, "reached", None, actor)
    others = [one for one in call_queries.open_of_check_ins([call.check_in_id]) if one.id != call.id]
    calls.close([call], None, actor, status="reached")
    calls.close(others, "answered", actor)
    answers.record_answer(call.check_in_id, _as_before(call.check_in_id, answer), actor)
    spoken = [one for one in call_queries.tries_of([call.id])[call.id] if one.outcome == "reached"]
    if call_rules.call_again(call.why, answer.satisfied, len(spoken)):
        calls.open_again(call, clock.now() + call_rules.ASK_AGAIN_AFTER)


def not_reached(call_id: int, seen: int, outcome: str, next_at: datetime | None, actor: str) -> call_rules.Tried:
    """Keeps a try without an answer (an outcome of call_rules.OUTCOMES); what became of the call.

    Raises as `reached` does.
    """
    call = _held(call_id, seen)
    _note(call, outcome, next_at, actor)
    after = call_rules.after_try(outcome, call.tries, next_at)
    if after.status != call_rules.OPEN:
        calls.close([call], after.reason, actor, status=after.status)
    else:
        call.due_at = after.next_at or call.due_at
        detail = {"try": call.tries}
        history.record(Change(actor, "call", call.id, "tried", call.complaint_id, reason=outcome, detail=detail))
    return after


def may_try_at(moment: datetime) -> Decision:
    return call_rules.may_try_at(moment, clock.now(), settings().timezone, mailing.is_holiday)


def may_record(call: Call) -> Decision:
    """Whether what the person says now can be written down."""
    check_in = queries.by_id(call.check_in_id)
    return rules.may_record(queries.standing(check_in)) if check_in else YES


def _held(call_id: int, seen: int) -> Call:
    """The call, held with its check-in and complaint: these first, as always."""
    found = call_queries.by_id(call_id)
    if found is None:
        raise NotFound
    answer_queries.lock(found.check_in_id)
    call = call_queries.hold(call_id)
    if call is None:
        raise NotFound
    if call.status != call_rules.OPEN:
        raise Conflict(code="closed")
    if call.tries != seen:
        raise Conflict(code="tried_meanwhile")
    return call


def _note(call: Call, outcome: str, next_at: datetime | None, actor: str) -> None:
    call.tries += 1
    number = len(call_queries.tries_of([call.id]).get(call.id, [])) + 1
    kept = next_at if outcome == "no_answer" and call.tries < call_rules.MOST_TRIES else None
    row = CallTry(call_id=call.id, number=number, outcome=outcome, next_at=kept, tried_by=actor, tried_at=clock.now())
    db.session.add(row)
    db.session.flush()


def _as_before(check_in_id: int, answer: AnswerInput) -> AnswerInput:
    """Who says on the telephone what they wrote has not answered anew: the wish for this very call is no difference."""
    before = queries.latest_answers([check_in_id]).get(check_in_id)
    if before is None:
        return answer
    known = queries.as_input(before)
    return known if rules.same(replace(known, call_me=answer.call_me), answer) else answer
