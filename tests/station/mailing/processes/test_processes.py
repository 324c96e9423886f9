"""The processes as they run in production: each one its own, over a real queue server and a real mail server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from flask import Flask

from feedbackloop.core import queue
from tests.station.mailing.processes.conftest import Start, resolve, statuses, wait_until
from tests.support.instance import free_port
from tests.support.smtp import Sink
from tests.support.valkey import Valkey

pytestmark = pytest.mark.slow
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_each_due_mail_arrives_once(app: Flask, start: Start, sink: Sink) -> None:
    worker, ticking = start("worker", "--queue", "mail"), start("scheduler")
    resolve(app, 60)
    sink.wait_for(60, seconds=60)
    wait_until(lambda: statuses(app) == {"sent"}, 10, worker)
    assert len({message.recipients for message in sink.messages}) == len(sink.messages) == 60
    for process in (worker, ticking):
        process.signal(signal.SIGTERM)
        assert process.wait() == 0, process.words[-3000:]
    assert "ann1" not in worker.words + ticking.words
    assert "Traceback" not in worker.words + ticking.words


@sqlite_only
def test_a_flushed_queue_server_delays_and_loses_nothing(app: Flask, start: Start, sink: Sink, valkey: Valkey) -> None:
    resolve(app, 5)
    valkey.client.flushall()
    start("worker", "--queue", "mail")
    start("scheduler")
    sink.wait_for(5, seconds=60)


@sqlite_only
def test_what_another_command_wrote_goes_within_five_seconds(
    app: Flask, start: Start, sink: Sink, valkey: Valkey
) -> None:
    worker = start("worker", "--queue", "mail")
    start("scheduler")
    wait_until(lambda: bool(valkey.client.smembers("rq:workers")), 60, worker)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "push", lambda *_given: False)
        resolve(app, 1)
    began = time.monotonic()
    sink.wait_for(1, seconds=30)
    assert time.monotonic() - began < 5


@sqlite_only
def test_a_worker_outlives_its_connections_to_the_queue_server(
    app: Flask, start: Start, sink: Sink, valkey: Valkey
) -> None:
    worker = start("worker", "--queue", "mail")
    wait_until(lambda: bool(valkey.client.smembers("rq:workers")), 60, worker)
    valkey.client.client_kill_filter(_type="normal", skipme=True)
    resolve(app, 2)
    sink.wait_for(2, seconds=30)
    assert worker.is_alive()


@pytest.mark.parametrize("command", ["worker", "scheduler", "web"])
@sqlite_only
def test_without_a_queue_server_a_part_refuses_in_one_line(start: Start, command: str) -> None:
    process = start(command, REDIS_URL="")
    assert process.wait(60) == 2
    assert process.words == "feedbackloop: set REDIS_URL, or start `feedbackloop up` on this instance first\n"


@pytest.mark.parametrize("command", ["worker", "scheduler", "web"])
@sqlite_only
def test_a_part_refuses_a_database_that_is_not_migrated(start: Start, command: str, tmp_path: Path) -> None:
    process = start(command, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert process.wait(60) == 3
    assert process.words == "feedbackloop: the database is empty: run `feedbackloop db upgrade` first\n"


def test_the_web_part_serves_and_ends(start: Start) -> None:
    port = free_port()
    web = start("web", "--port", str(port), "--workers", "2")
    wait_until(lambda: _answers(port, "/healthz"), 60, web)
    assert _answers(port, "/readyz")
    assert _answers(port, "/metrics")
    web.signal(signal.SIGTERM)
    assert web.wait(15) == 0
    assert "Traceback" not in web.words


@sqlite_only
def test_the_web_part_takes_a_socket_that_is_handed_down(
    settings_env: dict[str, str], app: Flask, tmp_path: Path, valkey: Valkey
) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(8)
        command = [sys.executable, "-m", "feedbackloop", "web", "--fd", str(listening.fileno()), "--workers", "1"]
        process = subprocess.Popen(
            command, env={**os.environ, **settings_env}, cwd=tmp_path, pass_fds=(listening.fileno(),)
        )
        try:
            # The socket listens already: the first request waits in it until somebody serves.
            with urlopen(f"http://127.0.0.1:{listening.getsockname()[1]}/healthz", timeout=60) as answer:
                assert answer.status == 200
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int, path: str) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
