"""Queue entry points of `ambassadors`."""

from __future__ import annotations

from feedbackloop.ambassadors import ask_pictures, asks, counting, counts, queries, service
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


@queue.job
def expire_asks() -> None:
    """Closes what was never answered while its link lived, in batches of a short transaction each."""
    for _ in range(_BATCHES):
        with db.transaction():
            closed = asks.expire()
        if closed < asks.EXPIRE_BATCH:
            return


@queue.job
def sweep_pictures() -> None:
    """Takes away pictures that no row names, and those whose consent ended."""
    ask_pictures.sweep()
