"""A fresh, migrated database for each test: migrated once a run, then copied."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from flask_migrate import upgrade

from feedbackloop import create_app
from feedbackloop.core import paths
from feedbackloop.extensions import db
from tests.support.postgres import Postgres
from tests.support.shared import SharedFolder

SECRET_KEY = "a key for tests only, of no worth elsewhere"


def migrate(url: str, instance: Path) -> None:
    """Bring the database at `url` to the newest migration."""
    app = create_app({"DATABASE_URL": url, "FEEDBACKLOOP_INSTANCE": str(instance), "SECRET_KEY": SECRET_KEY})
    with app.app_context():
        upgrade(directory=str(paths.folder("migrations")))
        db.engine.dispose()


@contextmanager
def sqlite_copy(shared: SharedFolder, folder: Path) -> Iterator[str]:
    """The URL of a copy of the migrated SQLite file, made in `folder`."""
    original = shared.path / "template.db"
    with shared.locked("sqlite") as done:
        if not done.exists():
            made = shared.path / "migrated.db"
            migrate(f"sqlite:///{made}", shared.path)
            with closing(sqlite3.connect(made)) as connection:
                # One file with everything in it, whatever still stood in the write-ahead log.
                connection.execute("VACUUM INTO ?", [str(original)])
            done.touch()
    copy = folder / "test.db"
    shutil.copyfile(original, copy)
    yield f"sqlite:///{copy}"


@contextmanager
def postgres_copy(shared: SharedFolder, server: Postgres) -> Iterator[str]:
    """The URL of a copy of the migrated PostgreSQL database, dropped at the end."""
    with shared.locked("postgresql-template") as done:
        if not done.exists():
            template = server.create()
            migrate(server.url_of(template), shared.path)
            done.write_text(template)
        name = server.create(done.read_text())
    try:
        yield server.url_of(name)
    finally:
        server.drop(name)
