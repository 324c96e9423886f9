"""All SQL of the pages over all stations: they read every station's tables and write none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, and_, func, literal, select, text
from sqlalchemy.orm import joinedload

from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.checkins import proposal_rules
from feedbackloop.checkins.models import Answer, Call, CheckIn, Proposal
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.db import written
from feedbackloop.core.formats import AtLeast, up_to
from feedbackloop.core.history import History
from feedbackloop.extensions import Base, db
from feedbackloop.improvements.models import NOT_IT, Improvement, Telling
from feedbackloop.mailing import parts
from feedbackloop.mailing.incoming.models import Reply
from feedbackloop.mailing.models import Outbox
from feedbackloop.overview.rules import Day
from feedbackloop.recovery.models import RecoveryCase, Spending
from feedbackloop.reviews.models import Invitation, Review

UNRESOLVED = ("open", "reopened")
STUCK = ("parked", "uncertain")
RUNNING = ("planned", "in_progress")
_UNDECIDED = (
    Proposal.kind == proposal_rules.STEP,
    Proposal.answer.in_(proposal_rules.DECISIONS),
    Proposal.decision.is_(None),
)


@dataclass(frozen=True)
class Standing:
    """How every station stands now. It is what the navigation shows, on every staff page."""

    unresolved: int
    waiting_for_answer: int
    calls_open: int
    calls_due: int
    steps_to_read: int
    step_case: int | None
    in_recovery: int
    overdue: int
    due_today: int
    escalated: int
    spendings_asked: int
    reviews_to_read: int
    on_board: int
    steps_due: int
    improvements_running: int
    improvements_late: int
    improvements_asked: int
    tellings_waiting: int
    not_it: int
    mails_stuck: int
    replies_to_read: int


@dataclass(frozen=True)
class Figures:
    """What happened at every station since a moment. `answered`, `yes` to `later` are of those `asked` since."""

    opened: int
    resolved: int
    back_to_handler: int
    invited: int
    clicked: int
    reviewed: int
    new_ambassadors: int
    done: int
    not_possible: int
    told: int
    helped: int
    not_helped: int
    asked: int
    answered: int
    yes: int
    partly: int
    no: int
    later: int


# What the pages count is counted no further: nobody reads more, and it would cost the more the longer we are used.
SHOWN, COUNTED = 999, 9_999


def standing(day: Day) -> Standing:
    """One query, of the same cost for any number of people: no count goes beyond SHOWN, the board's is kept."""
    case_open, call_open = RecoveryCase.status == "open", Call.status == "open"
    due_today = and_(case_open, RecoveryCase.due_at >= day.now, RecoveryCase.due_at < day.ends_at)
    on_board = Ambassador.left_at.is_(None)
    running = Improvement.status.in_(RUNNING)
    counts = {
        "unresolved": _count(Complaint, Complaint.status.in_(UNRESOLVED)),
        "waiting_for_answer": _count(CheckIn, CheckIn.status == "sent"),
        "calls_open": _count(Call, call_open),
        "calls_due": _count(Call, call_open, Call.due_at <= day.now),
        "steps_to_read": _count(Proposal, *_UNDECIDED),
        "step_case": _oldest_undecided(),
        "in_recovery": _count(RecoveryCase, case_open),
        "overdue": _count(RecoveryCase, case_open, RecoveryCase.due_at < day.now),
        "due_today": _count(RecoveryCase, due_today),
        "escalated": _count(RecoveryCase, case_open, RecoveryCase.escalation.is_not(None)),
        "spendings_asked": _count(Spending, Spending.status == "asked"),
        "reviews_to_read": _count(Review, Review.status == "pending"),
        "on_board": boards.on_board(),
        "steps_due": _count(Ambassador, on_board, Ambassador.next_key <= day.date),
        "improvements_running": _count(Improvement, running),
        "improvements_late": _count(Improvement, running, Improvement.target_on < day.date),
        "improvements_asked": _count(Improvement, Improvement.asked_at.is_not(None)),
        "tellings_waiting": _count(Telling, Telling.status == "scheduled"),
        "not_it": _count(Telling, text(NOT_IT)),
        "mails_stuck": _count(Outbox, parts.apart(*STUCK)),
        "replies_to_read": _count(Reply, Reply.read_at.is_(None), Reply.text.is_not(None)),
    }
    return Standing(**_row(counts))


def figures(since: datetime) -> Figures:
    """Two queries. No count goes beyond COUNTED; how they answered is told of the newest COUNTED who were asked."""
    counts = {
        "opened": _since(Complaint, Complaint.opened_at >= since),
        "resolved": _since(Complaint, Complaint.resolved_at >= since),
        "back_to_handler": _since(RecoveryCase, RecoveryCase.opened_at >= since),
        "invited": _since(Invitation, Invitation.sent_at >= since),
        "clicked": _since(Invitation, Invitation.clicked_at >= since),
        "reviewed": _since(Review, Review.written_at >= since),
        "new_ambassadors": _since(
            Ambassador, Ambassador.left_at.is_(None), Ambassador.stage == "ambassador", Ambassador.stage_since >= since
        ),
        "done": _since(Improvement, Improvement.status == "done"),
        "not_possible": _since(Improvement, Improvement.status == "not_possible"),
        "told": _since(Telling, Telling.sent_at >= since),
        "helped": _since(Telling, Telling.answered_at >= since, Telling.helps == "yes"),
        "not_helped": _since(Telling, Telling.answered_at >= since, Telling.helps == "no"),
    }
    newest = select(CheckIn.id).where(CheckIn.sent_at >= since).order_by(CheckIn.sent_at.desc()).limit(COUNTED + 1)
    asked = newest.subquery()
    # One by one from the index: joined with them, all answers there are would be read.
    given = select(Answer.satisfied).where(Answer.check_in_id == asked.c.id, Answer.latest).scalar_subquery()
    each = select(given.label("said")).select_from(asked).offset(written(0)).subquery()
    split = select(
        func.count().label("asked"),
        func.count(each.c.said).label("answered"),
        *(func.count().filter(each.c.said == said).label(said) for said in ("yes", "partly", "no", "later")),
    )
    shares = dict(db.session.execute(split).one()._mapping)
    if shares["asked"] > COUNTED:
        shares = {name: AtLeast(min(number, COUNTED)) if number else 0 for name, number in shares.items()}
    return Figures(**_row(counts, COUNTED), **shares)


def most_urgent_case(status_before: datetime) -> RecoveryCase | None:
    """The open recovery case whose date comes first, where that is before the moment."""
    return db.session.scalar(
        select(RecoveryCase)
        .options(joinedload(RecoveryCase.complaint))
        .where(RecoveryCase.status == "open", RecoveryCase.due_at < status_before)
        .order_by(RecoveryCase.due_at, RecoveryCase.id)
        .limit(1)
    )


def most_urgent_call(now: datetime) -> Call | None:
    """The call to make first, of those that are due."""
    return db.session.scalar(
        select(Call)
        .options(joinedload(Call.complaint))
        .where(Call.status == "open", Call.due_at <= now)
        .order_by(Call.rank, Call.due_at, Call.id)
        .limit(1)
    )


def case_numbers(complaint_ids: Sequence[int]) -> dict[int, str]:
    """The number by which people know each complaint."""
    rows = db.session.execute(select(Complaint.id, Complaint.external_id).where(Complaint.id.in_(complaint_ids)))
    return {row.id: row.external_id for row in rows}


def oldest_unread_review() -> datetime | None:
    return db.session.scalar(select(func.min(Review.written_at)).where(Review.status == "pending"))


def stuck_mails() -> dict[str, int]:
    """How many mails wait for a person, by status."""
    statement = select(Outbox.status, func.count().label("mails")).where(parts.apart(*STUCK)).group_by(Outbox.status)
    return {row.status: row.mails for row in db.session.execute(statement)}


def history_since(moment: datetime, limit: int) -> Sequence[History]:
    """The newest changes, newest first."""
    statement = select(History).where(History.at >= moment).order_by(History.at.desc(), History.id.desc()).limit(limit)
    return db.session.scalars(statement).all()


def _oldest_undecided() -> ScalarSelect[int]:
    """The complaint with the oldest step that its person did not agree to and that nobody decided on."""
    oldest = select(Proposal.complaint_id).where(*_UNDECIDED).order_by(Proposal.id).limit(1)
    return oldest.scalar_subquery()


def _count(model: type[Base], *where: Any) -> ScalarSelect[int]:
    return _up_to(SHOWN, model, *where)


def _since(model: type[Base], *where: Any) -> ScalarSelect[int]:
    return _up_to(COUNTED, model, *where)


def _up_to(most: int, model: type[Base], *where: Any) -> ScalarSelect[int]:
    """How many there are, looked for no further than one more than `most`. The limit stands in the statement: of one
    that is given later the planner would think that it is large."""
    some = select(literal(1)).select_from(model).where(*where).limit(written(most + 1))
    return select(func.count()).select_from(some.subquery()).scalar_subquery()


def _row(counts: dict[str, ScalarSelect[int]], most: int = SHOWN) -> dict[str, int]:
    row = db.session.execute(select(*(count.label(name) for name, count in counts.items()))).one()
    exact = ("on_board", "step_case")
    return {
        name: number if number is None or name in exact else up_to(most, number)
        for name, number in row._mapping.items()
    }
