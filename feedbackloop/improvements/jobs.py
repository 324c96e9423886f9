"""Queue entry points of `improvements`."""

from __future__ import annotations

from feedbackloop.core import db, queue
from feedbackloop.improvements import evidence, follow

_BATCHES = 100


@queue.job
def make_digest() -> None:
    """Mails those who follow the log what is new, where a week went by and anything is."""
    with db.transaction():
        follow.make_digest()


@queue.job
def forget_followers() -> None:
    """Forgets addresses that were never confirmed, in batches of a short transaction each."""
    for _ in range(_BATCHES):
        with db.transaction():
            forgotten = follow.forget_unconfirmed()
        if forgotten < follow.FORGET_BATCH:
            return


@queue.job
def sweep_evidence() -> None:
    """Takes away files that no row names."""
    evidence.sweep()
