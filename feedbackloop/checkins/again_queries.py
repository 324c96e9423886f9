"""The SQL of the second question: how it stands, and what its mail is decided by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from feedbackloop.checkins import queries
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.checkins.moves import AGAIN
from feedbackloop.checkins.queries import Case
from feedbackloop.core.db import among
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.queries import chunks
from feedbackloop.mailing.rules import FINAL


class Again(NamedTuple):
    """The second question of a check-in as it stands: still to go, gone, or stopped."""

    waits: bool
    due_at: datetime
    sent_at: datetime | None


class Waiting(NamedTuple):
    """Somebody who could not say yet: their case, the answer that counts now, and when they were first asked."""

    case: Case
    said: str | None
    sent_at: datetime | None
    due_at: datetime


def standing(check_in_id: int) -> Again | None:
    """How the second question of this check-in stands; None where none was planned."""
    wanted = select(Outbox.status, Outbox.due_at, Outbox.sent_at)
    row = db.session.execute(wanted.where(Outbox.kind == AGAIN, Outbox.subject_id == check_in_id)).first()
    return Again(row.status not in FINAL, row.due_at, row.sent_at) if row else None


def for_mail(ids: Sequence[int]) -> dict[int, Waiting]:
    """What the second question is decided by and says."""
    cases = queries.for_mail(ids)
    rows = db.session.execute(
        select(CheckIn.id, Answer.satisfied, CheckIn.sent_at, CheckIn.due_at)
        .outerjoin(Answer, (Answer.check_in_id == CheckIn.id) & Answer.latest)
        .where(among(CheckIn.id, list(cases)))
    )
    return {row.id: Waiting(cases[row.id], row.satisfied, row.sent_at, row.due_at) for row in rows}


def complaints_by_id(check_in_ids: Sequence[int]) -> list[tuple[int, int]]:
    """(id, complaint_id) of these check-ins."""
    found: list[tuple[int, int]] = []
    for part in chunks(check_in_ids):
        rows = db.session.execute(select(CheckIn.id, CheckIn.complaint_id).where(CheckIn.id.in_(part)))
        found += [(row.id, row.complaint_id) for row in rows]
    return found
