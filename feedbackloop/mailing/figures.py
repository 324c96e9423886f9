"""What the staff page and the metrics read of the outbox and of the suppression list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, select

from feedbackloop.extensions import db
from feedbackloop.mailing import queries
from feedbackloop.mailing.models import Outbox, Suppression
from feedbackloop.mailing.rules import WAITING
from feedbackloop.people.models import Customer

PAGE = 50
NEEDS_A_PERSON = ("parked", "uncertain")
NOT_SENT = ("suppressed", "bounced", "expired", "cancelled")


@dataclass(frozen=True)
class Line:
    """A mail as a list shows it."""

    mail: Outbox
    address: str | None
    reference: str | None  # the complaint's, where it is about one


def counts() -> dict[str, int]:
    """How many mails have each status; a status without mails is absent."""
    rows = db.session.execute(select(Outbox.status, func.count()).group_by(Outbox.status))
    return dict(rows.tuples().all())


def oldest_due(now: datetime) -> datetime | None:
    """The due moment of the mail that waits longest for a sender."""
    found = [
        db.session.scalar(select(func.min(Outbox.due_at)).where(Outbox.status == status, Outbox.due_at <= now))
        for status in WAITING
    ]
    return min((one for one in found if one is not None), default=None)


def last_sent() -> datetime | None:
    return db.session.scalar(select(func.max(Outbox.sent_at)))


def sent_since(moment: datetime) -> int:
    return db.session.scalar(select(func.count()).where(Outbox.sent_at >= moment)) or 0


def sent_by_hour(midnight: datetime) -> dict[int, int]:
    """How many mails a server took in each hour since a local midnight; hours without any are absent."""
    start = int(midnight.timestamp())
    hour: ColumnElement[Any]
    if db.session.get_bind().dialect.name == "postgresql":
        hour = func.floor((func.extract("epoch", Outbox.sent_at) - start) / 3600)
    else:
        hour = (func.unixepoch(Outbox.sent_at, type_=Integer) - start) // 3600
    hour = hour.label("hour")
    rows = db.session.execute(select(hour, func.count()).where(Outbox.sent_at >= midnight).group_by(hour))
    return {int(found): number for found, number in rows}


def reasons_since(moment: datetime) -> list[tuple[str, str, int]]:
    """(status, reason, how many) of mails planned since then that were not sent; most first."""
    number = func.count()
    rows = db.session.execute(
        select(Outbox.status, Outbox.reason, number)
        .where(Outbox.status.in_(NOT_SENT), Outbox.created_at >= moment)
        .group_by(Outbox.status, Outbox.reason)
        .order_by(number.desc(), Outbox.status, Outbox.reason)
    )
    return [(status, reason or status, many) for status, reason, many in rows]


def needing_a_person(most: int = PAGE) -> list[Line]:
    """Parked and uncertain mails, those that nothing will move by itself first."""
    wanted = select(Outbox).where(Outbox.status.in_(NEEDS_A_PERSON))
    return _lines(wanted.order_by(Outbox.status, Outbox.id).limit(most))


def trying_again(most: int = 5) -> list[Line]:
    return _lines(select(Outbox).where(Outbox.status == "retry").order_by(Outbox.due_at, Outbox.id).limit(most))


def page(status: str | None, kind: str | None, reason: str | None, before: int | None) -> tuple[list[Line], int | None]:
    """The newest mails that fit, and where the next page begins."""
    wanted = select(Outbox).order_by(Outbox.id.desc()).limit(PAGE + 1)
    for column, value in ((Outbox.status, status), (Outbox.kind, kind), (Outbox.reason, reason)):
        if value:
            wanted = wanted.where(column == value)
    if before is not None:
        wanted = wanted.where(Outbox.id < before)
    lines = _lines(wanted)
    return lines[:PAGE], lines[PAGE - 1].mail.id if len(lines) > PAGE else None


def suppression_counts() -> list[tuple[str, str, int]]:
    """(purpose, reason, how many addresses)."""
    rows = db.session.execute(
        select(Suppression.purpose, Suppression.reason, func.count())
        .group_by(Suppression.purpose, Suppression.reason)
        .order_by(Suppression.purpose, Suppression.reason)
    )
    return [(purpose, reason, number) for purpose, reason, number in rows]


def newest_suppressions(most: int = 20) -> Sequence[Suppression]:
    return db.session.scalars(select(Suppression).order_by(Suppression.id.desc()).limit(most)).all()


def expected_until(now: datetime, within: timedelta) -> int:
    """How many mails fall due from now on within this time."""
    return (
        db.session.scalar(
            select(func.count()).where(Outbox.status == "queued", Outbox.due_at > now, Outbox.due_at <= now + within)
        )
        or 0
    )


def _lines(wanted: Select[Any]) -> list[Line]:
    mails = db.session.scalars(wanted).all()
    people: dict[int, str | None] = {}
    for part in queries.chunks(sorted({mail.customer_id for mail in mails if mail.customer_id is not None})):
        rows = db.session.execute(select(Customer.id, Customer.email).where(Customer.id.in_(part)))
        people.update(dict(rows.tuples().all()))
    references = queries.references([mail.complaint_id for mail in mails if mail.complaint_id is not None])
    return [
        Line(
            mail,
            people.get(mail.customer_id) if mail.customer_id is not None else mail.to_address,
            references.get(mail.complaint_id) if mail.complaint_id is not None else None,
        )
        for mail in mails
    ]
