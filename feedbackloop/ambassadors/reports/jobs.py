"""Entry point of the clock for reports."""

from __future__ import annotations

from feedbackloop.ambassadors.reports import service
from feedbackloop.core import db, queue

_BATCHES = 20


@queue.job
def plan() -> None:
    """Makes the reports whose moment has come, in batches of a short transaction each."""
    for _ in range(_BATCHES):
        with db.transaction():
            planned = service.plan()
        if planned < service.BATCH:
            return
