"""Steps against a repeat that people agreed to: each may be the start of one improvement. All SQL of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select

from feedbackloop.checkins.models import Proposal
from feedbackloop.checkins.proposal_rules import STEP
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.improvements.models import ImprovementStep
from feedbackloop.improvements.queries import upsert
from feedbackloop.people.models import Customer


@dataclass(frozen=True)
class Step:
    """`text` are the words that hold: ours, or the person's idea that we took. `locale` is the person's language."""

    id: int
    complaint_id: int
    text: str
    agreed_at: datetime
    category: str | None
    locale: str | None


def unused(limit: int) -> list[Step]:
    """Steps that no improvement began with yet, the newest agreement first."""
    used = exists().where(ImprovementStep.proposal_id == Proposal.id)
    rows = db.session.execute(_agreed().where(~used).order_by(Proposal.id.desc()).limit(limit))
    return [Step(*row) for row in rows]


def by_id(step_id: int) -> Step | None:
    """The step, where it is agreed."""
    row = db.session.execute(_agreed().where(Proposal.id == step_id)).first()
    return Step(*row) if row else None


def use(step_id: int, improvement_id: int) -> bool:
    """Keeps that the improvement began with this step; False where another one did, or it is not agreed."""
    if by_id(step_id) is None:
        return False
    statement = upsert(ImprovementStep).values(proposal_id=step_id, improvement_id=improvement_id)
    statement = statement.on_conflict_do_nothing(index_elements=["proposal_id"])
    return db.session.scalar(statement.returning(ImprovementStep.proposal_id)) is not None


def _agreed() -> Select[*tuple[Any, ...]]:
    at = func.coalesce(Proposal.decided_at, Proposal.answered_at)
    return (
        select(Proposal.id, Proposal.complaint_id, Proposal.agreed_text, at, Complaint.category, Customer.locale)
        .join(Complaint, Complaint.id == Proposal.complaint_id)
        .outerjoin(Customer, Customer.id == Complaint.customer_id)
        .where(Proposal.kind == STEP, Proposal.answer.is_not(None), Proposal.agreed_text.is_not(None))
    )
