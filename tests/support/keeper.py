"""Runs a server for as long as another process lives, so that no test run leaves one behind, however it ends.

`python keeper.py PID HOME [--user NAME] -- COMMAND…` starts COMMAND, stops it when PID is gone or at SIGTERM, and then
removes the folder HOME, which holds what COMMAND keeps, its log and the keeper's process id.
Started as a script of its own, with the standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

PID_FILE = "keeper.pid"
POLL_SECONDS = 0.2
STOP_SECONDS = 20


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def start(command: list[str], *, watched: int, home: Path, user: str | None = None) -> None:
    """Start `command` under a keeper that watches the process `watched`; what it prints goes to `home / "log"`."""
    # The keeper outlives this object on purpose: it ends with the process that it watches.
    spawn(command, watched=watched, home=home, user=user).returncode = 0


def spawn(
    command: list[str],
    *,
    watched: int,
    home: Path,
    user: str | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """As `start`, for a caller that waits for the end itself: the keeper's status is the command's."""
    as_user = ["--user", user] if user else []
    with (home / "log").open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, __file__, str(watched), str(home), *as_user, "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=environ,
            cwd=folder,
        )
    (home / PID_FILE).write_text(str(started.pid))
    return started


def stop_all(folder: Path) -> None:
    """Stop every server whose home lies in `folder`, and wait until each is gone."""
    pids = [int(file.read_text()) for file in folder.glob(f"*/{PID_FILE}")]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(folder.glob(f"*/{PID_FILE}")) and time.monotonic() < deadline:
        time.sleep(0.02)


def keep(watched: int, home: Path, command: list[str], user: str | None) -> int:
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    server = subprocess.Popen(command, user=user)
    while not stopping and alive(watched):
        if server.poll() is not None:
            return server.returncode  # ended by itself: its log stays, for whoever waits for it
        time.sleep(POLL_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        # What is kept here takes SIGINT as: drop the connections and end now.
        server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    shutil.rmtree(home, ignore_errors=True)
    return server.returncode or 0


if __name__ == "__main__":
    cut = sys.argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("watched", type=int)
    parser.add_argument("home", type=Path)
    parser.add_argument("--user")
    given = parser.parse_args(sys.argv[1:cut])
    sys.exit(keep(given.watched, given.home, sys.argv[cut + 1 :], given.user))
