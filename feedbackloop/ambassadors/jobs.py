"""Entry points of the clock for what was asked."""

from __future__ import annotations

from feedbackloop.ambassadors import ask_pictures, asks
from feedbackloop.core import db, queue

_BATCHES = 100


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
