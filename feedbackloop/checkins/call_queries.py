"""All SQL of calls by telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_, update
from sqlalchemy.orm import joinedload

from feedbackloop.checkins.call_rules import OPEN
from feedbackloop.checkins.models import Call, CallTry
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import inserts
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks

_WITH_CASE = (joinedload(Call.check_in), joinedload(Call.complaint).joinedload(Complaint.customer))


@dataclass(frozen=True)
class Filters:
    """What the list shows. `status` is open, due, later or closed; `why` a reason, or empty for all."""

    status: str = OPEN
    why: str = ""


@dataclass(frozen=True)
class Counts:
    due: int
    later: int
    closed: int
    by_why: Mapping[str, int]


def by_id(call_id: int) -> Call | None:
    """The call with its check-in, complaint and customer, read anew."""
    return db.session.scalar(
        select(Call).where(Call.id == call_id).options(*_WITH_CASE).execution_options(populate_existing=True)
    )


def hold(call_id: int) -> Call | None:
    """The call as it stands now, held until the transaction ends; its check-in is to be held before it."""
    statement = select(Call).where(Call.id == call_id).with_for_update()
    return db.session.scalar(statement.execution_options(populate_existing=True))


def insert_calls(rows: Sequence[Mapping[str, Any]]) -> list[Row[Any]]:
    """Inserts what is not there yet; id, complaint_id, why, status and reason of what is new."""
    found: list[Row[Any]] = []
    for part in chunks(rows):
        statement = inserts.insert_into(Call).values([dict(row) for row in part])
        statement = statement.on_conflict_do_nothing(index_elements=["check_in_id", "why"])
        found += db.session.execute(statement.returning(Call.id, Call.complaint_id, Call.why, Call.status, Call.reason))
    return found


def open_of_complaints(complaint_ids: Sequence[int], *whys: str) -> list[Call]:
    """The open calls about these complaints (for these reasons, or any), held until the transaction ends."""
    return _open(Call.complaint_id, complaint_ids, whys)


def open_of_check_ins(check_in_ids: Sequence[int], *whys: str) -> list[Call]:
    return _open(Call.check_in_id, check_in_ids, whys)


def _open(column: Any, ids: Sequence[int], whys: Sequence[str]) -> list[Call]:
    found: list[Call] = []
    for part in chunks(sorted(ids)):
        statement = select(Call).where(column.in_(part), Call.status == OPEN).order_by(Call.id).with_for_update()
        if whys:
            statement = statement.where(Call.why.in_(whys))
        found += db.session.scalars(statement.execution_options(populate_existing=True))
    return found


def of_check_in(check_in_id: int, why: str) -> Call | None:
    return db.session.scalar(select(Call).where(Call.check_in_id == check_in_id, Call.why == why))


def move_untried(due_by_check_in: Mapping[int, datetime]) -> None:
    """Gives open calls that were not tried yet another moment."""
    for check_in_id in sorted(due_by_check_in):
        db.session.execute(
            update(Call)
            .where(Call.check_in_id == check_in_id, Call.status == OPEN, Call.tries == 0)
            .values(due_at=due_by_check_in[check_in_id])
            .execution_options(synchronize_session=False)
        )


def tries_of(call_ids: Sequence[int]) -> dict[int, list[CallTry]]:
    """The tries of each call, oldest first."""
    found: dict[int, list[CallTry]] = {}
    for part in chunks(call_ids):
        for row in db.session.scalars(select(CallTry).where(CallTry.call_id.in_(part)).order_by(CallTry.id)):
            found.setdefault(row.call_id, []).append(row)
    return found


def page(filters: Filters, now: datetime, after: tuple[Any, ...] | None, limit: int) -> list[Call]:
    """One page: open calls by urgency and moment, closed ones the newest first. `after`: `place` of the last one."""
    statement = select(Call).options(*_WITH_CASE).limit(limit)
    if filters.why:
        statement = statement.where(Call.why == filters.why)
    return list(db.session.scalars(_placed(statement, filters.status, now, after)))


def _placed(statement: Select[Call], status: str, now: datetime, after: tuple[Any, ...] | None) -> Select[Call]:
    if status == "closed":
        statement = statement.where(Call.closed_at.is_not(None)).order_by(Call.closed_at.desc(), Call.id.desc())
        return statement if after is None else statement.where(tuple_(Call.closed_at, Call.id) < after)
    statement = statement.where(Call.status == OPEN).order_by(Call.rank, Call.due_at, Call.id)
    if status == "due":
        statement = statement.where(Call.due_at <= now)
    elif status == "later":
        statement = statement.where(Call.due_at > now)
    return statement if after is None else statement.where(tuple_(Call.rank, Call.due_at, Call.id) > after)


def counts(now: datetime) -> Counts:
    """How many calls there are to make and to come, by reason, and how many are closed; whatever is filtered by."""
    rows = db.session.execute(
        select(Call.why, func.count(), func.count().filter(Call.due_at <= now))
        .where(Call.status == OPEN)
        .group_by(Call.why)
    ).all()
    closed = db.session.scalar(select(func.count()).where(Call.closed_at.is_not(None))) or 0
    every, due = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return Counts(due, every - due, closed, {row[0]: row[1] for row in rows})


def for_complaints(ids: Sequence[int]) -> dict[int, list[Call]]:
    """The calls about each of these complaints, oldest first."""
    found: dict[int, list[Call]] = {}
    for part in chunks(ids):
        for row in db.session.scalars(select(Call).where(Call.complaint_id.in_(part)).order_by(Call.id)):
            found.setdefault(row.complaint_id, []).append(row)
    return found
