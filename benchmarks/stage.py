"""The other programs of a run, on this machine and gone with it: PostgreSQL, a queue server, a mail sink."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.support import keeper, postgres, processes, shared, valkey
from tests.support.instance import free_port

HOST = "127.0.0.1"
ROOT = Path(__file__).resolve().parents[1]
_FOUND_IN = "/usr/sbin:/sbin:/usr/local/sbin"
_START_S = 15.0
_STOP_S = 20.0
_COUNT = re.compile(rb"mesg=(\d+)")
# How much of the end of the sink's output surely holds its latest count.
_TAIL = 200
_OURS = ("MAIL_", "FEEDBACKLOOP_", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY")


class BenchError(Exception):
    """A run that cannot be made, or that did not do what it was to be timed for. The message says why."""


@dataclass(frozen=True)
class Stage:
    """What every part of a run plays on."""

    folder: shared.SharedFolder
    postgres: postgres.Postgres
    valkey: valkey.Valkey

    def home(self, name: str) -> Path:
        """A new folder for one program; short, as the path of a unix socket has to be."""
        made = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder.path))
        made.chmod(0o755)
        return made


@contextmanager
def stage() -> Iterator[Stage]:
    """Starts the servers of a run, and leaves no process and no file behind, however it ends."""
    folder = shared.open_folder()
    server: postgres.Postgres | None = None
    try:
        server = postgres.find_or_start(folder)
        yield Stage(folder, server, valkey.start(folder))
    except (postgres.NoPostgresError, valkey.NoValkeyError) as reason:
        raise BenchError(str(reason)) from None
    finally:
        if server is not None:
            server.drop_all()
        shared.close_folder(folder)


def program(name: str, package: str) -> str:
    """Where a program of the system lies; BenchError names the Debian package that has it."""
    found = shutil.which(name) or shutil.which(name, path=_FOUND_IN)
    if found is None:
        raise BenchError(f"{name} is not here: it comes with the package {package} (apt-get install {package})")
    return found


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program of this run: nothing of what the caller has set for an instance of their own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


def plain(url: str) -> str:
    """The address of a database as psycopg takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@dataclass
class Program:
    """A program under a keeper, so that it ends with this process whatever happens to it."""

    keeper: subprocess.Popen[bytes]
    home: Path

    @property
    def said(self) -> str:
        """The end of what it printed."""
        log = self.home / "log"
        return log.read_text(errors="replace")[-2000:] if log.exists() else ""

    def family(self) -> set[int]:
        """Its process and all that it started."""
        return processes.family(self.keeper.pid) - {self.keeper.pid}

    def largest(self) -> int:
        """Resident memory of the largest of its processes, in bytes."""
        return max(map(_resident, self.family()), default=0)

    def stop(self) -> None:
        """Asks it to end as a person would, and waits until it is gone."""
        if self.keeper.poll() is None:
            self.keeper.send_signal(signal.SIGTERM)
            self.keeper.wait(_STOP_S + keeper.STOP_SECONDS)


def run(command: list[str], home: Path, changes: Mapping[str, str] | None = None) -> Program:
    """Starts a program; what it prints goes to `home / "log"`."""
    made = keeper.spawn(command, watched=os.getpid(), home=home, environ=environment(changes or {}), folder=ROOT)
    return Program(made, home)


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module with the Python of this run."""
    return [sys.executable, "-m", module, *arguments]


class Sink:
    """Debian's smtp-sink, which counts what it takes; with `dump`, what it took can be read afterwards."""

    def __init__(self, stage: Stage, *, dump: bool = False) -> None:
        self.port = free_port()
        self._home = stage.home("sink")
        self._folder = self._home / "mail"
        command = [program("smtp-sink", "postfix"), "-4", "-c"]
        if os.geteuid() == 0:
            # It refuses to run as root.
            command += ["-u", "nobody"]
        if dump:
            self._folder.mkdir()
            if os.geteuid() == 0:
                account = pwd.getpwnam("nobody")
                os.chown(self._folder, account.pw_uid, account.pw_gid)
            command += ["-d", f"{self._folder}/m."]
        self._program = run([*command, f"{HOST}:{self.port}", "1000"], self._home)
        wait_for_port(self.port, self._program)

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self._program.stop()

    def count(self) -> int:
        """How many messages it has accepted so far."""
        with (self._home / "log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL))
            found = _COUNT.findall(log.read())
        return int(found[-1]) if found else 0

    def dumped(self) -> list[bytes]:
        """What it took, each with lines of its own before the message (X-Mail-Args, X-Rcpt-Args)."""
        return [path.read_bytes() for path in sorted(self._folder.iterdir())]


def wait_for_port(port: int, started: Program) -> None:
    """Waits until the program listens; BenchError with what it said where it does not."""
    until = time.monotonic() + _START_S
    while time.monotonic() < until and started.keeper.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BenchError(f"a program did not start: {started.said}")


def server_settings(stage: Stage) -> str:
    """How PostgreSQL runs, for everyone in this run."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    with psycopg.connect(plain(stage.postgres.url)) as connection:
        values = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
    said = [str(value[0]) for value in values if value]
    return f"PostgreSQL {said[0]}, " + ", ".join(
        f"{name} {value}" for name, value in zip(names[1:], said[1:], strict=True)
    )


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
