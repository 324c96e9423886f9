"""The SQL of the gate: what is known of those behind an improvement, and what was overruled."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.personal import Known
from feedbackloop.extensions import db
from feedbackloop.improvements.models import ImprovementComplaint, Overruling
from feedbackloop.improvements.queries import upsert
from feedbackloop.mailing.incoming.models import Reply
from feedbackloop.people.models import Customer

_PIECE = 500


def known(improvement_id: int, own: Collection[str]) -> Known:
    """Everything of the complaints behind it by which somebody could be told. What people wrote is read as it is
    looked through, and only then."""
    rows = db.session.execute(
        _behind(improvement_id)
        .outerjoin(Customer, Customer.id == Complaint.customer_id)
        .with_only_columns(Complaint.external_id, Complaint.handler_name, Customer.name, Customer.email, Customer.phone)
    ).all()
    return Known(
        names={row.name for row in rows if row.name},
        colleagues={row.handler_name for row in rows if row.handler_name},
        addresses={row.email for row in rows if row.email},
        phones={row.phone for row in rows if row.phone},
        numbers={row.external_id for row in rows},
        texts=_written(improvement_id),
        own=own,
    )


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


def _behind(improvement_id: int) -> Select[Complaint]:
    return (
        select(Complaint)
        .join(ImprovementComplaint, ImprovementComplaint.complaint_id == Complaint.id)
        .where(ImprovementComplaint.improvement_id == improvement_id)
    )


def _written(improvement_id: int) -> Iterator[str]:
    behind = _behind(improvement_id)
    yield from _texts(behind.with_only_columns(Complaint.subject))
    yield from _texts(behind.with_only_columns(Complaint.description))
    answers = behind.join(CheckIn, CheckIn.complaint_id == Complaint.id).join(Answer, Answer.check_in_id == CheckIn.id)
    yield from _texts(answers.with_only_columns(Answer.comment), Answer.comment)
    replies = behind.join(Reply, Reply.complaint_id == Complaint.id)
    yield from _texts(replies.with_only_columns(Reply.text), Reply.text)


def _texts(statement: Select[Any], column: InstrumentedAttribute[str | None] | None = None) -> Iterator[str]:
    if column is not None:
        statement = statement.where(column.is_not(None))
    for text in db.session.scalars(statement.execution_options(yield_per=_PIECE)):
        if text:
            yield text
