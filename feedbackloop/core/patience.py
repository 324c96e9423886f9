"""A connection to PostgreSQL that does not wait for ever for a server that stands still.

The server's own time-outs do not run while it stands still, and its host still answers for it on the network: only who
waits can end the wait. People wait at most a few seconds; a job waits a little longer than its statements may take.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from flask import has_request_context

V = TypeVar("V")

_FOR_A_PERSON_S = 7.0
_FOR_A_JOB_S = 70.0


class PatientConnection(psycopg.Connection[Any]):
    """Gives a wait up with OperationalError, and is closed then: what it was about to hear nobody may read."""

    def wait(self, gen: Generator[Any, Any, V], *given: Any, **named: Any) -> V:
        until = time.monotonic() + (_FOR_A_PERSON_S if has_request_context() else _FOR_A_JOB_S)
        return super().wait(self._listen(gen, until), *given, **named)

    def _listen(self, gen: Generator[Any, Any, V], until: float) -> Generator[Any, Any, V]:
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:
                    break
                wanted = gen.send(ready)
        except StopIteration as done:
            found: V = done.value
            return found
        self.close()
        raise psycopg.OperationalError("the database does not answer")
