"""The rows of the fault matrix: what each injects, what it accepts, and how one is played."""

from __future__ import annotations

import shutil
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tests.faults.servers import OwnPostgres
from tests.faults.site import Ground, Site, of_the_caller_nothing
from tests.support import databases, postgres
from tests.support.shared import SharedFolder

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_MESSAGE_LENGTH = 300
_DISK = "300m"


class CannotRun(Exception):
    """This machine lacks what the row needs; the message says what."""


@dataclass(frozen=True)
class Row:
    """One row. `cluster`: it has a PostgreSQL of its own, `site.cluster`. `small_disk`: all is written on one."""

    number: int
    injects: str
    accepts: str
    play: Callable[[Site], None]
    databases: tuple[str, ...] = (POSTGRESQL,)
    scale: float = 20.0
    cluster: bool = False
    small_disk: bool = False
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What came of a row on one database."""

    row: Row
    database: str
    lost: int = 0
    doubled: int = 0
    bound: int = 0
    settled_s: float | None = None
    took_s: float = 0.0
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    cannot: str | None = None

    @property
    def passed(self) -> bool:
        return not self.problems and self.cannot is None


ROWS: dict[int, Row] = {}


def row(
    number: int,
    injects: str,
    accepts: str,
    *,
    sqlite: bool = False,
    scale: float = 20.0,
    cluster: bool = False,
    small_disk: bool = False,
    **settings: str,
) -> Callable[[Callable[[Site], None]], Callable[[Site], None]]:
    """Makes a function one of the rows. `settings` are environment variables of the product."""

    def keep(play: Callable[[Site], None]) -> Callable[[Site], None]:
        kinds = (POSTGRESQL, SQLITE) if sqlite else (POSTGRESQL,)
        ROWS[number] = Row(number, injects, accepts, play, kinds, scale, cluster, small_disk, settings)
        return play

    return keep


def play(one: Row, database: str, shared: SharedFolder, into: Path, size: int, *, full: bool = True) -> Result:
    """Plays a row; its logs stay in a folder below `into`."""
    folder = into / f"row{one.number:02d}-{database}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    began = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(of_the_caller_nothing())
        try:
            disk = stack.enter_context(_small_disk(shared)) if one.small_disk else folder
            ground = Ground(shared, folder, disk, database, size, full)
            site = stack.enter_context(_site(one, ground))
            one.play(site)
        except CannotRun as reason:
            return Result(one, database, cannot=str(reason))
        except postgres.NoPostgresError as reason:
            return Result(one, database, cannot=f"there is no PostgreSQL: {reason}")
        except Exception as problem:
            (folder / "problem.txt").write_text(traceback.format_exc())
            said = f"{type(problem).__name__}: {problem}"[:_MESSAGE_LENGTH]
            if "site" not in locals():
                return Result(one, database, problems=(said,))
            site.problems.append(said)
        found = site.tally()
        site.expect(not found.lost, f"{len(found.lost)} lost, such as {', '.join(found.lost[:3])}")
        site.expect(found.doubled <= site.bound, f"{found.doubled} doubled, {site.bound} allowed")
        site.expect(not found.unexpected, f"mail to {', '.join(found.unexpected[:3])}, who were to get none")
        return Result(
            one,
            database,
            len(found.lost),
            found.doubled,
            site.bound,
            site.settled_s,
            time.monotonic() - began,
            tuple(site.problems),
            tuple(site.notes),
        )


@contextmanager
def _site(one: Row, ground: Ground) -> Iterator[Site]:
    with ExitStack() as stack:
        cluster: OwnPostgres | None = None
        if ground.database == SQLITE:
            url = stack.enter_context(databases.sqlite_copy(ground.shared, ground.disk))
        elif one.cluster:
            cluster = OwnPostgres(ground.shared, ground.disk / "pg" if one.small_disk else None)
            stack.callback(cluster.end)
            cluster.start()
            url = cluster.url
            databases.migrate(url, ground.folder)
        else:
            server = postgres.find_or_start(ground.shared)
            url = stack.enter_context(databases.postgres_copy(ground.shared, server))
        site = stack.enter_context(Site(ground, url, one.scale, **one.settings))
        site.cluster = cluster
        yield site


@contextmanager
def _small_disk(shared: SharedFolder) -> Iterator[Path]:
    """A file system in memory that is soon full. Raises CannotRun where nobody may mount one."""
    place = shared.path / f"disk{uuid4().hex[:8]}"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=0755", "faults", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CannotRun(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)
        place.rmdir()
