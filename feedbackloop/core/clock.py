"""The one clock. Rules never read it: they are given `now`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_fixed: ContextVar[datetime | None] = ContextVar("clock", default=None)
_wrong_by: ContextVar[timedelta] = ContextVar("clock_wrong_by", default=timedelta())
# A difference that the way to another host and back explains is none.
_RIGHT = timedelta(seconds=1)


def now() -> datetime:
    """The present moment in UTC, or the one that `at` fixed."""
    return _fixed.get() or datetime.now(UTC) - _wrong_by.get()


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


@contextmanager
def set_right(moment: datetime) -> Iterator[None]:
    """It is `moment` at this instant: within the block `now()` goes on from it where this host's clock is wrong."""
    difference = datetime.now(UTC) - moment
    token = _wrong_by.set(difference if abs(difference) > _RIGHT else timedelta())
    try:
        yield
    finally:
        _wrong_by.reset(token)
