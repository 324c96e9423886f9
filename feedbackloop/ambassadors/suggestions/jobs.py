"""Queue entry points of suggestions and turns. Each run does a bounded piece of work."""

from __future__ import annotations

from feedbackloop.ambassadors.suggestions import service, turns
from feedbackloop.core import db, queue

_STRETCHES = 40
_BATCHES = 20


@queue.job
def consider(customer_ids: list[int]) -> None:
    """Looks at people to whom something happened."""
    with db.transaction():
        service.consider(customer_ids)


@queue.job
def sweep() -> None:
    """Looks at the next people on the board, in stretches of a short transaction each."""
    for _ in range(_STRETCHES):
        with db.transaction():
            goes_on = service.sweep()
        if not goes_on:
            return


@queue.job
def give_turns() -> None:
    """Gives new people an owner, in batches of a short transaction each."""
    for _ in range(_BATCHES):
        with db.transaction():
            given = turns.give_turns()
        if given < turns.BATCH:
            return
