"""The queue server may die in the middle of the work and come back empty: it only wakes people up."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis

from feedbackloop.core import queue
from feedbackloop.up import queue_server
from tests.station.mailing.processes.conftest import Process, Start, resolve, statuses, wait_until
from tests.support import need
from tests.support.shared import SharedFolder
from tests.support.smtp import Sink

pytestmark = pytest.mark.slow
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class OwnServer:
    """A queue server of the test's own, that can be killed and started anew, empty."""

    def __init__(self, home: Path) -> None:
        self.socket = home / "q"
        self._home = home
        self._lives = 0
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        self._lives += 1
        command = queue_server.command(queue_server.find_binary(), self._home / f"life{self._lives}", self.socket)
        self._popen = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not queue_server.answers(self.socket):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        assert self._popen is not None, "it is not started"
        self._popen.send_signal(number)

    @property
    def client(self) -> Redis:
        return Redis(unix_socket_path=str(self.socket))

    def kill(self) -> None:
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait(10)
            self.socket.unlink(missing_ok=True)


@pytest.fixture
def server(shared_folder: SharedFolder, tmp_path: Path) -> Iterator[OwnServer]:
    home = shared_folder.path / f"q{time.monotonic_ns()}"  # short, for the path of a socket
    home.mkdir()
    made = OwnServer(home)
    try:
        made.start()
    except queue_server.NoQueueServer as reason:
        need.missing(str(reason))
    yield made
    made.kill()


def senders(start: Start, server: OwnServer) -> tuple[Process, Process]:
    worker = start("worker", "--queue", "mail", REDIS_URL=server.url)
    return worker, start("scheduler", REDIS_URL=server.url)


def once(sink: Sink, count: int) -> bool:
    return len({message.recipients for message in sink.messages}) == len(sink.messages) == count


@sqlite_only
def test_mail_goes_on_without_it_and_with_it_again(app: Flask, start: Start, sink: Sink, server: OwnServer) -> None:
    resolve(app, 200)
    worker, ticking = senders(start, server)
    sink.wait_for(10, seconds=60)
    server.kill()
    wait_until(lambda: statuses(app) == {"sent"}, 90, worker)
    resolve(app, 203)
    sink.wait_for(203, seconds=30)
    server.start()
    wait_until(lambda: server.client.exists("rq:workers:mail") > 0, 30, worker)
    resolve(app, 206)
    wait_until(lambda: once(sink, 206), 30, worker)
    assert worker.is_alive()
    assert ticking.is_alive(), "the clock waits"
    assert "starting it again" not in worker.words
    assert "Traceback" not in worker.words


@sqlite_only
def test_an_idle_worker_waits_for_it(app: Flask, start: Start, sink: Sink, server: OwnServer) -> None:
    worker, ticking = senders(start, server)
    resolve(app, 1)
    sink.wait_for(1, seconds=60)
    wait_until(lambda: statuses(app) == {"sent"}, 10, worker)
    server.kill()
    wait_until(lambda: "queue_unreachable" in worker.words, 30, worker)
    time.sleep(3)
    assert worker.words.count("queue_unreachable") == 1, "said once"
    server.start()
    wait_until(lambda: server.client.exists("rq:workers:mail") > 0, 30, worker)
    resolve(app, 2)
    wait_until(lambda: once(sink, 2), 30, worker)
    assert worker.is_alive()
    assert ticking.is_alive()


@sqlite_only
def test_while_it_hangs_mail_goes_on(app: Flask, start: Start, sink: Sink, server: OwnServer) -> None:
    worker, ticking = senders(start, server)
    wait_until(lambda: server.client.exists("rq:workers:mail") > 0, 60, worker)
    server.signal(signal.SIGSTOP)
    resolve(app, 3)
    sink.wait_for(3, seconds=60)
    server.signal(signal.SIGCONT)
    resolve(app, 5)
    wait_until(lambda: once(sink, 5), 60, worker)
    assert worker.is_alive()
    assert ticking.is_alive()


@sqlite_only
def test_while_it_has_no_memory_left_mail_goes_on(app: Flask, start: Start, sink: Sink, server: OwnServer) -> None:
    server.client.config_set("maxmemory-policy", "noeviction")
    server.client.config_set("maxmemory", "1mb")
    for worker in senders(start, server):
        wait_until(lambda: "OutOfMemoryError" in worker.words, 60, worker)  # noqa: B023 - called at once
    resolve(app, 3)
    sink.wait_for(3, seconds=30)
    server.client.config_set("maxmemory", "0")
    wait_until(lambda: server.client.exists("rq:workers:mail") > 0, 30, worker)
    resolve(app, 5)
    wait_until(lambda: once(sink, 5), 30, worker)


@sqlite_only
def test_wiped_in_the_middle_of_a_job_it_costs_nothing(app: Flask, start: Start, sink: Sink, server: OwnServer) -> None:
    resolve(app, 200)
    worker, _ticking = senders(start, server)
    for count in (5, 60, 120):
        sink.wait_for(count, seconds=60)
        server.client.flushall()
    wait_until(lambda: statuses(app) == {"sent"}, 90, worker)
    assert once(sink, 200)
    assert "starting it again" not in worker.words


@sqlite_only
def test_a_job_that_was_lost_on_its_way_to_a_worker_costs_nothing(
    app: Flask, start: Start, sink: Sink, server: OwnServer
) -> None:
    """A worker that is killed between taking a job and starting it leaves the job where nobody looks."""
    with app.app_context():
        queue.queue("mail", server.client).enqueue("feedbackloop.mailing.jobs.deliver")
    assert server.client.lmove("rq:queue:mail", "rq:queue:mail:intermediate", "RIGHT", "LEFT")
    resolve(app, 2)
    worker, _ticking = senders(start, server)
    wait_until(lambda: once(sink, 2), 60, worker)
