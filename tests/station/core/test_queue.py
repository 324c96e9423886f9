"""Waking the workers while the queue server is away, or was never there."""

from __future__ import annotations

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from rq.timeouts import JobTimeoutException

from feedbackloop import create_app
from feedbackloop.core import db as transactions
from feedbackloop.core import queue
from feedbackloop.mailing import delivery, jobs
from tests.support.queued import Queued
from tests.support.valkey import Valkey

JOB = "feedbackloop.mailing.jobs.deliver"


def test_a_command_before_any_up_wakes_nobody_and_says_nothing(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context():
        assert queue.push("mail", JOB) is False
    assert caplog.messages == []


def test_a_server_that_is_away_is_said(settings_env: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    app = create_app({**settings_env, "REDIS_URL": "unix:///nowhere/queue.sock"})
    with app.app_context():
        assert queue.push("mail", JOB) is False
    assert caplog.messages == ["queue_unreachable"]


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[tuple[str, list[socket.socket]]]:
    """A server that takes every connection and never says a word."""
    taken: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as listening:
        path = Path(tempfile.mkdtemp(dir="/tmp")) / "s"
        listening.bind(str(path))
        listening.listen(64)

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(listening.accept()[0])

        threading.Thread(target=take, daemon=True).start()
        yield f"unix://{path}", taken
    shutil.rmtree(path.parent)


def test_a_server_that_hangs_is_waited_for_once(
    settings_env: dict[str, str],
    hanging: tuple[str, list[socket.socket]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One try of a second, and no second one for who comes right after: the sweep does the waking meanwhile."""
    url, taken = hanging
    app = create_app({**settings_env, "REDIS_URL": url})
    with app.app_context():
        assert [queue.push("mail", JOB) for _ in range(20)] == [False] * 20
    assert len(taken) == 1
    assert caplog.messages == ["queue_unreachable"]


def test_a_page_is_served_while_the_server_hangs(
    settings_env: dict[str, str], hanging: tuple[str, list[socket.socket]]
) -> None:
    """Also one that counts how often it is asked for."""
    url, _taken = hanging
    app = create_app({**settings_env, "REDIS_URL": url, "FEEDBACKLOOP_RATE_LIMITS": "on"})
    assert app.test_client().post("/check-in/unknown", data={}).status_code in (400, 404)
    assert app.test_client().get("/readyz").status_code == 200


def test_a_connection_that_broke_is_made_anew(app: Flask, valkey: Valkey) -> None:
    with app.app_context():
        assert queue.push("mail", JOB)
        valkey.client.client_kill_filter(_type="normal", skipme=True)
        assert queue.push("mail", JOB)
        assert queue.waiting("mail") == 2


def test_a_time_out_ends_what_waits_for_a_commit(app: Flask, queued: Queued) -> None:
    """RQ's time-out of a job is an exception like any other, and must not be taken for an error of the hook."""

    def slow() -> None:
        raise JobTimeoutException

    with app.app_context(), pytest.raises(JobTimeoutException), transactions.transaction():
        transactions.after_commit(slow)


def test_a_job_of_the_product_is_known_by_what_it_is() -> None:
    assert queue.is_job(jobs.deliver)
    assert not queue.is_job(delivery.drain)
