"""Starts the parts of `up`, starts each again that dies, and ends them all in time."""

from __future__ import annotations

import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Self

import click

# A part that dies is back within 5 s: at once the first time, then after waits that double up to this one.
_LONGEST_WAIT_S = 3.0
_STEADY_AFTER_S = 10.0
_POLL_S = 0.1
# All that was started ends within 15 s of the signal.
_STOP_S = 11.0
_STOP_LAST_S = 2.0


@dataclass
class Part:
    """One process. `last` parts (queue server, mailbox) serve the others and are ended after them."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    last: bool = False
    inherit: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait_s: float = 0.0
    restarts: int = 0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            list(self.command),
            env=dict(self.environ),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal reaches `up` alone, which ends them in order
            pass_fds=self.inherit,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    def is_dead(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def _end_with_parent() -> None:
    """In the child: a SIGTERM from the kernel when `up` is killed, so that nothing stays behind."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


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
                ran_s = now - part.started_at
                code = part.process.returncode
                part.wait_s = 0.01 if ran_s > _STEADY_AFTER_S else min(_LONGEST_WAIT_S, 0.25 * 2**part.restarts)
                part.restarts = 0 if ran_s > _STEADY_AFTER_S else part.restarts + 1
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
