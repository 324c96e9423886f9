"""What the staff page and the metrics read of the outbox. Each question stays within an index, however full it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, func, select

from feedbackloop.extensions import db
from feedbackloop.mailing import parts, queries, rules
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.models import Customer

PAGE = 50
NEEDS_A_PERSON = ("parked", "uncertain")


@dataclass(frozen=True)
class Line:
    """A mail as a list shows it."""

    mail: Outbox
    address: str | None
    reference: str | None  # the complaint's, where it is about one


@dataclass(frozen=True)
class Waits:
    """So many mails of one status wait for one reason; `next_due` is when the first of them is looked at again."""

    status: str
    reason: str | None
    number: int
    next_due: datetime


def counts() -> dict[str, int]:
    """How many mails of each status are not settled yet; a status without mails is absent."""
    waiting = db.session.scalar(select(func.count()).where(parts.waiting())) or 0
    rows = select(Outbox.status, func.count()).where(parts.apart()).group_by(Outbox.status)
    found = dict(db.session.execute(rows).all())
    for status in ("claimed", "shared"):
        found[status] = db.session.scalar(select(func.count()).where(parts.of_status(status))) or 0
    found["queued"] = waiting - found.get("retry", 0) - found.get("uncertain", 0)
    return {status: number for status, number in found.items() if number}


def waits(counts: Mapping[str, int]) -> list[Waits]:
    """What is not settled, by status and reason: those that wait for a person first, then the most.

    `counts` are those of `counts()`: what waits for nothing but its time is not counted a second time.
    """
    grouped = select(
        Outbox.status, Outbox.reason, func.count().label("number"), func.min(Outbox.due_at).label("next_due")
    ).group_by(Outbox.status, Outbox.reason)
    found = [
        Waits(row.status, row.reason, row.number, row.next_due)
        for part in (parts.apart(), parts.held_back())
        for row in db.session.execute(grouped.where(part))
    ]
    rest = counts.get("queued", 0) - sum(one.number for one in found if one.status == "queued")
    in_order = select(Outbox.due_at).where(parts.waiting(), Outbox.status == "queued", Outbox.reason.is_(None))
    next_due = db.session.scalar(in_order.order_by(Outbox.due_at, Outbox.id).limit(1))
    if next_due is not None:
        found.append(Waits("queued", None, max(rest, 1), next_due))
    order = ("parked", "uncertain", "retry", "queued")
    return sorted(found, key=lambda one: (order.index(one.status), -one.number, one.reason or ""))


def oldest_due(now: datetime) -> datetime | None:
    """The due moment of the mail that waits longest for a sender."""
    return db.session.scalar(select(func.min(Outbox.due_at)).where(parts.waiting(), Outbox.due_at <= now))


def due(now: datetime) -> int:
    """How many mails could go now."""
    return db.session.scalar(select(func.count()).where(parts.waiting(), Outbox.due_at <= now)) or 0


def last_sent() -> datetime | None:
    return db.session.scalar(select(func.max(Outbox.sent_at)).where(Outbox.sent_at.is_not(None)))


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
        .where(parts.not_sent(), Outbox.created_at >= moment)
        .group_by(Outbox.status, Outbox.reason)
        .order_by(number.desc(), Outbox.status, Outbox.reason)
    )
    return [(status, reason or status, many) for status, reason, many in rows]


def needing_a_person(most: int = PAGE) -> list[Line]:
    """Parked and uncertain mails, those that nothing will move by itself first."""
    wanted = select(Outbox).where(parts.apart(*NEEDS_A_PERSON))
    return _lines(wanted.order_by(Outbox.status, Outbox.id).limit(most))


def trying_again(most: int = 5) -> list[Line]:
    return _lines(select(Outbox).where(parts.apart("retry")).order_by(Outbox.due_at, Outbox.id).limit(most))


def page(status: str | None, kind: str | None, reason: str | None, before: int | None) -> tuple[list[Line], int | None]:
    """The newest mails that fit, and where the next page begins. `stuck` is every status that waits for a person."""
    wanted = select(Outbox).order_by(Outbox.id.desc()).limit(PAGE + 1)
    if status == "stuck":
        wanted = wanted.where(parts.apart(*NEEDS_A_PERSON))
    elif status == "queued" and reason:
        wanted = wanted.where(parts.held_back())
    elif status in rules.STATUSES:
        wanted = wanted.where(parts.of_status(status))
    elif status:
        return [], None
    for column, value in ((Outbox.kind, kind), (Outbox.reason, reason)):
        if value:
            wanted = wanted.where(column == value)
    if before is not None:
        wanted = wanted.where(Outbox.id < before)
    lines = _lines(wanted)
    return lines[:PAGE], lines[PAGE - 1].mail.id if len(lines) > PAGE else None


def expected_until(now: datetime, within: timedelta) -> int:
    """How many mails fall due from now on within this time."""
    fall_due = (parts.waiting(), Outbox.due_at > now, Outbox.due_at <= now + within)
    return db.session.scalar(select(func.count()).where(*fall_due)) or 0


def _lines(wanted: Select[Any]) -> list[Line]:
    mails = db.session.scalars(wanted).all()
    people: dict[int, str | None] = {}
    for part in queries.chunks(sorted({mail.customer_id for mail in mails if mail.customer_id is not None})):
        rows = db.session.execute(select(Customer.id, Customer.email).where(Customer.id.in_(part)))
        people.update(dict(rows.all()))
    references = queries.references([mail.complaint_id for mail in mails if mail.complaint_id is not None])
    return [
        Line(
            mail,
            people.get(mail.customer_id) if mail.customer_id is not None else mail.to_address,
            references.get(mail.complaint_id) if mail.complaint_id is not None else None,
        )
        for mail in mails
    ]
