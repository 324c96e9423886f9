"""Recording an answer: once, safely, and with what follows from it in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import force_locale

from feedbackloop.checkins import again, again_queries, calls, files, queries, reasons, rules, words
from feedbackloop.checkins.events import AnsweredLater, AnsweredNotSatisfied, AnsweredSatisfied
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.checkins.moves import QUESTION, REMINDER, move
from feedbackloop.checkins.rules import AnswerInput
from feedbackloop.complaints import service as complaints
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, Gone, NotFound
from feedbackloop.core.events import emit
from feedbackloop.core.history import Change
from feedbackloop.mailing import service as mailing
from feedbackloop.people import consents


@dataclass(frozen=True)
class Recorded:
    """The version that counts now. `changed` is False where the same was recorded already."""

    answer_id: int
    version: int
    changed: bool


def record_answer(check_in_id: int, answer: AnswerInput, actor: str) -> Recorded:
    """Records an answer, or a change of one: the complaint is confirmed or reopened with it.

    The same answer again changes nothing; every other one is kept as a version, with the marks of the one before where
    it has none. Any number at once are worked off one
    after another. An `actor` of staff writes down what was said by telephone, which needs no link. Raises NotFound,
    Gone (the link has lived its time) and Conflict (a newer solution was given).
    """
    check_in = queries.lock(check_in_id)
    if check_in is None:
        raise NotFound
    by_telephone = actor.startswith("staff:")
    refuse(rules.may_record(queries.standing(check_in)) if by_telephone else may_answer(check_in))
    before = queries.latest_answers([check_in_id]).get(check_in_id)
    if before is not None:
        answer = rules.with_marks_of(answer, queries.as_input(before))
    if before is not None and _said_already(before, answer):
        return Recorded(before.id, before.version, changed=False)
    stood = rules.stance(before.satisfied, before.reopens) if before else None
    said_before = before.satisfied if before else None
    asked_before = before is not None and calls.wants_a_call(before)
    opens = rules.reopens(answer.satisfied, reasons.marks(answer.reasons))
    after = queries.add_answer(check_in_id, answer, opens, before, actor, clock.now())
    _keep_consent(check_in, answer)
    _close_question(check_in, after, said_before, actor)
    _record(check_in, said_before, after, actor)
    calls.answered(check_in, after, asked_before, actor)
    for step in rules.effect(stood, rules.stance(after.satisfied, opens)):
        _STEPS[step](check_in, actor)
    return Recorded(after.id, after.version, changed=True)


def _said_already(before: Answer, answer: AnswerInput) -> bool:
    """Whether the same was recorded already; who still cannot say after they were asked again says something new."""
    if not rules.same(queries.as_input(before), answer) or not files.has_all(before, answer.files):
        return False
    asked = again_queries.standing(before.check_in_id) if before.satisfied == "later" else None
    return asked is None or asked.sent_at is None or asked.sent_at <= before.answered_at


def may_answer(check_in: CheckIn) -> Decision:
    """Whether this check-in's link takes an answer now."""
    life = settings().scaled(settings().link_life)
    expired = clock.now() >= rules.link_ends_at(check_in.sent_at, check_in.due_at, life)
    return rules.may_answer(queries.standing(check_in), expired)


def refuse(decision: Decision) -> None:
    """Raises what a decision against answering means. Nothing where it is allowed."""
    if decision.reason == "not_found":
        raise NotFound
    if decision.reason == "expired":
        raise Gone
    if not decision:
        raise Conflict(code=decision.reason)


def _keep_consent(check_in: CheckIn, answer: AnswerInput) -> None:
    customer_id = check_in.complaint.customer_id
    if customer_id is None:
        return
    if not answer.quote_consent:
        consents.withdraw(customer_id, check_in.complaint_id, "quote")
        return
    with force_locale(settings().pick_locale(answer.locale)):
        text = str(words.QUOTE_TEXT)
    consents.give(customer_id, check_in.complaint_id, "quote", words.QUOTE_VERSION, text)


def _close_question(check_in: CheckIn, answer: Answer, before: str | None, actor: str) -> None:
    """Nobody is asked, or reminded, after an answer; nor once more by who can say now."""
    if check_in.status != "answered":
        waiting = check_in.status == "scheduled"
        move([check_in.id], "answered", actor=actor, answered_at=answer.answered_at)
        # Of one that was sent only the reminder can still be to go.
        for kind in (QUESTION, REMINDER) if waiting else (REMINDER,):
            mailing.cancel_unsent(kind, [check_in.id], "answered")
    if before == "later" and answer.satisfied != "later":
        again.stop([check_in.id], "answered")


def _record(check_in: CheckIn, before: str | None, answer: Answer, actor: str) -> None:
    history.record(
        Change(
            actor=actor,
            subject="answer",
            subject_id=answer.id,
            what="answered" if before is None else "changed",
            complaint_id=check_in.complaint_id,
            from_state=before,
            to_state=answer.satisfied,
            detail={"version": answer.version, "rating": answer.rating, "recommend": answer.recommend},
        )
    )


def _confirm(check_in: CheckIn, actor: str) -> None:
    complaints.confirm([check_in.complaint_id], actor)
    emit(AnsweredSatisfied((check_in.id,)))


def _unconfirm(check_in: CheckIn, actor: str) -> None:
    complaints.unconfirm([check_in.complaint_id], actor)


def _reopen(check_in: CheckIn, actor: str) -> None:
    complaints.reopen([check_in.complaint_id], actor, by="answer")


def _tell(check_in: CheckIn, _actor: str) -> None:
    emit(AnsweredNotSatisfied((check_in.id,)))


def _wait(check_in: CheckIn, _actor: str) -> None:
    again.plan(check_in)
    emit(AnsweredLater((check_in.id,)))


_STEPS: Mapping[str, Callable[[CheckIn, str], None]] = {
    "confirm": _confirm,
    "unconfirm": _unconfirm,
    "reopen": _reopen,
    "tell": _tell,
    "wait": _wait,
}
