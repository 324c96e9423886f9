"""Single rows past the session's unit of work, for a path on which its bookkeeping costs more than the statements.

The session knows of what is written here as if it had flushed it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table, bindparam, insert, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from feedbackloop.core.db import plain
from feedbackloop.extensions import Base, db


def add(row: Any) -> None:
    """Inserts a new row, whose key the database gives. A column that is not given is NULL, whatever its default."""
    table = _table(type(row))
    values = {name: getattr(row, name) for name in table.columns.keys() if name != "id"}  # noqa: SIM118 - no mapping
    row.id = plain(_insert(table), **values).scalar_one()
    make_transient_to_detached(row)
    for name, value in values.items():
        set_committed_value(row, name, value)
    db.session.add(row)


def change(row: Any, **values: Any) -> None:
    """Sets these columns of a row that is loaded, and held or of this transaction."""
    plain(_update(_table(type(row)), tuple(values)), of_id=row.id, **values)
    for name, value in values.items():
        set_committed_value(row, name, value)


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


@cache
def _insert(table: Table) -> Executable:
    return insert(table).returning(table.c.id)


@cache
def _update(table: Table, names: tuple[str, ...]) -> Executable:
    return update(table).where(table.c.id == bindparam("of_id")).values({name: bindparam(name) for name in names})
