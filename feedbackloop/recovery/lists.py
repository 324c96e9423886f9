"""The SQL behind the list of recovery cases for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from feedbackloop.checkins import queries as checkins
from feedbackloop.checkins.models import Answer
from feedbackloop.extensions import db
from feedbackloop.recovery import urgency
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.recovery.queries import WITH_STORY

Statement = Select[RecoveryCase]
_OPEN, _CLOSED = RecoveryCase.status == "open", RecoveryCase.status == "closed"


@dataclass(frozen=True)
class Filters:
    """What the list shows. `status` is open, overdue, due_today, closed or all; `priority` one of urgency.LEVELS, `age`
    one of urgency.AGES, `outcome` one of rules.OUTCOMES. `escalated` ones alone are with quality.

    An empty status shows what is open, or with `opened_from` all that was opened since.
    """

    status: str = ""
    owner: str = ""
    opened_from: datetime | None = None
    priority: str = ""
    age: str = ""
    outcome: str = ""
    escalated: bool = False
    by_priority: bool = False


@dataclass(frozen=True)
class Counts:
    open: int
    overdue: int
    due_today: int
    closed: int
    escalated: int
    urgent: int
    ages: dict[str, int]


@dataclass(frozen=True)
class After:
    """The last case of the page before: where it stood in the order of the list."""

    due_at: datetime
    case_id: int
    priority: int = 0


def counts(now: datetime, tomorrow: datetime) -> Counts:
    """Every figure above the list, in one statement."""
    row = db.session.execute(
        select(
            func.count().filter(_OPEN),
            func.count().filter(_OPEN, RecoveryCase.due_at < now),
            func.count().filter(_OPEN, RecoveryCase.due_at >= now, RecoveryCase.due_at < tomorrow),
            func.count().filter(_CLOSED),
            func.count().filter(_OPEN, RecoveryCase.escalation.is_not(None)),
            func.count().filter(_OPEN, RecoveryCase.priority >= urgency.bounds("urgent")[0]),
            *(func.count().filter(_OPEN, *_of_age(age, now)) for age in urgency.AGES),
        )
    ).one()
    return Counts(*row[:6], ages=dict(zip(urgency.AGES, row[6:], strict=True)))


def listed(filters: Filters, now: datetime, tomorrow: datetime, after: After | None, limit: int) -> list[RecoveryCase]:
    """One page of cases by deadline: the most pressing first, of closed ones the latest deadline first.

    Or by priority, those that are alike by deadline.
    """
    statement = _chosen(select(RecoveryCase).options(*WITH_STORY), filters, now, tomorrow)
    return list(db.session.scalars(_in_order(statement, filters, after).limit(limit)))


def _chosen(statement: Statement, filters: Filters, now: datetime, tomorrow: datetime) -> Statement:
    due_at, status = RecoveryCase.due_at, _status(filters)
    if status == "closed":
        statement = statement.where(_CLOSED)
    elif status != "all":
        statement = statement.where(_OPEN)
    if status == "overdue":
        statement = statement.where(due_at < now)
    elif status == "due_today":
        statement = statement.where(due_at >= now, due_at < tomorrow)
    if filters.owner:
        statement = statement.where(RecoveryCase.owner_email == filters.owner)
    if filters.opened_from is not None:
        statement = statement.where(RecoveryCase.opened_at >= filters.opened_from)
    if filters.priority:
        statement = statement.where(RecoveryCase.priority.between(*urgency.bounds(filters.priority)))
    if filters.age:
        statement = statement.where(*_of_age(filters.age, now))
    if filters.outcome:
        statement = statement.where(RecoveryCase.outcome == filters.outcome)
    if filters.escalated:
        statement = statement.where(RecoveryCase.escalation.is_not(None))
    return statement


def _in_order(statement: Statement, filters: Filters, after: After | None) -> Statement:
    priority, due_at, case_id = RecoveryCase.priority, RecoveryCase.due_at, RecoveryCase.id
    if filters.by_priority:
        if after is not None:
            later = (due_at > after.due_at) | ((due_at == after.due_at) & (case_id > after.case_id))
            statement = statement.where((priority < after.priority) | ((priority == after.priority) & later))
        return statement.order_by(priority.desc(), due_at, case_id)
    if _status(filters) in ("closed", "all"):
        if after is not None:
            statement = statement.where(tuple_(due_at, case_id) < (after.due_at, after.case_id))
        return statement.order_by(due_at.desc(), case_id.desc())
    if after is not None:
        statement = statement.where(tuple_(due_at, case_id) > (after.due_at, after.case_id))
    return statement.order_by(due_at, case_id)


def _status(filters: Filters) -> str:
    return filters.status or ("all" if filters.opened_from or filters.outcome else "open")


def _of_age(age: str, now: datetime) -> list[ColumnElement[bool]]:
    since, before = urgency.due_between(age, now)
    found = [RecoveryCase.due_at < before]
    return found if since is None else [*found, RecoveryCase.due_at >= since]


def owners() -> list[tuple[str, str]]:
    """(address, name) of everybody who owns an open case, by name."""
    rows = db.session.execute(
        select(RecoveryCase.owner_email, func.max(RecoveryCase.owner_name))
        .where(_OPEN)
        .group_by(RecoveryCase.owner_email)
    )
    return sorted(((email, name or email) for email, name in rows), key=lambda one: one[1].lower())


def answers_of(cases: Sequence[RecoveryCase]) -> dict[int, Answer]:
    """The answer that counts in each of these cases, by check-in."""
    return checkins.latest_answers([case.check_in_id for case in cases])
