"""Entry points of the clock for recovery."""

from __future__ import annotations

from feedbackloop.core import db, queue
from feedbackloop.recovery import alarms

_BATCHES = 100


@queue.job
def alarm() -> None:
    """Alarms about cases that are past their date, in batches of a short transaction each."""
    for _ in range(_BATCHES):
        with db.transaction():
            told = alarms.alarm()
        if told < alarms.BATCH:
            return
