"""One `up` an instance, and what it tells the other commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedbackloop import running

HERE = running.Running(pid=1, port=5000, public_url="http://localhost:5000", redis_url="unix:///x", mail_port=2525)


def test_a_second_holder_is_refused_and_the_first_is_read(tmp_path: Path) -> None:
    with running.hold(tmp_path):
        running.write_running(tmp_path, HERE)
        assert running.read_running(tmp_path) == HERE
        with pytest.raises(running.AlreadyRunning), running.hold(tmp_path):
            pass
        assert running.read_running(tmp_path) == HERE
    assert running.read_running(tmp_path) is None


def test_what_a_killed_up_left_behind_does_not_count(tmp_path: Path) -> None:
    running.write_running(tmp_path, HERE)
    (tmp_path / "up.lock").touch()
    assert running.read_running(tmp_path) is None


def test_a_file_that_cannot_be_read_does_not_count(tmp_path: Path) -> None:
    with running.hold(tmp_path):
        running.running_path(tmp_path).write_text('{"pid": 1}')
        assert running.read_running(tmp_path) is None


def test_an_instance_that_is_not_there_yet_is_not_held(tmp_path: Path) -> None:
    assert not running.is_held(tmp_path / "nowhere")
