"""The queue server may die in the middle of the work and come back empty: it only wakes people up."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from feedbackloop.up import queue_server
from tests.station.mailing.processes.conftest import Start, resolve, statuses, wait_until
from tests.support import need
from tests.support.shared import SharedFolder
from tests.support.smtp import Sink

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_dies_while_mail_is_sent_and_comes_back_empty(
    app: Flask, start: Start, sink: Sink, server: OwnServer
) -> None:
    resolve(app, 200)
    worker, ticking = (start(*one, REDIS_URL=server.url) for one in (("worker", "--queue", "mail"), ("scheduler",)))
    sink.wait_for(10, seconds=60)
    server.kill()
    # What it took up it finishes without anybody to tell; then it says that it lost its server.
    assert worker.wait(60) == 1, worker.words[-2000:]
    assert "claimed" not in statuses(app)
    assert ticking.is_alive(), "the clock waits"
    server.start()
    again = start("worker", "--queue", "mail", REDIS_URL=server.url)
    wait_until(lambda: statuses(app) == {"sent"}, 60, again)
    assert len({message.recipients for message in sink.messages}) == len(sink.messages) == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_idle_worker_waits_for_it(app: Flask, start: Start, sink: Sink, server: OwnServer) -> None:
    worker, ticking = (start(*one, REDIS_URL=server.url) for one in (("worker", "--queue", "mail"), ("scheduler",)))
    resolve(app, 1)
    sink.wait_for(1, seconds=60)
    wait_until(lambda: statuses(app) == {"sent"}, 10, worker)
    time.sleep(1)
    server.kill()
    time.sleep(2)
    server.start()
    resolve(app, 2)
    sink.wait_for(2, seconds=60)
    assert worker.is_alive()
    assert ticking.is_alive()
