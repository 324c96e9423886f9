"""The SQL behind the list of recovery cases for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from feedbackloop.checkins import queries as checkins
from feedbackloop.checkins.models import Answer
from feedbackloop.extensions import db
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.recovery.queries import WITH_STORY

_OPEN, _CLOSED = RecoveryCase.status == "open", RecoveryCase.status == "closed"


@dataclass(frozen=True)
class Filters:
    """What the list shows. `status` is open, overdue, due_today, closed or all.

    Empty shows what is open, or with `opened_from` all that was opened since.
    """

    status: str = ""
    owner: str = ""
    opened_from: datetime | None = None


@dataclass(frozen=True)
class Counts:
    open: int
    overdue: int
    due_today: int
    closed: int


def counts(now: datetime, tomorrow: datetime) -> Counts:
    row = db.session.execute(
        select(
            func.count().filter(_OPEN),
            func.count().filter(_OPEN, RecoveryCase.due_at < now),
            func.count().filter(_OPEN, RecoveryCase.due_at >= now, RecoveryCase.due_at < tomorrow),
            func.count().filter(_CLOSED),
        )
    ).one()
    return Counts(*row)


def listed(
    filters: Filters, now: datetime, tomorrow: datetime, after: tuple[datetime, int] | None, limit: int
) -> list[RecoveryCase]:
    """One page of cases by deadline: the most pressing first, of closed ones the latest deadline first.

    `after` is deadline and id of the last case of the page before.
    """
    due_at, case_id = RecoveryCase.due_at, RecoveryCase.id
    status = filters.status or ("all" if filters.opened_from else "open")
    backwards = status in ("closed", "all")
    statement = select(RecoveryCase).options(*WITH_STORY)
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
    if after is not None and backwards:
        statement = statement.where((due_at < after[0]) | ((due_at == after[0]) & (case_id < after[1])))
    elif after is not None:
        statement = statement.where((due_at > after[0]) | ((due_at == after[0]) & (case_id > after[1])))
    order = (due_at.desc(), case_id.desc()) if backwards else (due_at, case_id)
    return list(db.session.scalars(statement.order_by(*order).limit(limit)))


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
