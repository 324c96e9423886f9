"""The SQL of the gate: what is known of those behind an improvement, and what was overruled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from feedbackloop.checkins import known as people
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.personal import Known
from feedbackloop.extensions import db
from feedbackloop.improvements.models import ImprovementComplaint, Overruling
from feedbackloop.improvements.queries import upsert


def known(improvement_id: int, own: Collection[str]) -> Known:
    """Everything of the complaints behind it by which somebody could be told."""
    behind = (
        select(Complaint)
        .join(ImprovementComplaint, ImprovementComplaint.complaint_id == Complaint.id)
        .where(ImprovementComplaint.improvement_id == improvement_id)
    )
    return people.known(behind, own)


def overruled(improvement_id: int) -> dict[tuple[str, str, str], str]:
    """Who overruled what, by place, kind and digest."""
    rows = db.session.scalars(select(Overruling).where(Overruling.improvement_id == improvement_id))
    return {(one.place, one.kind, one.digest): one.by for one in rows}


def overrule(improvement_id: int, key: tuple[str, str, str], by: str, at: datetime) -> None:
    """Keeps who overruled it; the last one counts."""
    place, kind, digest = key
    values = {"improvement_id": improvement_id, "place": place, "kind": kind, "digest": digest, "by": by, "at": at}
    statement = upsert(Overruling).values(values)
    unique = ["improvement_id", "place", "kind", "digest"]
    db.session.execute(statement.on_conflict_do_update(index_elements=unique, set_={"by": by, "at": at}))
