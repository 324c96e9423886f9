"""Mails of the past: what sample data says was sent, without anybody being mailed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from feedbackloop.core import clock
from feedbackloop.extensions import db
from feedbackloop.mailing.ending import emit_sent
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.rules import UNSENT


def unsent(kinds: Sequence[str], complaint_id: int) -> list[int]:
    """The mails of these kinds about a complaint that were not sent yet."""
    wanted = (Outbox.complaint_id == complaint_id, Outbox.kind.in_(kinds), Outbox.status.in_(UNSENT))
    return list(db.session.scalars(select(Outbox.id).where(*wanted)))


def note_sent(mail_ids: Sequence[int]) -> None:
    """Marks unsent mails as sent at the clock's moment; what follows from a sent mail follows."""
    statement = (
        update(Outbox)
        .where(Outbox.id.in_(mail_ids), Outbox.status.in_(UNSENT))
        .values(status="sent", sent_at=clock.now(), attempts=1)
        .returning(Outbox.kind, Outbox.id, Outbox.subject_id)
    )
    emit_sent([(row.kind, row.id, row.subject_id) for row in db.session.execute(statement)])
