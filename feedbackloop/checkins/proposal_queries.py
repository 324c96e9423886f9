"""All SQL of what is put to a person by a link: summaries, and steps against a repeat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.orm import joinedload, selectinload

from feedbackloop.checkins.models import Proposal, ProposalAnswer
from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks

_WITH_CASE = joinedload(Proposal.complaint).joinedload(Complaint.customer)


def by_id(proposal_id: int) -> Proposal | None:
    """The proposal with its complaint, its customer and every answer, read anew."""
    return db.session.scalar(
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .options(_WITH_CASE, selectinload(Proposal.answers))
        .execution_options(populate_existing=True)
    )


def by_ids(ids: Sequence[int]) -> dict[int, Proposal]:
    found: dict[int, Proposal] = {}
    for part in chunks(ids):
        rows = db.session.scalars(select(Proposal).where(Proposal.id.in_(part)).options(_WITH_CASE))
        found.update({row.id: row for row in rows})
    return found


def lock(proposal_id: int) -> Proposal | None:
    """The proposal as it stands now, held with its complaint until the transaction ends; the complaint first."""
    complaint_id = db.session.scalar(select(Proposal.complaint_id).where(Proposal.id == proposal_id))
    if complaint_id is None:
        return None
    complaints.lock([complaint_id])
    db.session.execute(select(Proposal.id).where(Proposal.id == proposal_id).with_for_update())
    return by_id(proposal_id)


def newest(complaint_id: int, kind: str) -> Proposal | None:
    """The last one of this kind, whatever became of it."""
    statement = select(Proposal).where(Proposal.complaint_id == complaint_id, Proposal.kind == kind)
    return db.session.scalar(statement.order_by(Proposal.number.desc()).limit(1))


def newest_put(complaint_id: int, kind: str) -> int | None:
    """The number of the last one that was mailed, or is still to be."""
    wanted = (Proposal.complaint_id == complaint_id, Proposal.kind == kind)
    mailed = Proposal.status.not_in(("suppressed", "cancelled", "expired"))
    return db.session.scalar(select(func.max(Proposal.number)).where(*wanted, mailed))


def add(row: Proposal | ProposalAnswer) -> None:
    db.session.add(row)
    db.session.flush()


def settle(ids: Sequence[int], before: Sequence[str], **values: Any) -> list[Row[Any]]:
    """Sets these on proposals that have one of these statuses; id, complaint_id and kind of each."""
    found: list[Row[Any]] = []
    for part in chunks(sorted(ids)):
        statement = update(Proposal).where(Proposal.id.in_(part), Proposal.status.in_(before)).values(**values)
        statement = statement.returning(Proposal.id, Proposal.complaint_id, Proposal.kind)
        found += db.session.execute(statement.execution_options(synchronize_session=False))
    return found


def unsent_of(complaint_ids: Sequence[int]) -> list[Row[Any]]:
    """Id and kind of what these complaints' people were still to get."""
    found: list[Row[Any]] = []
    for part in chunks(complaint_ids):
        wanted = (Proposal.complaint_id.in_(part), Proposal.status == "scheduled")
        found += db.session.execute(select(Proposal.id, Proposal.kind).where(*wanted).order_by(Proposal.id))
    return found


def forget_words(complaint_ids: Sequence[int]) -> None:
    """Takes all words out of what was put to these complaints' people, and out of what they said to it."""
    for part in chunks(complaint_ids):
        theirs = select(Proposal.id).where(Proposal.complaint_id.in_(part))
        for statement in (
            update(ProposalAnswer).where(ProposalAnswer.proposal_id.in_(theirs)).values(words=None),
            update(Proposal).where(Proposal.complaint_id.in_(part)).values(text=None, agreed_text=None),
        ):
            db.session.execute(statement.execution_options(synchronize_session=False))


def for_complaints(ids: Sequence[int]) -> dict[int, list[Proposal]]:
    """What was put to the person of each of these complaints, oldest first, with every answer."""
    found: dict[int, list[Proposal]] = {}
    for part in chunks(ids):
        statement = select(Proposal).where(Proposal.complaint_id.in_(part)).options(selectinload(Proposal.answers))
        for row in db.session.scalars(statement.order_by(Proposal.id)):
            found.setdefault(row.complaint_id, []).append(row)
    return found
