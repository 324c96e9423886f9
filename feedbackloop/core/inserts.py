"""Many rows in one statement. PostgreSQL gets them as one value: hundreds of parameters cost more than the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, Table, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.core.db import is_writing
from feedbackloop.extensions import db


def insert_into(table: Any) -> Any:
    """An INSERT of the database in use, which can say what becomes of a row that is there already."""
    return (postgresql_insert if db.session.get_bind().dialect.name == "postgresql" else sqlite_insert)(table)


def insert_many(
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    once: tuple[str, ...] = (),
    replacing: tuple[str, ...] = (),
    adding: tuple[str, ...] = (),
    returning: tuple[str, ...] = (),
) -> list[Row[Any]]:
    """Inserts these rows, all of which name the same columns; what `returning` names of the new ones.

    With `once`, which names a unique constraint, a row that is there already stays as it is, but for the columns that
    `replacing` names, and those of `adding`, to which the new values are added.
    """
    if not is_writing():
        raise RuntimeError("a write outside of core.db.transaction()")
    if not rows:
        return []
    # Past the ORM: its own way compiles a statement for each number of rows.
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        statement = _from_one_value(table, tuple(rows[0]), once, replacing, adding, returning)
        found = connection.execute(statement, {"rows": json.dumps(rows, default=_written)})
    else:
        found = connection.execute(_row_by_row(table, once, replacing, adding, returning), [dict(row) for row in rows])
    return list(found) if returning else []


@cache
def _from_one_value(
    table: Table,
    names: tuple[str, ...],
    once: tuple[str, ...],
    replacing: tuple[str, ...],
    adding: tuple[str, ...],
    returning: tuple[str, ...],
) -> Executable:
    a_row: ColumnElement[Any] = literal_column(f"NULL::{table.name}")
    value = cast(bindparam("rows", type_=Text()), JSONB)
    given = func.jsonb_populate_recordset(a_row, value).table_valued(*names)
    statement = postgresql_insert(table).from_select(list(names), select(*given.c))
    return _told(statement, table, once, replacing, adding, returning)


@cache
def _row_by_row(
    table: Table,
    once: tuple[str, ...],
    replacing: tuple[str, ...],
    adding: tuple[str, ...],
    returning: tuple[str, ...],
) -> Executable:
    return _told(sqlite_insert(table), table, once, replacing, adding, returning)


def _told(
    statement: Any,
    table: Table,
    once: tuple[str, ...],
    replacing: tuple[str, ...],
    adding: tuple[str, ...],
    returning: tuple[str, ...],
) -> Executable:
    """The statement with what becomes of a row that is there already, and what it gives back."""
    if replacing or adding:
        new = {name: statement.excluded[name] for name in replacing}
        new |= {name: table.c[name] + statement.excluded[name] for name in adding}
        statement = statement.on_conflict_do_update(index_elements=once, set_=new)
    elif once:
        statement = statement.on_conflict_do_nothing(index_elements=once)
    told: Executable = statement.returning(*[table.c[name] for name in returning]) if returning else statement
    return told


def _written(value: object) -> str:
    """A moment or a day as JSON holds it, for PostgreSQL to read."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value).__name__} in a row")
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return value.isoformat()
