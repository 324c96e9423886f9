"""A process that works one queue: RQ's own worker in one process, made to end in time and never to hang."""

from __future__ import annotations

import logging
import signal
import time
from types import FrameType
from typing import Any

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.serializers import JSONSerializer
from rq.worker import WorkerStatus

from feedbackloop.core import queue

log = logging.getLogger(__name__)

# A server that hangs is noticed within this and 10 s; RQ's own 420 s would leave mail lying that long.
_TTL_S = 30
_MAINTENANCE_S = 60
_PATIENCE_S = 30
_PAUSE_S = 0.5


class QueueWorker(SimpleWorker):
    """Jobs run in this process, without a fork for each: our jobs are long batches and hold no state."""

    max_connection_wait_time = 2.0

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)
        # Asked while it was still starting: the loop looks at this before it takes a job.
        self._stop_requested = queue.stopping.is_set()

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Ends the process at the job's next safe point; at once when there is no job. Asking twice changes nothing."""
        # RQ's own would talk to Redis from within the signal, in the middle of whatever the job is saying.
        queue.stopping.set()
        idle = self._state != WorkerStatus.BUSY
        if not self._stop_requested:
            self._stop_requested = True
            if idle:
                raise StopRequested


def run(name: str) -> bool:
    """Works the queue until this process is asked to end: True. False where the queue server was lost: start anew."""
    worker = _born(name)
    if worker is None:
        return queue.stopping.is_set()
    try:
        worker.work(logging_level="WARNING")
    except RedisError as problem:
        log.error("queue_lost", extra={"queue": name, "kind": type(problem).__name__})
    return queue.stopping.is_set()


def _born(name: str) -> QueueWorker | None:
    until = time.monotonic() + _PATIENCE_S
    _stop_on_signals()
    said = False
    while not queue.stopping.is_set():
        try:
            redis = queue.connection(None)
            return QueueWorker(
                [queue.queue(name, redis)],
                connection=redis,
                serializer=JSONSerializer,
                worker_ttl=_TTL_S,
                maintenance_interval=_MAINTENANCE_S,
                log_job_description=False,
            )
        except (RedisError, OSError) as problem:
            if not said:
                log.warning("queue_unreachable", extra={"queue": name, "kind": type(problem).__name__})
                said = True
            if time.monotonic() > until:
                return None
            queue.stopping.wait(_PAUSE_S)
    return None


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: Any) -> None:
        queue.stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
