"""What changes a recovery case: a dissatisfied answer opens it, a second solution or a 'yes' closes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feedbackloop.checkins import answer_queries
from feedbackloop.checkins import queries as checkins
from feedbackloop.checkins.events import AnsweredLater, AnsweredNotSatisfied, AnsweredSatisfied
from feedbackloop.checkins.models import Answer
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.events import ComplaintsResolved
from feedbackloop.config import settings
from feedbackloop.core import clock, events, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.core.unset import UNSET
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.service import NewMail
from feedbackloop.people.events import PeopleErased
from feedbackloop.recovery import queries, rules, urgency
from feedbackloop.recovery.events import CasesClosed
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.setting_types import Mailbox

RECEIPT, FOR_HANDLER, SOLVED = "answer_receipt", "case_for_handler", "solved_for_handler"
FOR_QUALITY, OVERDUE, OVERDUE_FOR_QUALITY = "case_for_quality", "case_overdue", "case_overdue_for_quality"
TO_OWNERS = (FOR_HANDLER, FOR_QUALITY)
_SYSTEM = "system"

# Who adds words to an answer often adds some more: the handler hears of it once.
WORDS_SETTLE = timedelta(minutes=10)


def open_cases(event: AnsweredNotSatisfied) -> None:
    """Gives each dissatisfied answer an owner and a deadline; its person gets a receipt, its owner the case.

    There is one case a check-in, whether or not the complaint was reopened with it. 'No' after a 'yes' opens it again,
    with a new deadline; other words on a case that is open reach its owner in a mail of their own, unless the first one
    is still to be sent. What came back before goes to quality (urgency.escalation).
    """
    answers = answer_queries.answers(event.answer_ids)
    # A first answer has no case yet: the complaint is held, and nothing else opens one.
    cases = queries.of_check_ins([answer.check_in_id for answer in answers if answer.version > 1])
    for answer in answers:
        case = cases.get(answer.check_in_id)
        if case is None:
            _open(answer)
        elif case.status == "closed":
            _reopen(case, answer)
        else:
            _hear_more(case, answer)


def hear_doubt(event: AnsweredLater) -> None:
    """Who was not satisfied and now cannot say yet: the case stays, and its owner hears of it."""
    cases = [case for case in queries.of_check_ins(event.check_in_ids).values() if case.status == "open"]
    if cases:
        answers = checkins.latest_answers([case.check_in_id for case in cases])
        for case in cases:
            if not queries.is_waiting(TO_OWNERS, case.id):
                _tell_owner(case, answers[case.check_in_id], clock.now() + WORDS_SETTLE)


def close_resolved_again(event: ComplaintsResolved) -> None:
    """A new solution closes the case; the next check-in asks whether it is right."""
    _close(queries.open_of_complaints(event.ids), "resolved_again", _SYSTEM)


def close_satisfied(event: AnsweredSatisfied) -> None:
    """'Yes' after all closes the case, and its owner hears so if the case had reached them."""
    cases = [case for case in queries.of_check_ins(event.check_in_ids).values() if case.status == "open"]
    unaware = _close(cases, "solved_says_person", _SYSTEM)
    now = clock.now()
    mailing.plan_mails(
        [
            NewMail(
                SOLVED, case.id, now, case.openings, case.complaint_id, to=Mailbox(case.owner_name, case.owner_email)
            )
            for case in cases
            if case.id not in unaware
        ]
    )


def erase(event: PeopleErased) -> None:
    """Closes the cases of erased people: nobody can come back to them any more. What was written about them goes."""
    complaint_ids = queries.complaints_of(event.ids)
    _close(queries.open_of_complaints(complaint_ids), "erased", _SYSTEM)
    queries.forget_words(complaint_ids)


def solve(case_id: int, actor: str, done: str, promised: str | None, cause: str | None = None) -> None:
    """The owner's second solution, by the link to this one case: resolves the complaint, which plans a next check-in.

    The same words again change nothing. Raises NotFound, and Conflict where the case was closed in another way.
    """
    case = held(case_id)
    if case.status != "open":
        if case.outcome == "resolved_again" and case.complaint.resolution == done:
            return
        raise Conflict(code="closed")
    if case.complaint.status not in ("open", "reopened"):
        # The answer left it resolved; another solution is the next round all the same.
        complaints.reopen([case.complaint_id], actor, reason="another_solution")
    complaints.resolve(
        case.complaint_id,
        actor,
        resolution=done,
        prevention=UNSET if promised is None else promised,
        root_cause=UNSET if cause is None else cause,
    )


def record_outcome(case_id: int, outcome: str, reason: str, actor: str) -> None:
    """How a colleague says that the case ended (rules.BY_STAFF), in words that colleagues read. The complaint stays.

    The same again changes nothing. Raises NotFound, and Conflict where it ended otherwise before.
    """
    if outcome not in rules.BY_STAFF:
        raise ValueError(outcome)
    case = held(case_id)
    if case.outcome == outcome and case.outcome_reason == reason:
        return
    if not rules.may_move(case.status, "closed"):
        raise Conflict(code="closed")
    _close([case], outcome, actor)
    case.outcome_reason = reason


def held(case_id: int) -> RecoveryCase:
    """The case as it stands now, held until the transaction ends. Raises NotFound."""
    case = queries.lock(case_id)
    if case is None:
        raise NotFound
    return case


def due_at(opened_at: datetime) -> datetime:
    """By when a person who answers at this moment hears more."""
    found = settings()
    return rules.deadline(opened_at, found.recovery_deadline, found.timezone, mailing.is_holiday)


def _open(answer: Answer) -> None:
    check_in = answer.check_in
    owner, now = queries.owner_of(check_in.complaint), clock.now()
    case = RecoveryCase(
        check_in_id=check_in.id,
        complaint_id=check_in.complaint_id,
        status="open",
        openings=1,
        owner_name=owner.name,
        owner_email=owner.address,
        opened_at=now,
        due_at=due_at(now),
    )
    escalated = _weigh(case, answer)
    queries.add(case)
    history.record(Change(_SYSTEM, "recovery_case", case.id, "opened", case.complaint_id, None, "open"))
    if escalated:
        _record_escalation(case)
    _announce(case, answer)


def _reopen(case: RecoveryCase, answer: Answer) -> None:
    owner, now = queries.owner_of(answer.check_in.complaint), clock.now()
    history.record(Change(_SYSTEM, "recovery_case", case.id, "opened", case.complaint_id, case.status, "open"))
    case.status, case.outcome, case.outcome_reason, case.closed_at = "open", None, None, None
    case.openings += 1
    case.escalation = case.escalated_at = case.owner_before = case.alarmed_at = None
    case.owner_name, case.owner_email = owner.name, owner.address
    case.opened_at, case.due_at = now, due_at(now)
    if _weigh(case, answer):
        _record_escalation(case)
    _announce(case, answer)


def _hear_more(case: RecoveryCase, answer: Answer) -> None:
    """Other words on a case that is open."""
    if _weigh(case, answer):
        _record_escalation(case)
        if case.owner_before is not None:
            _tell_quality(case)
            return
    if not queries.is_waiting(TO_OWNERS, case.id):
        _tell_owner(case, answer, clock.now() + WORDS_SETTLE)


def _weigh(case: RecoveryCase, answer: Answer) -> bool:
    """Gives the case the priority of its answer, and to quality what came back before; whether it is marked so now."""
    before = queries.before(case)
    again = before.dissatisfied > 0 or before.reopened
    said = urgency.Said(answer.satisfied, answer.rating, answer.recommend, answer.call_me, again)
    case.priority_reasons = list(urgency.reasons(said))
    case.priority = urgency.score(case.priority_reasons)
    why = urgency.escalation(answer.satisfied, before.dissatisfied, before.reopened)
    if why is None or case.escalation is not None:
        return False
    case.escalation, case.escalated_at = why, clock.now()
    quality = queries.quality()
    # Without quality its handler goes on: there is nobody else. It is marked all the same.
    if quality is not None:
        case.owner_before = case.owner_name or case.owner_email
        case.owner_name, case.owner_email = quality.name, quality.address
    return True


def _record_escalation(case: RecoveryCase) -> None:
    change = Change(_SYSTEM, "recovery_case", case.id, "escalated", case.complaint_id, case.status, case.status)
    to = None if case.owner_before is None else "quality"
    history.record(replace(change, reason=case.escalation, detail={"to": to}))


def _announce(case: RecoveryCase, answer: Answer) -> None:
    """The receipt for its person, and the case for whoever takes it."""
    now, customer_id = clock.now(), answer.check_in.complaint.customer_id
    receipts = [NewMail(RECEIPT, case.id, now, case.openings, case.complaint_id, customer_id)] if customer_id else []
    if case.owner_before is None:
        _tell_owner(case, answer, now, *receipts)
    else:
        _tell_quality(case, *receipts)


def _tell_quality(case: RecoveryCase, *besides: NewMail) -> None:
    """Quality gets the whole story; who handled it until now hears nothing more of it."""
    mailing.cancel_unsent(FOR_HANDLER, [case.id], "escalated")
    mail = NewMail(FOR_QUALITY, case.id, clock.now(), case.openings, case.complaint_id, to=_owner(case))
    mailing.plan_mails([*besides, mail])


def _tell_owner(case: RecoveryCase, answer: Answer, at: datetime, *besides: NewMail) -> None:
    """One mail a version of the answer, so that nothing is told twice."""
    mail = NewMail(FOR_HANDLER, case.id, at, answer.version, case.complaint_id, to=_owner(case))
    mailing.plan_mails([*besides, mail])


def _owner(case: RecoveryCase) -> Mailbox:
    return Mailbox(case.owner_name, case.owner_email)


def _close(cases: Sequence[RecoveryCase], outcome: str, actor: str) -> set[int]:
    """Closes open cases and stops their unsent mail; the ids of those that had not reached their owner yet.

    Every case that ends does so here.
    """
    now, ids = clock.now(), [case.id for case in cases]
    history.record_many(
        Change(actor, "recovery_case", case.id, "closed", case.complaint_id, case.status, "closed", outcome)
        for case in cases
    )
    for case in cases:
        case.status, case.outcome, case.closed_at = "closed", outcome, now
    for kind in (RECEIPT, OVERDUE, OVERDUE_FOR_QUALITY):
        mailing.cancel_unsent(kind, ids, outcome)
    unaware = {case_id for kind in TO_OWNERS for case_id in mailing.cancel_unsent(kind, ids, outcome)}
    if ids:
        events.emit(CasesClosed(tuple(ids)))
    return unaware
