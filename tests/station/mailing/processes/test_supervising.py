"""`feedbackloop worker` keeps its processes: it starts again what dies, and ends them in order, however it ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from flask import Flask
from rq import Callback

from feedbackloop.core import queue
from tests.station.mailing.processes.conftest import Process, Start, resolve, statuses, wait_until
from tests.support.processes import children, family, living
from tests.support.smtp import Sink
from tests.support.valkey import Valkey

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are not shown as files here"),
]
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

STOPPED_WITHIN_S = 15
# A killed sender doubles at most the mail whose reply it had not read on each.
CONNECTIONS = 4
CLOCK = ("scheduler",)
SHORT = {"FEEDBACKLOOP_TIME_SCALE": "20"}


def running(worker: Process, count: int) -> set[int]:
    """Its processes, once there are so many."""
    wait_until(lambda: len(living(set(children(worker.pid)))) == count, 60, worker)
    return living(set(children(worker.pid)))


def test_a_killed_sender_is_back_at_once_and_loses_nothing(app: Flask, start: Start, sink: Sink) -> None:
    resolve(app, 300)
    start(*CLOCK, **SHORT)
    worker = start("worker", "--queue", "mail", **SHORT)
    sink.wait_for(30, seconds=60)
    (killed,) = running(worker, 1)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: bool(living(set(children(worker.pid))) - {killed}), 5, worker)
    wait_until(lambda: statuses(app) == {"sent"}, 90, worker)
    assert worker.is_alive()
    assert len({message.recipients for message in sink.messages}) == 300
    assert len(sink.messages) <= 300 + CONNECTIONS, "more doubled than one for each open connection"


@sqlite_only
def test_several_send_together_and_end_together(app: Flask, start: Start, sink: Sink) -> None:
    worker = start("worker", "--processes", "3")
    everybody = {worker.pid, *running(worker, 4)}  # and one for the other work
    resolve(app, 200)
    start(*CLOCK)
    wait_until(lambda: statuses(app) == {"sent"}, 90, worker)
    assert len({message.recipients for message in sink.messages}) == len(sink.messages) == 200
    worker.signal(signal.SIGINT)
    assert worker.wait(STOPPED_WITHIN_S) == 0
    assert not living(everybody)


@sqlite_only
def test_asked_to_end_it_finishes_what_it_holds_and_asking_twice_changes_nothing(
    app: Flask, start: Start, sink: Sink
) -> None:
    resolve(app, 400)
    first = start("worker", "--queue", "mail")
    sink.wait_for(3, seconds=60)
    everybody = family(first.pid)
    first.signal(signal.SIGTERM)
    time.sleep(0.02)
    first.signal(signal.SIGTERM)
    for pid in everybody - {first.pid}:
        os.kill(pid, signal.SIGTERM)  # what a service manager does that signals all of them
    assert first.wait(STOPPED_WITHIN_S) == 0
    assert not living(everybody)
    assert "claimed" not in statuses(app)
    start(*CLOCK)
    second = start("worker", "--queue", "mail")
    wait_until(lambda: statuses(app) == {"sent"}, 90, second)
    assert len({message.recipients for message in sink.messages}) == len(sink.messages) == 400


@sqlite_only
def test_when_it_is_killed_its_processes_finish_and_stop(app: Flask, start: Start, sink: Sink) -> None:
    resolve(app, 400)
    first = start("worker", "--processes", "2")
    sink.wait_for(3, seconds=60)
    everybody = family(first.pid)
    assert len(everybody) == 4
    first.signal(signal.SIGKILL)
    first.wait()
    wait_until(lambda: not living(everybody), STOPPED_WITHIN_S, first)
    assert statuses(app) == {"queued", "sent"}, "nothing is claimed by who is no more"
    start(*CLOCK)
    second = start("worker", "--queue", "mail")
    wait_until(lambda: statuses(app) == {"sent"}, 90, second)
    assert len({message.recipients for message in sink.messages}) == len(sink.messages) == 400


@sqlite_only
def test_other_work_never_delays_mail(app: Flask, start: Start, sink: Sink) -> None:
    """An import or the like may take as long as it takes: mail has a queue and a process of its own."""
    with app.app_context():
        for _ in range(3000):
            assert queue.push("work", "feedbackloop.checkins.jobs.expire")
    worker = start("worker")
    start(*CLOCK)
    running(worker, 2)
    resolve(app, 3)
    sink.wait_for(3, seconds=30)
    with app.app_context():
        assert queue.waiting("work") > 0, "the other work was over before the mail: this shows nothing"


@sqlite_only
def test_a_job_of_somebody_else_is_not_run(
    app: Flask, start: Start, sink: Sink, valkey: Valkey, tmp_path: Path
) -> None:
    """Who can write to the queue server can make a worker fail a job, and no more."""
    made = tmp_path / "made"
    with app.app_context():
        for name in ("os.mkdir", "feedbackloop.core.processes.os.mkdir", "feedbackloop.mailing.jobs.delivery.drain"):
            queue.queue("mail").enqueue(name, args=[str(made)], on_failure=Callback("os.mkdir"))
        valkey.client.set("rq:suspended", 1)
    worker = start("worker", "--queue", "mail")
    resolve(app, 2)
    sink.wait_for(2, seconds=60)
    wait_until(lambda: worker.words.count('"kind": "Foreign"') == 3, 30, worker)
    assert not made.exists()
    assert "Traceback" not in worker.words
    assert str(made) not in worker.words
