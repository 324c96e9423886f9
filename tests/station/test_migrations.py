"""Migrations: the tables are what the models say, and full tables come through a rebuild whole (rule 14)."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    inspect,
    select,
)
from sqlalchemy import func as sql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import TypeDecorator

from feedbackloop.core import paths
from feedbackloop.extensions import db

REBUILD = '''"""Add a column to every table; SQLite is made to copy each table for it."""

import sqlalchemy as sa
from alembic import op

revision = "rebuild"
down_revision = "{head}"


def upgrade():
    copies = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    for name in {tables!r}:
        with op.batch_alter_table(name, recreate=copies) as batch:
            batch.add_column(sa.Column("added", sa.Integer()))


def downgrade():
    pass
'''

ORPHANS = '''"""Take every customer away from under the complaints."""

from alembic import op

revision = "orphans"
down_revision = "{head}"


def upgrade():
    op.execute("CREATE TABLE half (id integer)")
    op.execute("DELETE FROM customers")


def downgrade():
    pass
'''


def _value(column: Column[Any]) -> Any:
    """Something that the column takes; 1 for a reference, because every table gets one row."""
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    if column.foreign_keys:
        return "1" if isinstance(kind, String) else 1
    samples: list[tuple[type, Any]] = [
        (Boolean, True),
        (Date, date(2026, 11, 3)),
        (DateTime, datetime(2026, 11, 3, 9, tzinfo=UTC)),
        (Integer, 1),
        (Float, 0.5),
        (LargeBinary, b"1"),
        (JSON, {"a": [1]}),
        (String, "1"),
    ]
    return next((value for sample, value in samples if isinstance(kind, sample)), 1)


def _fill_all() -> None:
    """One row in every table."""
    # Past the product's own transactions, which write a row of their own where public pages change.
    with db.engine.begin() as connection:
        for table in db.metadata.sorted_tables:
            connection.execute(table.insert().values({column.name: _value(column) for column in table.columns}))
    db.engine.dispose()


def _with_one_more(tmp_path: Path, script: str) -> Path:
    """A copy of the migrations with `script` after the newest."""
    folder = tmp_path / "migrations"
    shutil.copytree(paths.folder("migrations"), folder)
    head = ScriptDirectory(str(folder)).get_current_head()
    tables = [table.name for table in db.metadata.sorted_tables]
    (folder / "versions" / "one_more.py").write_text(script.format(head=head, tables=tables))
    return folder


def _counts(connection: Connection) -> dict[str, int]:
    tables = db.metadata.sorted_tables
    return {table.name: connection.scalar(select(sql.count()).select_from(table)) or 0 for table in tables}


def test_the_migrations_make_the_tables_that_the_models_describe(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), db.metadata)
    assert not differences


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory(str(paths.folder("migrations"))).get_heads()) == 1


def test_full_tables_come_through_a_rebuild_whole(app: Flask, tmp_path: Path) -> None:
    folder = _with_one_more(tmp_path, REBUILD)
    with app.app_context():
        _fill_all()
        upgrade(directory=str(folder))
        with db.engine.connect() as connection:
            assert set(_counts(connection).values()) == {1}
            assert "added" in {column["name"] for column in inspect(connection).get_columns("complaints")}


def test_a_migration_that_would_leave_orphans_changes_nothing(app: Flask, tmp_path: Path) -> None:
    folder = _with_one_more(tmp_path, ORPHANS)
    with app.app_context():
        _fill_all()
        with pytest.raises((SystemExit, IntegrityError)):
            upgrade(directory=str(folder))
        with db.engine.connect() as connection:
            assert set(_counts(connection).values()) == {1}
            assert not inspect(connection).has_table("half")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_foreign_keys_are_on_again_after_a_migration(app: Flask) -> None:
    with app.app_context():
        upgrade(directory=str(paths.folder("migrations")))
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
