"""Alembic's environment. SQLite alters a table by copying it: foreign keys are off meanwhile and checked after."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON, BigInteger, Connection

from feedbackloop.core.types import UtcDateTime

database = current_app.extensions["migrate"].db
config = context.config
if not config.get_main_option("sqlalchemy.url"):
    url = database.engine.url.render_as_string(hide_password=False)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))


def render_item(kind: str, item: object, context: AutogenContext) -> str | Literal[False]:
    """Writes our own column types by their names."""
    name = None
    if kind == "type" and isinstance(item, UtcDateTime):
        context.imports.add("from feedbackloop.core.types import UtcDateTime")
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, (JSON, BigInteger)):
        name = "Json" if isinstance(item, JSON) else "BigId"
        context.imports.add(f"from feedbackloop.core.types import {name}")
    return name or False


def run_offline() -> None:
    context.configure(
        url=config.get_main_option("sqlalchemy.url"), target_metadata=database.metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    with database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # Only outside of a transaction does SQLite take this; a batch alteration with cascades would otherwise
            # empty the child tables without an error.
            _raw(connection, "PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=True,
            transaction_per_migration=not sqlite,
            # SQLite can roll back table changes too, now that BEGIN is ours: a migration that fails changes nothing.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"the migration leaves {len(broken)} rows without their parent")
        if sqlite:
            _raw(connection, "PRAGMA foreign_keys=ON")


def _raw(connection: Connection, statement: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
