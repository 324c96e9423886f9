"""The one way in which check-ins change their status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from feedbackloop.checkins import queries, rules
from feedbackloop.checkins.models import CheckIn
from feedbackloop.core import history, writes
from feedbackloop.core.history import Change

QUESTION, REMINDER, AGAIN = "check_in", "check_in_reminder", "check_in_again"
SYSTEM = "system"


def move(
    ids: Sequence[int], to: str, *, actor: str = SYSTEM, reason: str | None = None, **values: Any
) -> list[Row[Any]]:
    """Moves those check-ins that may go to this status, and records it; their rows as they were before."""
    rows = [row for row in queries.hold(ids) if rules.may_move(row.status, to)]
    queries.set_many([row.id for row in rows], status=to, reason=reason, **values)
    what = "planned" if to == "scheduled" else to
    history.record_many(
        Change(actor, "check_in", row.id, what, row.complaint_id, row.status, to, reason) for row in rows
    )
    return rows


def answer_held(check_in: CheckIn, actor: str, at: datetime) -> None:
    """Moves one that the caller holds, and has read since, to `answered`, if it may go there; and records it."""
    to = "answered"
    if rules.may_move(check_in.status, to):
        history.record(Change(actor, "check_in", check_in.id, to, check_in.complaint_id, check_in.status, to))
        writes.change(check_in, status=to, reason=None, answered_at=at)
