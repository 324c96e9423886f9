"""The product as a person starts it: `feedbackloop up` in processes of its own, with a private queue and a mailbox."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from feedbackloop.running import Running, read_running
from tests.support import keeper
from tests.support.shared import SharedFolder

START_SECONDS = 60
STOP_SECONDS = 20


def free_port() -> int:
    """A port of this machine on which nobody listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Instance:
    """One instance folder and its `up`. `folder` is also where its commands run."""

    def __init__(
        self, shared: SharedFolder, folder: Path, environ: Mapping[str, str], python: str = sys.executable
    ) -> None:
        self.folder = folder
        self._command = [python, "-m", "feedbackloop"]
        self.port = free_port()
        self.environ = {**os.environ, "FEEDBACKLOOP_INSTANCE": str(folder / "instance"), **environ}
        self._home = shared.path / f"up{uuid4().hex[:8]}"
        self._home.mkdir()
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What its links begin with."""
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> str:
        """All that `up` has printed."""
        return (self._home / "log").read_text(errors="replace")

    @property
    def running(self) -> Running:
        """What `up` tells the other commands: its process id, its queue server, its mailbox."""
        found = read_running(Path(self.environ["FEEDBACKLOOP_INSTANCE"]))
        assert found is not None, f"no `up` is running: {self.log[-2000:]}"
        return found

    def start(self) -> None:
        """Start `up` and wait until it is ready to serve."""
        self._keeper = keeper.spawn(
            [*self._command, "up", "--port", str(self.port)],
            watched=os.getpid(),
            home=self._home,
            environ=self.environ,
            folder=self.folder,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers("/readyz"):
            ended = self._keeper.poll()
            assert ended is None, f"`up` ended with {ended}: {self.log[-2000:]}"
            assert time.monotonic() < deadline, f"`up` was not ready in {START_SECONDS} s: {self.log[-2000:]}"
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell `up` to stop and wait until all of it is gone; its exit status. Stopping twice is stopping once."""
        if self._keeper is None:
            return 0
        if self._keeper.poll() is None:
            with contextlib.suppress(AssertionError, ProcessLookupError):
                os.kill(self.running.pid, how)
        return self._keeper.wait(STOP_SECONDS)

    def run(self, *arguments: str, text: str = "", seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run another command of the same instance, `text` on its standard input."""
        return subprocess.run(
            [*self._command, *arguments],
            input=text,
            text=True,
            capture_output=True,
            check=False,
            timeout=seconds,
            env=self.environ,
            cwd=self.folder,
        )

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
