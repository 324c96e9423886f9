"""A process that works one queue: RQ's own worker in one process, made to end in time and never to hang."""

from __future__ import annotations

import logging
import re
import signal
import time
from collections.abc import Callable
from typing import Any

from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import DequeueTimeout, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute
from rq.worker import WorkerStatus

from feedbackloop.core import queue

log = logging.getLogger(__name__)

# An idle worker asks for a job this long at a time, and takes a server for dead that is this much later still.
_ASKS_FOR_S = 5
_PATIENCE_S = 3
_TTL_S = _ASKS_FOR_S + 15  # RQ's own reckoning
_MAINTENANCE_S = 60
_PAUSE_S = 1.0
_STEADY_S = 30
OUR_NAME = re.compile(r"feedbackloop(\.[a-z_]+)+\.jobs\.[a-z_]+")


class Foreign(Exception):
    """A job that names something else than a function marked with `core.queue.job`."""


class OurJob(Job):
    """Runs our own jobs only: who can write to Redis must not be able to run any function of any library."""

    @property
    def func(self) -> Callable[..., None]:
        name = self.func_name or ""
        if not OUR_NAME.fullmatch(name):
            raise Foreign
        found: Callable[..., None] = import_attribute(name)
        if not queue.is_job(found):
            raise Foreign
        return found

    @property
    def success_callback(self) -> None:
        return None

    @property
    def failure_callback(self) -> None:
        return None

    @property
    def stopped_callback(self) -> None:
        return None


class QueueWorker(SimpleWorker):
    """Jobs run in this process, without a fork for each: our jobs are long batches and hold no state.

    It works until it is asked to end or loses its server, and has nothing open then.
    """

    lost: Exception | None = None

    @property
    def connection_timeout(self) -> int:
        return self.dequeue_timeout + _PATIENCE_S

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        # RQ's own waits for a server that is away in here, up to a minute at a time; our process has better to do.
        self._speak(self.set_state, WorkerStatus.IDLE)
        while True:
            self.heartbeat()
            if self.should_run_maintenance_tasks:
                self.run_maintenance_tasks()
            try:
                found: tuple[Job, Queue] | None = self._speak(
                    self.queue_class.dequeue_any,
                    self.queues,
                    timeout,
                    connection=self.connection,
                    job_class=self.job_class,
                    serializer=self.serializer,
                    death_penalty_class=self.death_penalty_class,
                )
            except DequeueTimeout:
                continue
            return found

    def execute_job(self, job: Job, queue: Queue) -> None:
        self._speak(super().execute_job, job, queue)

    def heartbeat(self, *given: Any, **named: Any) -> None:
        self._speak(super().heartbeat, *given, **named)

    def run_maintenance_tasks(self) -> None:
        self._speak(super().run_maintenance_tasks)

    def _speak(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        try:
            return call(*given, **named)
        except (RedisError, OSError) as problem:
            self.lost = problem
            raise StopRequested from None

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """One line without the job's arguments; what failed inside of a job has said so itself."""
        problem = exc_info[1]
        if not isinstance(problem, queue.JobFailed):
            log.error("job_ended", extra={"job_id": job.id, "kind": type(problem).__name__})

    def subscribe(self) -> None:
        """No commands from others: who can write to Redis must not be able to end our processes."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def check_for_suspension(self, burst: bool) -> None:
        """Nor can they make our processes wait: staff stop mail on the pages, which the database knows."""

    def register_death(self) -> None:
        if self.lost is None:
            super().register_death()  # type: ignore[no-untyped-call]

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)
        # Asked while it was still starting: the loop looks at this before it takes a job.
        self._stop_requested = queue.stopping.is_set()

    def request_stop(self, *_signal: Any) -> None:
        """Ends the process at the job's next safe point; at once when there is no job. Asking twice changes nothing."""
        # RQ's own would talk to Redis from within the signal, in the middle of whatever the job is saying.
        queue.stopping.set()
        idle = self._state != WorkerStatus.BUSY
        if not self._stop_requested:
            self._stop_requested = True
            if idle:
                raise StopRequested


def run(name: str, unasked: Callable[[], None] = lambda: None) -> int:
    """Works the queue until this process is asked to end; its exit status.

    `unasked` is called first; and about every second while the queue server is away, hangs or refuses to work.
    """
    said = False
    _stop_on_signals()
    unasked()
    while not queue.stopping.is_set():
        began = time.monotonic()
        problem = _work(name)
        _stop_on_signals()
        if queue.stopping.is_set():
            break
        if not said or time.monotonic() - began > _STEADY_S:
            log.warning("queue_unreachable", extra={"queue": name, "kind": type(problem).__name__})
            said = True
        unasked()
        queue.stopping.wait(_PAUSE_S)
    return 0


def _work(name: str) -> Exception | None:
    """Works until it is asked to end or has no server; what is wrong with the server."""
    try:
        with queue.connection() as probing:
            probing.ping()
        with queue.connection(None) as redis:
            worker = QueueWorker(
                [queue.queue(name, redis)],
                connection=redis,
                job_class=OurJob,
                serializer=JSONSerializer,
                worker_ttl=_TTL_S,
                maintenance_interval=_MAINTENANCE_S,
                log_job_description=False,
            )
            worker.work(logging_level="WARNING")
            return worker.lost
    except (RedisError, OSError) as problem:
        return problem
    except StopRequested:  # while it was ending anyway
        return None


def _stop_on_signals() -> None:
    def stop(*_signal: Any) -> None:
        queue.stopping.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
