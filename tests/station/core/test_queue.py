"""Waking the workers while the queue server is away, or was never there."""

from __future__ import annotations

import pytest
from flask import Flask

from feedbackloop import create_app
from feedbackloop.core import queue

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
