"""One folder for a whole test run: what the parallel workers share is made in it once, by whoever needs it first."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import keeper

VARIABLE = "FEEDBACKLOOP_TESTS_FOLDER"


class SharedFolder:
    """The run's folder. Every account may look into it, because PostgreSQL refuses to run as root."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def owner(self) -> int:
        """The process id of the test run; its workers are children of it."""
        return int((self.path / "owner").read_text())

    @contextmanager
    def locked(self, name: str) -> Iterator[Path]:
        """Hold the lock `name` and get the path of the marker that says whether its work was done."""
        with (self.path / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.path / f"{name}.done"


def open_folder() -> SharedFolder:
    """The folder that the run's first process made; made here when this is that process."""
    given = os.environ.get(VARIABLE)
    if given and Path(given, "owner").exists():
        return SharedFolder(Path(given))
    # Short, because the path of a unix socket may hold 107 bytes.
    path = Path(tempfile.mkdtemp(prefix="fbt-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108
    path.chmod(0o755)
    (path / "owner").write_text(str(os.getpid()))
    os.environ[VARIABLE] = str(path)
    return SharedFolder(path)


def close_folder(folder: SharedFolder) -> None:
    """Stop the run's servers and remove the folder; a worker's call does nothing."""
    if folder.owner == os.getpid():
        os.environ.pop(VARIABLE, None)
        keeper.stop_all(folder.path)
        shutil.rmtree(folder.path, ignore_errors=True)
