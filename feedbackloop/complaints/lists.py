"""The SQL behind the list of complaints for staff."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from feedbackloop.complaints.models import Complaint
from feedbackloop.core import moments
from feedbackloop.core.errors import BadInput
from feedbackloop.core.fields import row_id
from feedbackloop.extensions import db

# In an address: those that have nothing there.
NOTHING = "-"
UNRESOLVED = ("open", "reopened")
_OFFERED = 100


@dataclass(frozen=True)
class Filters:
    """What the list shows; everything empty shows all. `status` may also be `unresolved`; `-` means: has none.

    `q` is looked for in the source's number and the subject. Moments: from, and up to but not including.
    """

    status: str = ""
    category: str = ""
    root_cause: str = ""
    handler: str = ""
    source: str = ""
    q: str = ""
    customer: int | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    resolved_from: datetime | None = None


def page(filters: Filters, after: tuple[datetime, int] | None, limit: int) -> list[Complaint]:
    """One page, the newest complaint first; `after` is the (opened_at, id) of the last one of the page before."""
    statement = chosen(select(Complaint), filters).options(joinedload(Complaint.customer))
    if after is not None:
        statement = statement.where(tuple_(Complaint.opened_at, Complaint.id) < after)
    statement = statement.order_by(Complaint.opened_at.desc(), Complaint.id.desc()).limit(limit)
    return list(db.session.scalars(statement).all())


def place_of(complaint: Complaint) -> str:
    """Where a page that ends with this one goes on, as an address holds it."""
    return f"{moments.show(complaint.opened_at)},{complaint.id}"


def read_place(given: str | None) -> tuple[datetime, int] | None:
    """What `place_of` wrote; None for an empty one. Raises BadInput."""
    if not given:
        return None
    moment, _comma, number = given.partition(",")
    complaint_id = row_id(number)
    try:
        if complaint_id is not None:
            return moments.read(moment), complaint_id
    except ValueError:
        pass
    raise BadInput


def status_counts() -> dict[str, int]:
    """How many complaints there are of each status, whatever the list is filtered by."""
    rows = db.session.execute(select(Complaint.status, func.count()).group_by(Complaint.status))
    return {row[0]: row[1] for row in rows}


def categories() -> list[str]:
    return _distinct(Complaint.category)


def root_causes() -> list[str]:
    return _distinct(Complaint.root_cause)


def sources() -> list[str]:
    return _distinct(Complaint.source)


def handlers() -> list[tuple[str, str]]:
    """Address and name of those who have complaints."""
    rows = db.session.execute(
        select(Complaint.handler_email, func.max(Complaint.handler_name))
        .where(Complaint.handler_email.is_not(None))
        .group_by(Complaint.handler_email)
        .order_by(func.max(Complaint.handler_name))
        .limit(_OFFERED)
    )
    return [(address, name or address) for address, name in rows if address]


def others_of(customer_id: int, complaint_id: int) -> int:
    """How many other complaints this person has."""
    statement = select(func.count()).where(Complaint.customer_id == customer_id, Complaint.id != complaint_id)
    return db.session.scalar(statement) or 0


def _distinct(column: InstrumentedAttribute[Any]) -> list[str]:
    return list(
        db.session.scalars(select(column).where(column.is_not(None)).distinct().order_by(column).limit(_OFFERED))
    )


def chosen(statement: Select[Complaint], filters: Filters) -> Select[Complaint]:
    """The statement with what the filters leave."""
    if filters.status == "unresolved":
        statement = statement.where(Complaint.status.in_(UNRESOLVED))
    elif filters.status:
        statement = statement.where(Complaint.status == filters.status)
    for column, wanted in (
        (Complaint.category, filters.category),
        (Complaint.root_cause, filters.root_cause),
        (Complaint.handler_email, filters.handler),
        (Complaint.source, filters.source),
    ):
        if wanted:
            statement = statement.where(column.is_(None) if wanted == NOTHING else column == wanted)
    if filters.customer is not None:
        statement = statement.where(Complaint.customer_id == filters.customer)
    if filters.opened_from is not None:
        statement = statement.where(Complaint.opened_at >= filters.opened_from)
    if filters.opened_before is not None:
        statement = statement.where(Complaint.opened_at < filters.opened_before)
    if filters.resolved_from is not None:
        statement = statement.where(Complaint.resolved_at >= filters.resolved_from)
    return statement.where(_found(filters.q)) if filters.q else statement


def _found(q: str) -> ColumnElement[bool]:
    literal = re.sub(r"([\\%_])", r"\\\1", q)
    return or_(
        Complaint.external_id.ilike(f"%{literal}%", escape="\\"), Complaint.subject.ilike(f"%{literal}%", escape="\\")
    )
