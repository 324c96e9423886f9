"""Looks at the processes of this machine, where the system shows them as files (Linux)."""

from __future__ import annotations

import ctypes
import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.support.keeper import alive

PROC = Path("/proc")
_ESTABLISHED = "01"


def children(pid: int) -> set[int]:
    """The processes that this one started, by process id."""
    tasks = PROC.glob(f"{pid}/task/*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def names(pid: int) -> dict[int, str]:
    """What the system calls each process that this one started."""
    found = {}
    for child in children(pid):
        # One that has just ended is none.
        with suppress(FileNotFoundError, ProcessLookupError):
            found[child] = (PROC / str(child) / "comm").read_text().strip()
    return found


def family(pid: int) -> set[int]:
    """A process and all that descend from it."""
    return {pid}.union(*(family(child) for child in children(pid)))


def living(pids: set[int]) -> set[int]:
    """Which of them still run; what only waits to be buried does not."""
    return {pid for pid in pids if alive(pid) and "\nState:\tZ" not in _status(pid)}


def _status(pid: int) -> str:
    try:
        return (PROC / str(pid) / "status").read_text()
    except OSError:
        return "\nState:\tZ"


def leaves(pid: int) -> set[int]:
    """Those that descend from a process and have no children themselves; the process itself where it has none."""
    own = children(pid)
    return set().union(*(leaves(child) for child in own)) if own else {pid}


def end_with_parent() -> None:
    """For a child that is just being started: a SIGKILL from the kernel when its parent dies, however it dies."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def sockets_to(pid: int, port: int) -> int:
    """How many connections a process has open to this port of this machine."""
    wanted = {
        fields[9]
        for fields in (line.split() for line in (PROC / "net/tcp").read_text().splitlines()[1:])
        if fields[2] == f"0100007F:{port:04X}" and fields[3] == _ESTABLISHED
    }
    found = 0
    with suppress(OSError):
        for descriptor in (PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                found += os.readlink(descriptor).removeprefix("socket:[").rstrip("]") in wanted
    return found
