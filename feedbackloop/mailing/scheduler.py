"""The clock: wakes senders when mail falls due, and queues the periodic work of `schedule.py`."""

from __future__ import annotations

import logging
import math
import signal
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop import schedule
from feedbackloop.core import db, keys, queue, turns
from feedbackloop.extensions import db as database
from feedbackloop.mailing import claims
from feedbackloop.mailing.service import JOB_SIZE

log = logging.getLogger(__name__)

DELIVER = "feedbackloop.mailing.jobs.deliver"
# However much is due, no more wake-ups than this wait in the queue: a sender that wakes takes all it can.
MOST_WAKE_UPS = 8
_TICK_S = 1.0
_TURN = timedelta(seconds=15)
_KEEP_EVERY_S = 5.0
_TURN_NAME = "scheduler"


class Scheduler:
    """Any number may run; the one that has the turn works, another takes over within 15 s when it falls silent."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._holder = str(uuid.uuid4())
        self._has_turn = False
        self._asked = -math.inf
        self._last_runs: dict[str, datetime] = {}
        self._complained: set[str] = set()

    def run(self) -> None:
        """Works until SIGINT or SIGTERM. A database or a queue server that is away is said once and waited for."""
        _stop_on_signals()
        while not queue.stopping.is_set():
            self.tick()
            queue.stopping.wait(_TICK_S)
        with self._app.app_context():
            self._leave()

    def tick(self) -> None:
        """One look at the clock."""
        with self._app.app_context():
            try:
                if self._keep_turn():
                    self._wake_senders()
                    self._start_periodic_work()
            except SQLAlchemyError as problem:
                self._has_turn, self._asked = False, -math.inf
                self._complain("database", problem)
            except (RedisError, OSError) as problem:
                self._complain("queue", problem)
            else:
                self._complained.clear()

    def _keep_turn(self) -> bool:
        now = time.monotonic()
        if now - self._asked >= _KEEP_EVERY_S:
            self._asked = now
            had = self._has_turn
            with db.transaction():
                self._has_turn = turns.take(_TURN_NAME, self._holder, _TURN)
            if self._has_turn and not had:
                self._last_runs = _last_runs()
        return self._has_turn

    def _leave(self) -> None:
        if self._has_turn:
            try:
                with db.transaction():
                    turns.leave(_TURN_NAME, self._holder)
            except SQLAlchemyError as problem:
                self._complain("database", problem)

    def _wake_senders(self) -> None:
        due = claims.count_due(db.now(), JOB_SIZE * MOST_WAKE_UPS)
        database.session.rollback()
        if due:
            missing = math.ceil(due / JOB_SIZE) - queue.waiting("mail")
            for _ in range(missing):
                queue.push("mail", DELIVER)

    def _start_periodic_work(self) -> None:
        for work in schedule.CLOCK:
            now = db.now()
            last = self._last_runs.get(work.name)
            if last is not None and now - last < work.every:
                continue
            # Queued first: twice does no harm, never would.
            if queue.push(work.queue, work.job):
                with db.transaction():
                    keys.write_value(_ran(work.name), now.isoformat())
                self._last_runs[work.name] = now

    def _complain(self, about: str, problem: Exception) -> None:
        if about not in self._complained:
            self._complained.add(about)
            log.warning("scheduler_waits", extra={"about": about, "kind": type(problem).__name__})


def last_seen() -> datetime | None:
    """When a clock last said that it works, to within a few seconds; None where none does."""
    until = turns.taken_until(_TURN_NAME)
    return None if until is None else until - _TURN


def _last_runs() -> dict[str, datetime]:
    said = {work.name: keys.read_value(_ran(work.name)) for work in schedule.CLOCK}
    return {name: datetime.fromisoformat(value) for name, value in said.items() if value}


def _ran(name: str) -> str:
    return f"ran:{name}"


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: Any) -> None:
        queue.stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
