"""The sample organisation on a test's database: replayed once in a process, which takes seconds, then put again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Table, insert, select, text

from feedbackloop.config import settings
from feedbackloop.core import clock, db
from feedbackloop.extensions import db as database
from feedbackloop.sample import loader


@dataclass(frozen=True)
class _Kept:
    """What the sample consists of, as it was right after it was loaded."""

    rows: dict[Table, list[dict[str, Any]]]
    files: dict[Path, bytes]


# By the moment at which a test fixed the clock; None for the real one.
_kept: dict[datetime | None, _Kept] = {}


def bring(app: Flask) -> None:
    """Puts the sample organisation, with rows at every station, on the empty database of this app."""
    with app.app_context():
        found = _kept.get(clock.fixed())
        if found is not None:
            _put(found)
            return
        with db.transaction():
            loader.load()
        _kept[clock.fixed()] = _keep()


def _keep() -> _Kept:
    with database.engine.connect() as connection:
        rows = {
            table: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in database.metadata.sorted_tables
        }
    folder = settings().instance
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return _Kept({table: found for table, found in rows.items() if found}, files)


def _put(kept: _Kept) -> None:
    postgresql = database.engine.dialect.name == "postgresql"
    with database.engine.begin() as connection:
        # A row may come before one that it refers to.
        connection.execute(text("SET LOCAL session_replication_role = replica" if postgresql else _LATER))
        for table, rows in kept.rows.items():
            connection.execute(insert(table), rows)
            if postgresql and "id" in table.c and table.c.id.autoincrement:
                connection.execute(text(_NEXT.format(table.name)))
    for name, content in kept.files.items():
        path = settings().instance / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


_LATER = "PRAGMA defer_foreign_keys = ON"
_NEXT = "SELECT setval(pg_get_serial_sequence('{0}', 'id'), max(id)) FROM {0}"
