"""The app's clock in a test's hands."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime, timedelta

from feedbackloop.core import clock


class Clock:
    """The app's clock, standing still until the test moves it."""

    def __init__(self, start: datetime) -> None:
        self._held = ExitStack()
        self._now = start
        self.set(start)

    @property
    def now(self) -> datetime:
        return self._now

    def set(self, moment: datetime) -> None:
        self._held.close()
        self._held.enter_context(clock.at(moment))
        self._now = moment

    def advance(self, by: timedelta) -> datetime:
        self.set(self._now + by)
        return self._now

    def release(self) -> None:
        self._held.close()
