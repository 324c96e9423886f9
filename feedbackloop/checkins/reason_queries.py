"""The SQL of the lists of reasons. They are short, so they are read whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from feedbackloop.checkins.models import Reason
from feedbackloop.core import inserts
from feedbackloop.core.db import plain
from feedbackloop.extensions import db

_ALL = select(
    Reason.code,
    Reason.category,
    Reason.text_nl,
    Reason.text_en,
    Reason.reopens,
    Reason.position,
    Reason.active,
).order_by(Reason.position, Reason.id)


def every() -> Sequence[Any]:
    """Every reason there is a row of."""
    return plain(_ALL).all()


def by_code(code: str) -> Reason | None:
    return db.session.scalar(select(Reason).where(Reason.code == code).with_for_update())


def insert_missing(rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts those whose code no row has."""
    statement = inserts.insert_into(Reason).values([dict(row) for row in rows])
    db.session.execute(statement.on_conflict_do_nothing(index_elements=["code"]))


def add(row: Reason) -> None:
    db.session.add(row)
    db.session.flush()


def flush() -> None:
    db.session.flush()
