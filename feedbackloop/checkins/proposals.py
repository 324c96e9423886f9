"""What is put to a person by a link and what they say to it: is this summary right; is this step fine?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from feedbackloop.checkins import proposal_queries, proposal_rules, queries
from feedbackloop.checkins.models import Proposal, ProposalAnswer
from feedbackloop.checkins.proposal_rules import SUMMARY, Recipient
from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints import service as complaint_service
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, Gone, NotFound
from feedbackloop.core.history import Change
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people.events import PeopleErased

KIND_OF_MAIL = {"summary": "summary_confirmation", "step": "step_agreement"}
PURPOSE = "check_in"
_KIND = {mail: kind for kind, mail in KIND_OF_MAIL.items()}
_SYSTEM = "system"


def put(complaint_id: int, kind: str, text: str, actor: str) -> Decision:
    """Puts these words to the complaint's person, by mail; a decision against it is kept with its reason.

    One of a kind is under way at a time: Conflict `under_way` where the person has not answered the last one. Where it
    was answered, or never arrived, another one takes its place, and the old link takes no answer any more.
    """
    complaint = next(iter(complaints.lock([complaint_id])), None)
    if complaint is None:
        raise NotFound
    before = proposal_queries.newest(complaint_id, kind)
    if before is not None and is_under_way(before):
        raise Conflict(code="under_way")
    if before is not None and before.status == "sent":
        rows = proposal_queries.settle([before.id], ("sent",), status="expired", reason="link_expired")
        _record(rows, "expired", "expired", "link_expired")
    may = proposal_rules.may_put(_recipient(complaint))
    now = clock.now()
    row = Proposal(
        complaint_id=complaint_id,
        kind=kind,
        number=before.number + 1 if before else 1,
        text=text,
        written_by=actor,
        status="scheduled" if may else "suppressed",
        reason=may.reason,
        created_at=now,
    )
    proposal_queries.add(row)
    what = "planned" if may else "suppressed"
    history.record(Change(actor, kind, row.id, what, complaint_id, None, row.status, may.reason))
    if may:
        mail = mailing.NewMail(KIND_OF_MAIL[kind], row.id, now, 1, complaint_id, complaint.customer_id)
        mailing.plan_mails([mail])
    return may


def is_under_way(proposal: Proposal) -> bool:
    """Whether its person may still answer it for the first time."""
    return proposal.status == "scheduled" or (proposal.status == "sent" and not is_expired(proposal))


def is_expired(proposal: Proposal) -> bool:
    life = settings().scaled(settings().link_life)
    return clock.now() >= (proposal.sent_at or proposal.created_at) + life


def may_answer(proposal: Proposal) -> Decision:
    """Whether its link takes an answer now."""
    customer = proposal.complaint.customer
    last = proposal_queries.newest_put(proposal.complaint_id, proposal.kind)
    return proposal_rules.may_answer(
        proposal.status,
        newest=last == proposal.number,
        erased=customer is None or customer.erased_at is not None or proposal.text is None,
        decided=proposal.decision in ("taken", "declined"),
        expired=is_expired(proposal),
    )


def refuse(decision: Decision) -> None:
    """Raises what a decision against answering means. Nothing where it is allowed."""
    if decision.reason == "not_found":
        raise NotFound
    if decision.reason == "expired":
        raise Gone
    if not decision:
        raise Conflict(code=decision.reason)


def answer(proposal_id: int, said: str, words: str | None, actor: str) -> None:
    """Keeps what the person says, as a version; the same again changes nothing. What they agreed to holds at once.

    Raises NotFound, Gone and Conflict (there is a newer one, or a colleague decided on the last answer).
    """
    proposal = proposal_queries.lock(proposal_id)
    if proposal is None:
        raise NotFound
    refuse(may_answer(proposal))
    last = proposal.answers[-1] if proposal.answers else None
    if last is not None and (last.answer, last.words) == (said, words):
        return
    now = clock.now()
    version = last.version + 1 if last else 1
    proposal_queries.add(
        ProposalAnswer(proposal_id=proposal_id, version=version, answer=said, words=words, said_by=actor, said_at=now)
    )
    before, proposal.status, proposal.answer, proposal.answered_at = proposal.answer, "answered", said, now
    proposal.agreed_text = proposal_rules.agreed(proposal.text, said, words)
    proposal.decision = proposal.decided_by = proposal.decided_at = None
    if proposal.kind == SUMMARY and proposal.agreed_text:
        complaint_service.agree_summary(proposal.complaint_id, proposal.agreed_text)
    mailing.cancel_unsent(KIND_OF_MAIL[proposal.kind], [proposal_id], "answered")
    detail = {"version": version}
    history.record(
        Change(actor, proposal.kind, proposal_id, "answered", proposal.complaint_id, before, said, detail=detail)
    )


def decide(proposal_id: int, wanted: str, actor: str) -> None:
    """What staff do with an answer: read it; take the person's idea, which then holds; or decline it.

    Raises NotFound, and Conflict where there is nothing (more) to decide.
    """
    proposal = proposal_queries.lock(proposal_id)
    if proposal is None:
        raise NotFound
    decision = proposal_rules.may_decide(proposal.answer, proposal.decision, wanted)
    if not decision:
        raise Conflict(code=decision.reason)
    proposal.decision, proposal.decided_by, proposal.decided_at = wanted, actor, clock.now()
    if wanted == "taken":
        proposal.agreed_text = proposal.answers[-1].words
    history.record(Change(actor, proposal.kind, proposal_id, "decided", proposal.complaint_id, proposal.answer, wanted))


def mails_sent(event: MailsSent) -> None:
    """It went out: from now its link lives."""
    if event.kind in _KIND:
        rows = proposal_queries.settle(event.subject_ids, ("scheduled",), status="sent", sent_at=clock.now())
        _record(rows, "sent", "sent")


def mails_ended(event: MailsEnded) -> None:
    """It will not arrive, or did not; the reason is kept."""
    if event.kind in _KIND:
        before = ("scheduled", "sent") if event.status == "bounced" else ("scheduled",)
        rows = proposal_queries.settle(event.subject_ids, before, status=event.status, reason=event.reason)
        _record(rows, event.status, event.status, event.reason)


def erase(event: PeopleErased) -> None:
    """Takes the words of erased people, and words about them, away, and stops what was not sent to them yet."""
    ids = queries.complaints_of(event.ids)
    waiting = proposal_queries.unsent_of(ids)
    for kind, mail in KIND_OF_MAIL.items():
        mailing.cancel_unsent(mail, [row.id for row in waiting if row.kind == kind], "erased")
    rows = proposal_queries.settle([row.id for row in waiting], ("scheduled",), status="cancelled", reason="erased")
    _record(rows, "cancelled", "cancelled", "erased")
    proposal_queries.forget_words(ids)


def _recipient(complaint: Complaint) -> Recipient:
    customer = complaint.customer
    if customer is None:
        return Recipient(known=False, has_address=False)
    address = customer.email
    suppressed = optouts.reasons([address], PURPOSE, clock.now()).get(address) if address else None
    return Recipient(True, address is not None, customer.erased_at is not None, suppressed)


def _record(rows: Iterable[Row[Any]], what: str, to: str, reason: str | None = None) -> None:
    history.record_many(Change(_SYSTEM, row.kind, row.id, what, row.complaint_id, None, to, reason) for row in rows)
