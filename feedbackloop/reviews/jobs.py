"""Entry points of the clock for review invitations."""

from __future__ import annotations

from feedbackloop.core import db, queue
from feedbackloop.reviews import service


@queue.job
def invite_overdue() -> None:
    """Invites those whose case took too long, where everybody is asked; in batches of a short transaction each."""
    after: int | None = 0
    while after is not None:
        with db.transaction():
            after = service.plan_overdue(after)
