"""All SQL of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.rules import UNSENT

# SQLite takes at most 32,766 values in one statement.
CHUNK = 1000


def chunks(values: Sequence[Any], size: int = CHUNK) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def insert_mails(rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, datetime]]:
    """Inserts what is not there yet; (id, due_at) of the new rows."""
    insert = postgresql_insert if db.session.get_bind().dialect.name == "postgresql" else sqlite_insert
    found: list[tuple[int, datetime]] = []
    for part in chunks(rows):
        statement = (
            insert(Outbox)
            .values([dict(row) for row in part])
            .on_conflict_do_nothing(index_elements=["kind", "subject_id", "cycle"])
            .returning(Outbox.id, Outbox.due_at)
        )
        found += [(row.id, row.due_at) for row in db.session.execute(statement)]
    return found


def cancel_unsent(kind: str, subject_ids: Sequence[int], reason: str, cycle: int | None = None) -> list[int]:
    found: list[int] = []
    for part in chunks(subject_ids):
        statement = (
            update(Outbox)
            .where(Outbox.kind == kind, Outbox.subject_id.in_(part), Outbox.status.in_(UNSENT))
            .values(status="cancelled", reason=reason)
            .returning(Outbox.subject_id)
        )
        if cycle is not None:
            statement = statement.where(Outbox.cycle == cycle)
        found += db.session.scalars(statement).all()
    return found


def move_unsent(kind: str, due_by_subject: Mapping[int, datetime]) -> None:
    for subject_id, due_at in due_by_subject.items():
        db.session.execute(
            update(Outbox)
            .where(Outbox.kind == kind, Outbox.subject_id == subject_id, Outbox.status.in_(UNSENT))
            .values(due_at=due_at)
        )


def statuses(kind: str, subject_ids: Sequence[int]) -> dict[int, tuple[str, str | None, datetime]]:
    """Status, reason and due moment of each subject's mail of this kind."""
    found: dict[int, tuple[str, str | None, datetime]] = {}
    for part in chunks(subject_ids):
        rows = db.session.execute(
            select(Outbox.subject_id, Outbox.status, Outbox.reason, Outbox.due_at).where(
                Outbox.kind == kind, Outbox.subject_id.in_(part)
            )
        )
        found.update({row.subject_id: (row.status, row.reason, row.due_at) for row in rows})
    return found
