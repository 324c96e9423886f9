"""Entry points of the clock for check-ins."""

from __future__ import annotations

from feedbackloop.checkins import files, service
from feedbackloop.core import db, queue

_BATCHES = 100


@queue.job
def expire() -> None:
    """Closes what was never answered while its link lived, in batches of a short transaction each."""
    for _ in range(_BATCHES):
        with db.transaction():
            closed = service.expire()
        if closed < service.EXPIRE_BATCH:
            return


@queue.job
def sweep_files() -> None:
    """Takes away files that no row names, and those of erased people."""
    files.sweep()
