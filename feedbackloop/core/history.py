"""The append-only record of every change of state: who, when, from, to, why. It holds codes and ids, never words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.core import clock
from feedbackloop.core.inserts import insert_many
from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base


class History(Base):
    """One change of one thing. `complaint_id` puts it on the time line of a case, whatever station it happened in."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_complaint", "complaint_id", "id"),
        Index("ix_history_subject", "subject", "subject_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigId)
    complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"))
    what: Mapped[str] = mapped_column(String(48))
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(200))
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)


_gathered: ContextVar[list[dict[str, Any]] | None] = ContextVar("history_gathered", default=None)


@dataclass(frozen=True)
class Change:
    """A row to be. `actor`: `staff:3`, `api:1`, `customer:9`, `import`, `system`, `sample`."""

    actor: str
    subject: str
    subject_id: int
    what: str
    complaint_id: int | None = None
    from_state: str | None = None
    to_state: str | None = None
    reason: str | None = None
    detail: dict[str, Any] | None = field(default=None)


def record(change: Change) -> None:
    """Adds one change, dated now, to the open transaction."""
    record_many([change])


def record_many(changes: Iterable[Change]) -> None:
    """Adds many changes at once, all dated now."""
    at = clock.now()
    rows = [{**vars(change), "at": at} for change in changes]
    kept = _gathered.get()
    if kept is None:
        _insert(rows)
    else:
        kept += rows


@contextmanager
def gathered() -> Iterator[None]:
    """Within the block changes are kept, and written in one statement at its end, in their order.

    For the path of one request, whose stations each record a change or two. Whatever reads history within the block
    does not see them; where the block ends with an error nothing is written, as the transaction is rolled back then.
    """
    if _gathered.get() is not None:
        raise RuntimeError("history is gathered already")
    rows: list[dict[str, Any]] = []
    token = _gathered.set(rows)
    try:
        yield
    finally:
        _gathered.reset(token)
    _insert(rows)


def _insert(rows: list[dict[str, Any]]) -> None:
    insert_many(cast(Table, History.__table__), rows)
