"""What the page of incoming mail reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from feedbackloop.extensions import db
from feedbackloop.mailing import queries as mailing
from feedbackloop.mailing.incoming.models import Received, Reply
from feedbackloop.mailing.incoming.queries import complaints_table
from feedbackloop.mailing.incoming.rules import DELIVERED, KINDS
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.queries import chunks

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One row: what came in, the kind of the mail that it is about, and the number of its complaint."""

    row: Received
    mail_kind: str | None
    reference: str | None


def page(kind: str | None, verdict: str | None, before: int | None) -> tuple[list[Line], int | None]:
    """The newest that fit, and where the next page begins. Word of mails that arrived is left out unless asked for."""
    wanted = select(Received).order_by(Received.id.desc()).limit(PAGE + 1)
    if not kind and not verdict:
        wanted = wanted.where(Received.kind != DELIVERED)
    for column, value in ((Received.kind, kind), (Received.verdict, verdict)):
        if value:
            wanted = wanted.where(column == value)
    if before is not None:
        wanted = wanted.where(Received.id < before)
    rows = db.session.scalars(wanted).all()
    lines = _lines(rows[:PAGE])
    return lines, rows[PAGE - 1].id if len(rows) > PAGE else None


def counts_since(moment: datetime) -> dict[str, int]:
    """How many of each kind came in since then; word of mails that arrived is not counted."""
    kinds = [one for one in KINDS if one != DELIVERED]
    wanted = select(Received.kind, func.count()).where(Received.kind.in_(kinds), Received.received_at >= moment)
    return dict(db.session.execute(wanted.group_by(Received.kind)).tuples().all())


def unplaced(most: int = PAGE) -> Sequence[Reply]:
    """What people wrote that has no case, and that nobody has marked as read."""
    wanted = select(Reply).where(Reply.complaint_id.is_(None), Reply.read_at.is_(None), Reply.text.is_not(None))
    return db.session.scalars(wanted.order_by(Reply.id.desc()).limit(most)).all()


def unread_on_cases(most: int = PAGE) -> list[tuple[Reply, str]]:
    """What people wrote about a case and nobody has marked as read, with the number of the case; oldest first."""
    wanted = select(Reply).where(Reply.complaint_id.is_not(None), Reply.read_at.is_(None), Reply.text.is_not(None))
    found = db.session.scalars(wanted.order_by(Reply.id).limit(most)).all()
    numbers = mailing.references([one.complaint_id for one in found if one.complaint_id is not None])
    return [(one, numbers.get(one.complaint_id or 0, "")) for one in found]


def complaints_of(number: str) -> list[int]:
    """The complaints that people know by this number; more than one where sources number alike."""
    table = complaints_table()
    return list(db.session.scalars(select(table.c.id).where(table.c.external_id == number).limit(2)))


def _lines(rows: Sequence[Received]) -> list[Line]:
    kinds: dict[int, str] = {}
    for part in chunks(sorted({row.mail_id for row in rows if row.mail_id is not None})):
        kinds.update(dict(db.session.execute(select(Outbox.id, Outbox.kind).where(Outbox.id.in_(part))).tuples().all()))
    numbers = mailing.references([row.complaint_id for row in rows if row.complaint_id is not None])
    return [Line(row, kinds.get(row.mail_id or 0), numbers.get(row.complaint_id or 0)) for row in rows]
