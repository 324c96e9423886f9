"""Whether the database stands where this code expects it: at the head of the migrations."""

from __future__ import annotations

from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from feedbackloop.core.paths import folder
from feedbackloop.extensions import db


@cache
def head() -> str | None:
    """The revision that this code needs."""
    return ScriptDirectory(str(folder("migrations"))).get_current_head()


def current() -> str | None:
    """The database's revision; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def problem() -> str | None:
    """One line that says what to do, where the schema is not at head. Raises what the database raises."""
    found, needed = current(), head()
    if found == needed:
        return None
    if found is None:
        return "the database is empty: run `feedbackloop db upgrade` first"
    return f"the database is at migration {found}, this version needs {needed}: run `feedbackloop db upgrade`"
