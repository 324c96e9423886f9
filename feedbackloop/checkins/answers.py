"""Recording an answer: once, safely, and with what follows from it in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale

from feedbackloop.checkins import again, again_queries, answer_queries, calls, files, queries, reasons, rules, words
from feedbackloop.checkins.answer_queries import Held
from feedbackloop.checkins.events import AnsweredLater, AnsweredNotSatisfied, AnsweredSatisfied, AnswersChanged
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.checkins.moves import QUESTION, REMINDER, answer_held
from feedbackloop.checkins.reasons import Listed
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


def record_answer(
    check_in_id: int, answer: AnswerInput, actor: str, listed: Sequence[Listed] | None = None
) -> Recorded:
    """Records an answer, or a change of one: the complaint is confirmed or reopened with it.

    The same answer again changes nothing; every other one is kept as a version. Any number at once are worked off one
    after another. An `actor` of staff writes down what was said by telephone, which needs no link. `listed`: the lists
    of reasons, where they were read already. Raises NotFound, Gone (the link has lived its time) and Conflict (a newer
    solution was given).
    """
    held = answer_queries.lock(check_in_id)
    if held is None:
        raise NotFound
    by_telephone = actor.startswith("staff:")
    refuse(rules.may_record(queries.standing(held.check_in)) if by_telephone else may_answer(held.check_in))
    if held.answer is not None:
        answer = rules.with_marks_of(answer, queries.as_input(held.answer))
    if held.answer is not None and _said_already(held.answer, answer):
        return Recorded(held.answer.id, held.answer.version, changed=False)
    opens = rules.reopens(answer.satisfied, reasons.marks(answer.reasons, listed))
    with history.gathered():
        after = _keep(held, answer, opens, actor)
    return Recorded(after.id, after.version, changed=True)


def _keep(held: Held, given: AnswerInput, opens: bool, actor: str) -> Answer:
    """The new version, with all that follows from it."""
    check_in, before = held.check_in, held.answer
    stood = rules.stance(before.satisfied, before.reopens) if before else None
    said_before = before.satisfied if before else None
    now = clock.now()
    _close_question(check_in, given, said_before, actor, now)
    answer = answer_queries.add_answer(check_in.id, given, opens, before, actor, now)
    _keep_consent(check_in, given, held.may_quote)
    _record(check_in, said_before, answer, actor)
    calls.answered(check_in, answer, before, held.is_called, actor)
    steps = rules.effect(stood, rules.stance(answer.satisfied, opens))
    for step in steps:
        _STEPS[step](check_in, answer, actor)
    if not {"confirm", "unconfirm", "reopen"} & set(steps):  # which tell everybody
        emit(AnswersChanged((check_in.id,)))
    return answer


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


def _keep_consent(check_in: CheckIn, answer: AnswerInput, holds: bool) -> None:
    """Keeps the consent that was given, or withdraws the one that holds."""
    customer_id = check_in.complaint.customer_id
    if customer_id is None or holds == answer.quote_consent:
        return
    if not answer.quote_consent:
        consents.withdraw(customer_id, check_in.complaint_id, "quote")
        return
    with force_locale(settings().pick_locale(answer.locale)):
        text = str(words.QUOTE_TEXT)
    consents.give(customer_id, check_in.complaint_id, "quote", words.QUOTE_VERSION, text)


def _close_question(check_in: CheckIn, answer: AnswerInput, before: str | None, actor: str, now: datetime) -> None:
    """Nobody is asked, or reminded, after an answer; nor once more by who can say now."""
    if check_in.status != "answered":
        waiting = check_in.status == "scheduled"
        answer_held(check_in, actor, now)
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


def _confirm(check_in: CheckIn, _answer: Answer, actor: str) -> None:
    complaints.confirm([check_in.complaint_id], actor)
    emit(AnsweredSatisfied((check_in.id,)))


def _unconfirm(check_in: CheckIn, _answer: Answer, actor: str) -> None:
    complaints.unconfirm([check_in.complaint_id], actor)


def _reopen(check_in: CheckIn, _answer: Answer, actor: str) -> None:
    complaints.reopen_held([check_in.complaint], actor, by="answer")


def _tell(check_in: CheckIn, answer: Answer, _actor: str) -> None:
    emit(AnsweredNotSatisfied((check_in.id,), (answer.id,)))


def _wait(check_in: CheckIn, _answer: Answer, _actor: str) -> None:
    again.plan(check_in)
    emit(AnsweredLater((check_in.id,)))


_STEPS: Mapping[str, Callable[[CheckIn, Answer, str], None]] = {
    "confirm": _confirm,
    "unconfirm": _unconfirm,
    "reopen": _reopen,
    "tell": _tell,
    "wait": _wait,
}
