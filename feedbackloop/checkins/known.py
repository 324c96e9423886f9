"""Everything of some complaints by which their people could be told: for the check of words that become public."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.personal import Known
from feedbackloop.extensions import db
from feedbackloop.mailing.incoming.models import Reply
from feedbackloop.people.models import Customer

_PIECE = 500


def known(complaints: Select[Complaint], own: Collection[str]) -> Known:
    """What is known of those behind these complaints. What people wrote is read as it is looked through, and only then.

    `own` is what may stand there all the same.
    """
    rows = db.session.execute(
        complaints.outerjoin(Customer, Customer.id == Complaint.customer_id).with_only_columns(
            Complaint.external_id, Complaint.handler_name, Customer.name, Customer.email, Customer.phone
        )
    ).all()
    return Known(
        names={row.name for row in rows if row.name},
        colleagues={row.handler_name for row in rows if row.handler_name},
        addresses={row.email for row in rows if row.email},
        phones={row.phone for row in rows if row.phone},
        numbers={row.external_id for row in rows},
        texts=_written(complaints),
        own=own,
    )


def _written(complaints: Select[Complaint]) -> Iterator[str]:
    yield from _texts(complaints.with_only_columns(Complaint.subject))
    yield from _texts(complaints.with_only_columns(Complaint.description))
    answers = complaints.join(CheckIn, CheckIn.complaint_id == Complaint.id)
    answers = answers.join(Answer, Answer.check_in_id == CheckIn.id)
    yield from _texts(answers.with_only_columns(Answer.comment), Answer.comment)
    replies = complaints.join(Reply, Reply.complaint_id == Complaint.id)
    yield from _texts(replies.with_only_columns(Reply.text), Reply.text)


def _texts(statement: Select[Any], column: InstrumentedAttribute[str | None] | None = None) -> Iterator[str]:
    if column is not None:
        statement = statement.where(column.is_not(None))
    for text in db.session.scalars(statement.execution_options(yield_per=_PIECE)):
        if text:
            yield text
