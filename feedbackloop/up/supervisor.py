"""Starts the processes of a command, starts each again that dies, and ends them all in time."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FrameType
from typing import Protocol, Self

import click

from feedbackloop.core.processes import Fork, end_with

# A part that dies is back within 5 s: at once the first time, then after waits that double up to this one.
_LONGEST_WAIT_S = 3.0
_STEADY_AFTER_S = 10.0
_POLL_S = 0.1
# All that was started ends within 15 s of the signal.
_STOP_S = 11.0
_STOP_LAST_S = 2.0


class Process(Protocol):
    """What is known of a process that was started."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...

    def send_signal(self, number: int) -> None: ...


class Part:
    """One process. `last` parts (queue server, mailbox) serve the others and are ended after them."""

    def __init__(self, name: str, spawn: Callable[[], Process], *, last: bool = False) -> None:
        self.name = name
        self.last = last
        self.process: Process | None = None
        self.started_at = 0.0
        self.wait_s = 0.0
        self.restarts = 0
        self._spawn = spawn

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = self._spawn()

    def is_dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def command(words: Sequence[str], environ: Mapping[str, str], inherit: Sequence[int] = ()) -> Callable[[], Process]:
    """Starts a program, for a Part. `inherit` are the open files that it gets."""

    def spawn() -> Process:
        return subprocess.Popen(  # noqa: S603 - our own commands
            list(words),
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal reaches the parent alone, which ends them in order
            pass_fds=inherit,
            preexec_fn=partial(end_with, os.getpid()) if sys.platform == "linux" else None,
        )

    return spawn


def copy(work: Callable[[], int], stop: Callable[[], None] | None = None) -> Callable[[], Process]:
    """Starts a copy of this process that runs `work`, for a Part."""
    return lambda: Fork(work, stop)


class Supervisor:
    """Runs parts until SIGINT or SIGTERM. A context: leaving it ends all that was started."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = list(parts)
        self.stopping = False

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *_problem: object) -> None:
        self.end()

    def run(self, until: Callable[[], bool] = lambda: False, limit_s: float = math.inf) -> None:
        """Tends the parts until SIGINT or SIGTERM, or until `until` is true, `limit_s` seconds at most.

        Leaving the block then ends everything, at most 15 s later.
        """
        end = time.monotonic() + limit_s
        while not self.stopping and not until() and time.monotonic() < end:
            self.tend()
            time.sleep(_POLL_S)

    def start(self, parts: Sequence[Part]) -> None:
        for part in parts:
            part.start()

    def tend(self) -> None:
        """Starts again what died, each after its wait."""
        now = time.monotonic()
        for part in self.parts:
            if not part.is_dead() or self.stopping:
                continue
            if part.wait_s == 0 and part.process is not None:
                code = part.process.returncode
                if now - part.started_at > _STEADY_AFTER_S:
                    part.restarts = 0
                part.wait_s = min(_LONGEST_WAIT_S, 0.125 * 2**part.restarts) if part.restarts else 0.01
                part.restarts += 1
                part.started_at = now
                click.echo(f"feedbackloop: {part.name} ended ({code}); starting it again", err=True)
            if now - part.started_at >= part.wait_s:
                part.wait_s = 0
                part.start()

    def end(self) -> None:
        """Ends the parts that work, then those that serve them; what does not listen is killed."""
        self.stopping = True
        working = [part for part in self.parts if not part.last]
        serving = [part for part in self.parts if part.last]
        for group, limit_s in ((working, _STOP_S), (serving, _STOP_LAST_S)):
            for part in group:
                part.signal(signal.SIGTERM)
            until = time.monotonic() + limit_s
            while time.monotonic() < until and not all(part.is_dead() for part in group):
                time.sleep(0.05)
            for part in group:
                part.signal(signal.SIGKILL)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True


def own_environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", **extra}
