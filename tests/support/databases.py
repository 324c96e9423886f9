"""A migrated, empty database for each test: migrated once a run, then copied, and emptied for the next."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from flask_migrate import upgrade
from sqlalchemy.engine import make_url

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
    """The URL of a migrated, empty PostgreSQL database; emptied at the end for the next test of this process.

    Emptying takes a few milliseconds and a new copy several hundred. One whose schema a test changed is dropped.
    """
    with shared.locked("postgresql-template") as done:
        if not done.exists():
            template = server.create()
            migrate(server.url_of(template), shared.path)
            done.write_text(template)
    kept = _free.pop() if _free else _new(server, done.read_text())
    try:
        yield server.url_of(kept.name)
    finally:
        if _empty(kept):
            _free.append(kept)
        else:
            kept.connection.close()
            server.drop(kept.name)


@dataclass(frozen=True)
class _Kept:
    """`connection` stays open: a new one reads the catalogue anew, which takes longer than all that it then does."""

    name: str
    schema: str
    connection: psycopg.Connection[tuple[Any, ...]]


_free: list[_Kept] = []

_SCHEMA = """
    SELECT md5(string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef, attisdropped), ','
        ORDER BY attrelid, attnum)) || (SELECT count(*) FROM pg_trigger) || ' ' || (SELECT count(*) FROM pg_constraint)
        || ' ' || (SELECT min(version_num) FROM alembic_version)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
"""
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
_EMPTY = """
    DO $$
    DECLARE one record; filled boolean;
    BEGIN
        SET LOCAL lock_timeout = '3s';
        SET LOCAL session_replication_role = replica;
        FOR one IN SELECT oid::regclass AS name FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        LOOP
            EXECUTE format('SELECT EXISTS (SELECT FROM %s)', one.name) INTO filled;
            IF filled THEN EXECUTE format('DELETE FROM %s', one.name); END IF;
        END LOOP;
        FOR one IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
        LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', one.name);
        END LOOP;
    END $$
"""
_SIZE = "SELECT pg_database_size(current_database())"
_LARGE = 64 * 1024 * 1024


def _new(server: Postgres, template: str) -> _Kept:
    name = server.create(template)
    connection = _connect(server.url_of(name))
    return _Kept(name, _only(connection, _SCHEMA), connection)


def _empty(kept: _Kept) -> bool:
    """Takes every row out; False where that cannot be, or where it is not the database that it was."""
    connection = kept.connection
    try:
        connection.execute(_OTHERS, [connection.info.backend_pid])
        if _only(connection, _SCHEMA) != kept.schema or _only(connection, _SIZE) > _LARGE:
            return False
        connection.execute(_EMPTY)
    except psycopg.Error:
        return False
    return True


def _only(connection: psycopg.Connection[tuple[Any, ...]], question: LiteralString) -> Any:
    found = connection.execute(question).fetchone()
    assert found is not None
    return found[0]


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )
