"""Entry points of the clock for the numbers."""

from __future__ import annotations

import time

from feedbackloop.ambassadors.numbers import service
from feedbackloop.core import db, queue

# A count that takes longer goes on with the next: another job may wait for this worker.
_LONGEST_S = 40


@queue.job
def count() -> None:
    """Counts what changed, in batches of a short transaction each."""
    ends_at = time.monotonic() + _LONGEST_S
    more = True
    while more and time.monotonic() < ends_at and not queue.stopping.is_set():
        with db.transaction():
            more = service.count()
