"""The one clock. Rules never read it: they are given `now`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment in UTC, or the one that `at` fixed."""
    return _fixed.get() or datetime.now(UTC)


def fixed() -> datetime | None:
    """The moment that `at` fixed; None while time runs."""
    return _fixed.get()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block it is `moment` (aware): for tests, and for sample data that replays the past."""
    if moment.tzinfo is None:
        raise ValueError("the clock takes a moment with a time zone")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
