"""Commands of the product as processes of their own, and complaints that give them work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.values import ComplaintInput
from feedbackloop.core import clock
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.rules import PersonInput
from tests.support.smtp import Sink
from tests.support.valkey import Valkey

Start = Callable[..., "Process"]


class Process:
    """A command of the product in a process of its own."""

    def __init__(self, command: list[str], environ: Mapping[str, str], folder: Path) -> None:
        self.log = folder / f"{command[0]}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "feedbackloop", *command],
                env={**os.environ, **environ},
                cwd=folder,
                stdout=output,
                stderr=output,
            )

    def signal(self, number: int) -> None:
        self._popen.send_signal(number)

    def wait(self, seconds: float = 20) -> int:
        return self._popen.wait(seconds)

    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def end(self) -> None:
        if self.is_alive():
            self._popen.kill()
            self._popen.wait(10)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def words(self) -> str:
        return self.log.read_text(errors="replace")


@pytest.fixture
def start(settings_env: dict[str, str], tmp_path: Path, sink: Sink, valkey: Valkey, app: Flask) -> Iterator[Start]:
    """Starts a command with the settings of `app`."""
    started: list[Process] = []

    def go(*command: str, **environ: str) -> Process:
        made = Process(list(command), {**settings_env, **environ}, tmp_path)
        started.append(made)
        return made

    yield go
    for one in started:
        one.end()


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {
        **settings_env,
        "FEEDBACKLOOP_CHECK_IN_DELAY": "0s",
        "FEEDBACKLOOP_SEND_WINDOW": "always",
        "FEEDBACKLOOP_REMINDER_DELAY": "off",
    }


def resolve(app: Flask, count: int) -> None:
    """So many complaints are resolved, each of another person: as many check-ins are due."""
    now = clock.now()
    records = [
        ComplaintInput(
            "test",
            f"P-{n}",
            subject="Te laat bezorgd",
            opened_at=now - timedelta(days=3),
            resolved_at=now - timedelta(minutes=1),
            customer=PersonInput(name=f"Ann {n}", email=f"ann{n}@example.org", locale="en" if n % 2 else "nl"),
        )
        for n in range(count)
    ]
    with app.app_context(), transactions.transaction():
        complaints.upsert(records, "test")


def statuses(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(Outbox.status).distinct()))


def wait_until(true: Callable[[], bool], seconds: float, process: Process) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, process.words[-3000:]
        time.sleep(0.1)
