"""Queue entry points of `ambassadors`."""

from __future__ import annotations

from feedbackloop.ambassadors import counting, counts, queries, service
from feedbackloop.core import db, queue

_BATCHES = 200


@queue.job
def keep_board() -> None:
    """Folds what changed into the board's counts; after an upgrade to counts, counts for the first time."""
    if not counting.is_counted():
        counting.rebuild()
    for _ in range(_BATCHES):
        with db.transaction():
            folded = counts.fold()
        if folded < counts.FOLD:
            return


@queue.job
def take_up() -> None:
    """Brings people whose day has come back to the column of their stage."""
    for _ in range(_BATCHES):
        with db.transaction():
            taken = service.take_up()
        if taken < queries.TAKE_UP:
            return
