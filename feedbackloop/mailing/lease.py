"""The hold of this process on the rows it claimed."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.config import settings
from feedbackloop.core import db
from feedbackloop.mailing import claims
from feedbackloop.mailing.queries import Claimed

log = logging.getLogger(__name__)

LENGTH = timedelta(seconds=60)


class Lease:
    """Claims rows under one token, and keeps them ours by a thread: a reply may take longer than a lease lasts."""

    def __init__(self) -> None:
        self.token = str(uuid.uuid4())
        self._length = settings().scaled(LENGTH)
        self._ids: set[int] = set()
        self._good_until = 0.0
        self._renewed = 0.0
        self._lock = threading.Lock()
        self._done = threading.Event()
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._tend, app), name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _problem: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join(5)

    def claim(self, limit: int, ids: Sequence[int] | None = None) -> list[Claimed]:
        """Takes due rows; committed when this returns."""
        return self._take(lambda now, until: claims.claim(self.token, now, until, limit, ids))

    def claim_expired(self, limit: int) -> list[Claimed]:
        """Takes rows whose holder fell silent; committed when this returns."""
        return self._take(lambda now, until: claims.claim_expired(self.token, now, until, limit))

    def is_good(self) -> bool:
        """Whether the rows are still ours for a moment: asked before each message."""
        return time.monotonic() < self._good_until - 0.05 * self._length.total_seconds()

    def let_go(self, ids: Iterable[int]) -> None:
        with self._lock:
            self._ids.difference_update(ids)

    def _take(self, take: Callable[[datetime, datetime], list[Claimed]]) -> list[Claimed]:
        started = time.monotonic()
        with db.transaction():
            now = db.now()
            rows = take(now, now + self._length)
        if rows:
            # By our own clock and from before the claim: never longer than the database says of any of them.
            ends = started + self._length.total_seconds()
            with self._lock:
                if self._ids:
                    ends = min(ends, self._good_until)
                else:
                    self._renewed = started
                self._good_until = ends
                self._ids.update(row.id for row in rows)
        return rows

    def _tend(self, app: Flask) -> None:
        tick = min(0.5, self._length.total_seconds() / 8)
        with app.app_context():
            while not self._done.wait(tick):
                now = time.monotonic()
                if self._ids and now - self._renewed > self._length.total_seconds() / 4:
                    self._renew(now)

    def _renew(self, now: float) -> None:
        with self._lock:
            ids = set(self._ids)
        try:
            with db.transaction():
                claims.renew(self.token, ids, db.now() + self._length)
        except SQLAlchemyError as problem:
            log.warning("lease_not_renewed", extra={"kind": type(problem).__name__})
            return
        with self._lock:
            # What was claimed meanwhile has its full length, which is longer.
            self._renewed, self._good_until = now, now + self._length.total_seconds()
