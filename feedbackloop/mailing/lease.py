"""The hold of this process on the rows it claimed."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.config import settings
from feedbackloop.core import db, queue
from feedbackloop.mailing import queries
from feedbackloop.mailing.queries import Claimed

log = logging.getLogger(__name__)

LENGTH = timedelta(seconds=60)
# A stop must be over within 15 s, also while the server keeps us waiting for a reply.
STOP_GRACE_S = 8.0


class Lease:
    """Claims rows and keeps them ours while we send, by a thread: one reply may take longer than a lease lasts.

    `abort` ends a wait for the mail server; it is called where this process was asked to end and a wait goes on.
    """

    def __init__(self, abort: Callable[[], None]) -> None:
        self.token = ""
        self._abort = abort
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
        """Takes due rows under a new token; committed when this returns."""
        token, started = str(uuid.uuid4()), time.monotonic()
        with db.transaction():
            now = db.now()
            rows = queries.claim(token, now, now + self._length, limit, ids)
        with self._lock:
            self.token, self._ids = token, {row.id for row in rows}
            # By our own clock and from before the claim: never longer than the database says.
            self._renewed, self._good_until = started, started + self._length.total_seconds()
        return rows

    def is_good(self) -> bool:
        """Whether the rows are still ours for a moment: asked before each message."""
        return time.monotonic() < self._good_until - 0.05 * self._length.total_seconds()

    def let_go(self, ids: Iterable[int]) -> None:
        with self._lock:
            self._ids -= set(ids)

    def _tend(self, app: Flask) -> None:
        tick = min(0.5, self._length.total_seconds() / 8)
        asked_to_stop = 0.0
        with app.app_context():
            while not self._done.wait(tick):
                now = time.monotonic()
                if queue.stopping.is_set():
                    asked_to_stop = asked_to_stop or now
                    if now - asked_to_stop > STOP_GRACE_S:
                        self._abort()
                if self._ids and now - self._renewed > self._length.total_seconds() / 4:
                    self._renew(now)

    def _renew(self, now: float) -> None:
        with self._lock:
            token, ids = self.token, set(self._ids)
        try:
            with db.transaction():
                queries.renew(token, ids, db.now() + self._length)
        except SQLAlchemyError as problem:
            log.warning("lease_not_renewed", extra={"kind": type(problem).__name__})
            return
        with self._lock:
            if self.token == token:
                self._renewed, self._good_until = now, now + self._length.total_seconds()
