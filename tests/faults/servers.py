"""A PostgreSQL and a queue server of a row's own: they can be killed, held still, cut off and started anew."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from feedbackloop.up import queue_server
from tests.support import postgres, processes
from tests.support.shared import SharedFolder

_PATIENCE_S = 40.0


def wait_for(true: Callable[[], bool], what: str, seconds: float = _PATIENCE_S) -> None:
    """Waits until it is so. Raises TimeoutError with `what` did not come."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds:.0f} s")
        time.sleep(0.05)


class OwnPostgres:
    """A cluster in a folder of its own, with the promises of a real one: what was committed survives its death."""

    def __init__(self, shared: SharedFolder, data: Path | None = None) -> None:
        self._home = shared.path / f"pg{uuid4().hex[:8]}"
        self._home.mkdir()
        self._user = postgres.account()
        self._data = data or self._home / "data"
        for folder in (self._home, *([data] if data else [])):
            folder.mkdir(exist_ok=True)
            if self._user:
                shutil.chown(folder, self._user)
        self._programs = postgres.binaries(self._home, self._user)
        self._popen: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql+psycopg://feedbackloop@/postgres?host={self._home}"
        self._run("initdb", "-U", "feedbackloop", "-A", "trust", "--no-sync", *postgres.COLLATION)

    def start(self) -> None:
        """Starts it, after whatever it has to recover."""
        options = ("fsync=off", "listen_addresses=", "max_connections=200", "shared_buffers=32MB", "max_wal_size=96MB")
        flags = [word for option in options for word in ("-c", option)]
        command = [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._home), *flags]
        with (self._home / "log").open("ab") as output:
            self._popen = subprocess.Popen(
                command, user=self._user, cwd="/", stdout=output, stderr=output, preexec_fn=processes.end_with_parent
            )
        wait_for(self.answers, "PostgreSQL did not start")

    def stop(self, mode: str) -> None:
        """`fast` ends its connections; `immediate` is what a kill of it is."""
        assert self._popen is not None
        self._popen.send_signal({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])
        self._popen.wait(_PATIENCE_S)

    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def hold(self, still: bool) -> None:
        """Stops every process of it where it stands, or lets them go on."""
        assert self._popen is not None
        for pid in sorted(processes.family(self._popen.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP if still else signal.SIGCONT)

    def cut_connections(self) -> None:
        """Ends every connection of the product."""
        with self._connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def end(self) -> None:
        if self.is_running():
            self.hold(False)
            self.stop("immediate")
        shutil.rmtree(self._home, ignore_errors=True)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(f"postgresql://feedbackloop@/postgres?host={self._home}", autocommit=True)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), "-D", str(self._data), *arguments],
            user=self._user,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC"},
        )
        if done.returncode != 0:
            raise postgres.NoPostgresError(f"{program} failed: {done.stderr.strip()[-300:]}")


class OwnRedis:
    """A queue server that can be killed and comes back empty."""

    def __init__(self, shared: SharedFolder) -> None:
        self._home = shared.path / f"q{uuid4().hex[:8]}"  # short, for the path of a socket
        self._home.mkdir()
        self._lives = 0
        self._popen: subprocess.Popen[bytes] | None = None
        self.socket = self._home / "s"
        self.url = f"unix://{self.socket}"
        self.client = Redis(unix_socket_path=str(self.socket), socket_timeout=5)

    def start(self) -> None:
        self._lives += 1
        command = queue_server.command(queue_server.find_binary(), self._home / f"life{self._lives}", self.socket)
        self._popen = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=processes.end_with_parent
        )
        wait_for(self.answers, "the queue server did not start")

    def kill(self) -> None:
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait(_PATIENCE_S)
            self.socket.unlink(missing_ok=True)

    def hold(self, still: bool) -> None:
        assert self._popen is not None
        self._popen.send_signal(signal.SIGSTOP if still else signal.SIGCONT)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except (RedisError, OSError):
            return False

    def end(self) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)
