"""The product's own commands as processes: started, found by parentage, killed, and started again when they die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.support import processes

_AGAIN_AFTER_S = 1.0


class Command:
    """`feedbackloop <words>` in a session of its own. A supervisor of ours starts it again while `kept` is true."""

    def __init__(self, words: tuple[str, ...], environ: Mapping[str, str], log: Path) -> None:
        self.words = words
        self.log = log
        self.kept = True
        self.starts = 0
        self._environ = {**os.environ, "PYTHONUNBUFFERED": "1", **environ}
        self._died: float | None = None
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    def start(self) -> None:
        self.starts += 1
        self._died = None
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "feedbackloop", *self.words],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=processes.end_with_parent,
            )

    def is_alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def senders(self) -> set[int]:
        """The processes that do the work: those below it that have no children, or itself."""
        return processes.leaves(self.pid) if self.is_alive() else set()

    def family(self) -> set[int]:
        return processes.family(self.pid) if self.is_alive() else set()

    def signal(self, number: int, pids: set[int] | None = None) -> None:
        """Signals it alone, or these processes of it."""
        for pid in {self.pid} if pids is None else pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> set[int]:
        """SIGKILL to it and all below it, at once; the processes that were killed."""
        struck = self.family()
        self.signal(signal.SIGSTOP, struck)  # so that none of them sees another die first
        self.signal(signal.SIGKILL, struck)
        if self._popen is not None:
            self._popen.wait(20)
        return struck

    def tend(self) -> None:
        """Starts it again a second after its death."""
        if not self.kept or self.is_alive():
            return
        now = time.monotonic()
        self._died = self._died or now
        if now - self._died >= _AGAIN_AFTER_S:
            self.start()

    def wait_end(self, seconds: float) -> float | None:
        """How many seconds it took to end; None where it did not in time."""
        assert self._popen is not None
        began = time.monotonic()
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - began

    @property
    def said(self) -> str:
        """All that it has printed, over all its lives."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class Fleet:
    """All commands of one row."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = dict(environ)
        self.commands: list[Command] = []

    def add(self, *words: str, **environ: str) -> Command:
        """Starts a command of the product; `environ` are settings of its own."""
        log = self._folder / f"{len(self.commands)}-{words[0]}.log"
        made = Command(words, {**self._environ, **environ}, log)
        self.commands.append(made)
        made.start()
        return made

    def named(self, word: str) -> list[Command]:
        return [command for command in self.commands if command.words[0] == word]

    def tend(self) -> None:
        for command in self.commands:
            command.tend()

    def end(self) -> None:
        for command in self.commands:
            command.kept = False
            strays = command.family()
            if command.is_alive():
                command.kill()
            command.signal(signal.SIGKILL, strays)
        for pid in self._left_over():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _left_over(self) -> set[int]:
        """Processes whose parent died before them: they still carry this row's folder in their environment."""
        mark = f"FAULTS_ROW={self._environ['FAULTS_ROW']}".encode()
        found = set()
        for place in processes.PROC.iterdir():
            if place.name.isdigit():
                with suppress(OSError):
                    if mark in (place / "environ").read_bytes().split(b"\0"):
                        found.add(int(place.name))
        return found
