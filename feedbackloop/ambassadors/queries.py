"""All SQL of the pipeline. What the board and the person page read is in `board.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import STAGES
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.db import plain
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks


def insert_people(rows: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """Adds who is not there yet; the new ids by person."""
    insert = postgresql_insert if db.session.get_bind().dialect.name == "postgresql" else sqlite_insert
    found: dict[int, int] = {}
    for part in chunks(rows):
        statement = insert(Ambassador).values([dict(row) for row in part])
        statement = statement.on_conflict_do_nothing(index_elements=["customer_id"])
        new = db.session.execute(statement.returning(Ambassador.id, Ambassador.customer_id))
        found.update({row.customer_id: row.id for row in new})
    return found


def held(customer_ids: Sequence[int], stages: Sequence[str] = STAGES) -> list[Ambassador]:
    """These people, where they are in one of these stages, held until the transaction ends."""
    found: list[Ambassador] = []
    for part in chunks(sorted(set(customer_ids))):
        found += db.session.scalars(
            select(Ambassador)
            .where(Ambassador.customer_id.in_(part), Ambassador.stage.in_(stages))
            .order_by(Ambassador.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    return found


def held_by_id(ambassador_id: int) -> Ambassador | None:
    """One of them, held until the transaction ends."""
    return db.session.scalars(
        select(Ambassador)
        .where(Ambassador.id == ambassador_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def concerned(complaint_ids: Sequence[int]) -> list[tuple[Ambassador, int]]:
    """Who is on the board and has one of these complaints, with that complaint; once each, held."""
    complaint_of: dict[int, int] = {}
    for part in chunks(complaint_ids):
        for ambassador_id, complaint_id in plain(_CONCERNED, ids=list(part)):
            complaint_of.setdefault(ambassador_id, complaint_id)
    if not complaint_of:
        return []  # as mostly
    held_now = select(Ambassador).where(Ambassador.id.in_(complaint_of)).order_by(Ambassador.id)
    found = db.session.scalars(held_now.execution_options(populate_existing=True))
    return [(one, complaint_of[one.id]) for one in found]


_CONCERNED = (
    select(Ambassador.id, Complaint.id)
    .join(Complaint, Complaint.customer_id == Ambassador.customer_id)
    .where(
        Complaint.id.in_(bindparam("ids", expanding=True)),
        Ambassador.left_at.is_(None),
    )
    .order_by(Ambassador.id, Complaint.id)
    .with_for_update(of=Ambassador)
)


TAKE_UP = 500


def to_take_up(day: date) -> Sequence[Ambassador]:
    """People in the column 'not now' whose day has come, held; TAKE_UP at most, and none that another job holds."""
    return db.session.scalars(
        select(Ambassador)
        .where(Ambassador.left_at.is_(None), Ambassador.board_column == "not_now")
        .where(or_(Ambassador.not_now_until <= day, Ambassador.not_now_until.is_(None)))
        .order_by(Ambassador.not_now_until, Ambassador.id)
        .limit(TAKE_UP)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def entered_at(ambassador_id: int, stage: str) -> datetime | None:
    """When this person came to this stage last."""
    return db.session.scalar(
        select(History.at)
        .where(
            History.subject == "ambassador",
            History.subject_id == ambassador_id,
            History.what.in_(("entered", "moved", "returned")),
            History.to_state == stage,
        )
        .order_by(History.id.desc())
        .limit(1)
    )


def for_complaints(complaint_ids: Sequence[int]) -> dict[int, dict[str, str] | None]:
    """What the API says of each complaint: the stage of its person, while that person is on the board for it.

    None for a complaint whose person is not satisfied (any more).
    """
    found: dict[int, dict[str, str] | None] = dict.fromkeys(complaint_ids)
    for part in chunks(complaint_ids):
        rows = db.session.execute(
            select(Complaint.id, Ambassador.stage)
            .join(Ambassador, Ambassador.customer_id == Complaint.customer_id)
            .where(
                Complaint.id.in_(part),
                Ambassador.left_at.is_(None),
                or_(Complaint.status == "confirmed", Ambassador.complaint_id == Complaint.id),
            )
        )
        found.update({row.id: {"stage": row.stage} for row in rows})
    return found
