"""What a running `feedbackloop up` tells the other commands of its instance: a file, true while its lock is held."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Running:
    """Where the parts of a running `up` listen. `mail_port` is None when mail goes to a real server."""

    pid: int
    port: int
    public_url: str
    redis_url: str
    mail_port: int | None


def lock_path(instance: Path) -> Path:
    return instance / "up.lock"


def running_path(instance: Path) -> Path:
    return instance / "running.json"


def is_held(instance: Path) -> bool:
    """Whether some process holds the instance's lock. Never takes it for longer than the look."""
    try:
        handle = os.open(lock_path(instance), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def read_running(instance: Path) -> Running | None:
    """What the running `up` wrote; None when there is none (a file left by a killed one does not count)."""
    if not is_held(instance):
        return None
    try:
        return Running(**json.loads(running_path(instance).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_running(instance: Path, running: Running) -> None:
    """Publishes atomically; readers see the old file or the new one."""
    temporary = running_path(instance).with_suffix(".new")
    temporary.write_text(json.dumps(asdict(running)))
    temporary.chmod(0o600)
    temporary.replace(running_path(instance))


class AlreadyRunning(Exception):
    """Another `up` holds this instance."""


@contextmanager
def hold(instance: Path) -> Iterator[int]:
    """Holds the instance's lock for the block; a copy of this process closes the file, or it would hold it too.

    Raises AlreadyRunning.
    """
    instance.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock_path(instance), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(handle)
    except OSError:
        os.close(handle)
        raise AlreadyRunning from None
    try:
        yield handle
    finally:
        running_path(instance).unlink(missing_ok=True)
        os.close(handle)


def _lock(handle: int) -> None:
    """Takes the lock; tries for a moment, because a command that only looks holds it for an instant."""
    for _try in range(5):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            time.sleep(0.05)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
