"""The complaints that could be behind an improvement, and those that are, as staff look through them. All SQL of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, tuple_

from feedbackloop.complaints import lists
from feedbackloop.complaints.lists import Filters
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.improvements import entries, markdown
from feedbackloop.improvements.models import Improvement, ImprovementComplaint

WHICH = ("", "linked", "other")


@dataclass(frozen=True)
class Pickable:
    complaint: Complaint
    linked: bool
    others: int  # improvements besides this one


@dataclass(frozen=True)
class OnCase:
    """An improvement as the page of a complaint behind it names it."""

    id: int
    said: str
    lang: str
    status: str
    public: bool
    linked_at: datetime


def page(
    improvement_id: int, filters: Filters, which: str, after: tuple[datetime, int] | None, limit: int
) -> list[Pickable]:
    """Complaints, the newest first: all of them, those that are linked, or the other ones."""
    here = exists().where(
        ImprovementComplaint.complaint_id == Complaint.id, ImprovementComplaint.improvement_id == improvement_id
    )
    statement = lists.chosen(select(Complaint), filters)
    if which:
        statement = statement.where(here if which == "linked" else ~here)
    if after is not None:
        statement = statement.where(tuple_(Complaint.opened_at, Complaint.id) < after)
    statement = statement.order_by(Complaint.opened_at.desc(), Complaint.id.desc()).limit(limit)
    found = list(db.session.scalars(statement))
    links = select(ImprovementComplaint.complaint_id, ImprovementComplaint.improvement_id).where(
        ImprovementComplaint.complaint_id.in_([one.id for one in found])
    )
    behind: dict[int, set[int]] = {}
    for complaint_id, other in db.session.execute(links):
        behind.setdefault(complaint_id, set()).add(other)
    return [
        Pickable(one, improvement_id in behind.get(one.id, ()), len(behind.get(one.id, set()) - {improvement_id}))
        for one in found
    ]


def for_complaints(complaint_ids: Sequence[int]) -> dict[int, list[OnCase]]:
    """The improvements that each of these complaints is behind, in the order in which it was linked."""
    statement = (
        select(ImprovementComplaint.complaint_id, ImprovementComplaint.linked_at, Improvement)
        .join(Improvement, Improvement.id == ImprovementComplaint.improvement_id)
        .where(ImprovementComplaint.complaint_id.in_(complaint_ids))
        .order_by(ImprovementComplaint.id)
    )
    found: dict[int, list[OnCase]] = {}
    for complaint_id, linked_at, improvement in db.session.execute(statement):
        said = markdown.opening(entries.shown_text(improvement, improvement.locale).you_said)[0]
        found.setdefault(complaint_id, []).append(
            OnCase(improvement.id, said, improvement.locale, improvement.status, improvement.public, linked_at)
        )
    return found
