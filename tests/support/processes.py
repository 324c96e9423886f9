"""Looks at the processes of this machine, where the system shows them as files (Linux)."""

from __future__ import annotations

from pathlib import Path

from tests.support.keeper import alive

PROC = Path("/proc")


def children(pid: int) -> dict[int, str]:
    """The command lines of the processes that this one started, by process id."""
    found = {}
    for task in PROC.glob(f"{pid}/task/*/children"):
        for child in task.read_text().split():
            command = PROC / child / "cmdline"
            if command.exists():
                found[int(child)] = command.read_bytes().replace(b"\0", b" ").decode(errors="replace")
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
