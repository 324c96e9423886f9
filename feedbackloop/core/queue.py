"""Waking people up: RQ jobs that carry ids. Losing one costs time, never a row, because the sweep finds it."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer
from rq.timeouts import BaseTimeoutException

from feedbackloop.config import settings
from feedbackloop.core import db

log = logging.getLogger(__name__)
P = ParamSpec("P")

QUEUES = ("mail", "work")
_JOB_TIMEOUT_S = 600
_FAILURES_KEPT_S = 7 * 24 * 3600
# After a failure nobody else waits for the server in vain for a moment: the sweep does their waking.
_REST_S = 2.0
_REST = "feedbackloop.queue_rests_until"

# Set once this process is asked to end: long work stops at its next safe point.
stopping = threading.Event()


class JobFailed(Exception):
    """What RQ gets to keep of an error: its kind. The trace, masked, is in the log, and no words of people in Redis."""


class NoServer(RedisError):
    """No server is named, and no `up` of this instance runs: the one that starts next finds the rows by itself."""


def connection(timeout_s: float | None = 1.0) -> Redis:
    """A connection to the queue server. With a time-out where a person waits; without one where a worker listens."""
    url = settings().redis_url
    if url is None:
        raise NoServer("REDIS_URL is unset and no `feedbackloop up` of this instance is running")
    return Redis.from_url(url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s or 5, retry=one_retry())


def one_retry() -> Retry:
    """At once, on a connection that broke: the server was started anew. Never where it hangs: that would cost time."""
    return Retry(NoBackoff(), 1, (RedisAway,))


def _shared_connection() -> Redis:
    found: Redis | None = current_app.extensions.get("feedbackloop.redis")
    if found is None:
        found = current_app.extensions["feedbackloop.redis"] = connection()
    return found


def queue(name: str, redis: Redis | None = None) -> Queue:
    """One of QUEUES. JSON, never pickle: whoever can write to Redis must not be able to run code."""
    if name not in QUEUES:
        raise ValueError(f"no queue '{name}'")
    return Queue(name, connection=redis or _shared_connection(), serializer=JSONSerializer)


def push(name: str, job: str, *ids: Any) -> bool:
    """Queues `job` (a dotted name) now, within a second. False when Redis is not there, or away (a log line).

    The sweep will do it then.
    """

    def put() -> None:
        queue(name).enqueue(
            job,
            args=ids,
            job_timeout=_JOB_TIMEOUT_S,
            result_ttl=0,
            failure_ttl=_FAILURES_KEPT_S,
            description=job,
        )

    return _unless_away(put, job)


def tell(channel: str, message: str) -> bool:
    """Says it to every process that listens to the channel, within a second. False when Redis is not there, or away."""
    return _unless_away(lambda: _shared_connection().publish(channel, message), channel)


def _unless_away(ask: Callable[[], object], what: str) -> bool:
    here = current_app.extensions
    if time.monotonic() < here.get(_REST, -math.inf):
        return False
    try:
        ask()
    except NoServer:
        return False
    except (RedisError, OSError) as problem:
        here[_REST] = time.monotonic() + _REST_S
        log.warning("queue_unreachable", extra={"job": what, "kind": type(problem).__name__})
        return False
    return True


def enqueue(name: str, job: str, *ids: Any) -> None:
    """Queues `job` once the open transaction is committed."""

    def wake() -> None:
        push(name, job, *ids)

    db.after_commit(wake)


def ping() -> None:
    """Raises RedisError while the server is away."""
    _shared_connection().ping()


def waiting(name: str) -> int:
    """How many jobs wait in the queue. Raises RedisError while the server is away."""
    return queue(name).count


_jobs: list[Callable[..., None]] = []


def job(function: Callable[P, None]) -> Callable[P, None]:
    """An RQ entry point: an app context, and so a database session, of its own."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
            try:
                with db.shared_time():
                    function(*args, **kwargs)
            except BaseTimeoutException:
                raise
            except Exception as problem:
                log.exception("job_failed", extra={"job": function.__qualname__, "kind": type(problem).__name__})
                raise JobFailed(type(problem).__name__) from None

    _jobs.append(run)
    return run


def is_job(found: object) -> bool:
    """Whether this is what `job` made: nothing else is run for a name that stands in Redis."""
    return any(found is one for one in _jobs)
