"""How a process notices what others changed: woken through the queue server, and by a look into the database."""

from __future__ import annotations

import logging
import threading
import time

from flask import Flask
from redis.client import PubSub
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop.core import queue
from feedbackloop.core.kept import marks
from feedbackloop.core.kept.memory import Memory
from feedbackloop.core.kept.pages import declared
from feedbackloop.extensions import db

log = logging.getLogger(__name__)

# A change is seen within this where nobody wakes us: the message is a courtesy, the look into the database the promise.
LOOK_EVERY_S = 1.0
# What is only counted is counted again no more often than this.
COUNT_EVERY_S = 1.5
_LISTEN_AGAIN_S = 5.0
_SAY_EVERY_S = 60.0


class Watcher(threading.Thread):
    """One thread of a process that serves kept pages. It ends with the process."""

    def __init__(self, app: Flask, memory: Memory) -> None:
        super().__init__(name="kept-pages", daemon=True)
        self._app = app
        self._memory = memory
        self._ended = threading.Event()
        self._listening: PubSub | None = None
        self._listen_at = 0.0
        self._counted_at: dict[str, float] = {}
        self._said_at = time.monotonic()

    def stop(self) -> None:
        self._ended.set()

    def run(self) -> None:
        while not self._ended.is_set():
            self._wait()
            self.look()
            if time.monotonic() - self._said_at >= _SAY_EVERY_S:
                self.say()
        self._stop_listening()

    def look(self) -> None:
        """Asks the database what changed. Where it does not answer, what is there goes on being served."""
        try:
            with self._app.test_request_context(), db.engine.connect() as connection:
                for topic in list(declared(self._app).topics.values()):
                    seen, counted = marks.read(connection, topic)
                    self._take(topic.name, seen, counted)
        except BaseTimeoutException:
            raise
        except Exception as problem:
            if self._memory.reachable:
                log.warning("kept_pages_not_renewed", extra={"kind": type(problem).__name__})
            if not isinstance(problem, SQLAlchemyError):
                log.exception("kept_pages_failed")
            self._memory.reachable = False
        else:
            self._memory.reachable = True

    def _take(self, topic: str, seen: dict[str, str], counted: dict[str, str]) -> None:
        if self._memory.differs(counted):
            now = time.monotonic()
            if now - self._counted_at.get(topic, 0.0) >= COUNT_EVERY_S:
                self._counted_at[topic] = now
                seen = {**seen, **counted}
        self._memory.notice(topic, seen)

    def _wait(self) -> None:
        """Until somebody wakes us, for a while at most."""
        try:
            listening = self._listen()
            if listening is not None:
                listening.get_message(ignore_subscribe_messages=True, timeout=LOOK_EVERY_S)
                return
        except (RedisError, OSError, ValueError):
            self._stop_listening()
        self._ended.wait(LOOK_EVERY_S)

    def _listen(self) -> PubSub | None:
        if self._listening is None and time.monotonic() >= self._listen_at:
            self._listen_at = time.monotonic() + _LISTEN_AGAIN_S
            with self._app.app_context():
                listening: PubSub = queue.connection().pubsub()  # type: ignore[no-untyped-call]
            listening.subscribe(marks.CHANNEL)
            self._listening = listening
        return self._listening

    def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            try:
                listening.close()
            except (RedisError, OSError):
                log.info("kept_pages_stopped_listening")

    def say(self) -> None:
        """One line for all answers of a minute that were alike: a line for each would cost more than the answer."""
        self._said_at = time.monotonic()
        for endpoint, status, count in self._memory.take_counts():
            log.info("kept_requests", extra={"endpoint": endpoint, "status": int(status[:3]), "count": count})
