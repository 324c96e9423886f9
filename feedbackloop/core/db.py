"""The write transaction of an entry point, what runs after its commit, and how each database is set up."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from rq.timeouts import BaseTimeoutException
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Executable,
    Integer,
    String,
    any_,
    bindparam,
    event,
    literal_column,
    text,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import ConnectionPoolEntry

from feedbackloop.config import Settings
from feedbackloop.core import clock
from feedbackloop.core.patience import PatientConnection
from feedbackloop.extensions import db

log = logging.getLogger(__name__)

# Where the network between is gone nobody says so: without these a connection would wait for a quarter of an hour.
_A_CUT_CABLE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,  # milliseconds
}

Hook = Callable[[], None]
_hooks: ContextVar[list[Hook] | None] = ContextVar("after_commit", default=None)
# What is to be remembered of the open transaction, and of no other.
_notes: ContextVar[dict[str, Any] | None] = ContextVar("transaction_notes", default=None)
# What closes every transaction, whatever it did.
_last_steps: list[Hook] = []


@contextmanager
def transaction() -> Iterator[None]:
    """One write transaction: commits at the end, rolls back on any error, then runs what waits for the commit.

    Opened by entry points only (a POST view, a job, a command), never by a service. What was read before is read
    again, because a decision must not rest on an older snapshot.
    """
    if _hooks.get() is not None:
        raise RuntimeError("a transaction is open already: only entry points open one")
    db.session.rollback()
    hooks: list[Hook] = []
    token, noted = _hooks.set(hooks), _notes.set({})
    try:
        yield
        for step in _last_steps:
            db.session.flush()
            step()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        _hooks.reset(token)
        _notes.reset(noted)
    for hook in hooks:
        try:
            hook()
        except BaseTimeoutException:
            raise
        except Exception:
            # The rows stand; the sweep does what the hook could not.
            log.exception("after_commit_failed")


def after_commit(hook: Hook) -> None:
    """Runs `hook` once the open transaction is committed; never when it is rolled back."""
    hooks = _hooks.get()
    if hooks is None:
        raise RuntimeError("no transaction is open")
    hooks.append(hook)


def before_commit(step: Hook) -> None:
    """Runs `step` at the end of every transaction from now on, as its last writing; all else is flushed by then."""
    _last_steps.append(step)


def notes() -> dict[str, Any] | None:
    """What may be remembered as long as the open transaction lasts; None where none is open."""
    return _notes.get()


def is_writing() -> bool:
    return _hooks.get() is not None


def now() -> datetime:
    """The database's own time, which several hosts share; the fixed moment where `clock.at` fixed one.

    Leases and due moments are compared with it, so that a host whose clock is wrong neither steals nor waits.
    """
    fixed = clock.fixed()
    if fixed is not None:
        return fixed
    if db.session.get_bind().dialect.name == "postgresql":
        here: datetime = db.session.execute(text("SELECT clock_timestamp()")).scalar_one()
        return here.astimezone(UTC)
    said: str = db.session.execute(text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")).scalar_one()
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


@contextmanager
def shared_time() -> Iterator[None]:
    """Within the block `clock.now()` follows the database's time, so that no wrong clock of a host decides on mail."""
    moment = now()
    db.session.rollback()
    with clock.set_right(moment):
        yield


def among(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """The column holds one of these ids. PostgreSQL gets one value: a list of hundreds costs it more than the rows."""
    if db.session.get_bind().dialect.name == "postgresql":
        found: ColumnElement[bool] = column == any_(bindparam(None, list(ids), ARRAY(BigInteger)))
        return found
    listed: ColumnElement[bool] = column.in_(ids)
    return listed


def plain(statement: Executable, **given: Any) -> CursorResult[*tuple[Any, ...]]:
    """Runs a statement of plain columns past the ORM, at half the cost.

    It does not see what this session has not flushed, and rows that the session has loaded are not told.
    """
    if statement.is_dml and not is_writing():
        raise RuntimeError("a write outside of core.db.transaction()")
    return db.session.connection().execute(statement, given)


def written(value: int | str) -> ColumnElement[Any]:
    """A number or a word of ours in the text of a statement itself, never anything that somebody gave.

    What a statement is given PostgreSQL knows too late, or it plans the statement anew each time, which takes longer
    than to read a board.
    """
    return literal_column(f"'{value}'", String) if isinstance(value, str) else literal_column(str(value), Integer)


def engine_options(settings: Settings) -> dict[str, Any]:
    """Time-outs that turn a database that hangs into an error within 10 s."""
    if settings.sqlite:
        return {"connect_args": {"timeout": 15}, "hide_parameters": True}
    return {
        "hide_parameters": True,  # an error names the statement, never what people wrote
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": 5,
        "connect_args": {
            "connect_timeout": 2,
            "options": "-c statement_timeout=60000 -c lock_timeout=10000",
            **_A_CUT_CABLE,
        },
    }


def register(app: Flask) -> None:
    """Binds the listeners below, which are the same for every app, and gives connections back at the end of a page."""
    app.teardown_appcontext(_give_back)
    if not event.contains(Engine, "connect", _set_up_sqlite):
        event.listen(Engine, "connect", _set_up_sqlite)
        event.listen(Engine, "begin", _begin_sqlite)
        event.listen(Engine, "do_connect", _connect_patiently)
        event.listen(Session, "before_flush", _refuse_flush_outside)
        event.listen(Session, "do_orm_execute", _refuse_execute_outside)


def _give_back(_problem: BaseException | None) -> None:
    """Runs before the extension's own: a page that was made is not lost with a connection that died just after it."""
    try:
        db.session.remove()
    except OperationalError:
        log.warning("connection_lost_after_use")
        db.session().invalidate()
        db.session.remove()


def _connect_patiently(
    dialect: Dialect, _entry: ConnectionPoolEntry, arguments: tuple[Any, ...], named: dict[str, Any]
) -> PatientConnection | None:
    if dialect.name != "postgresql":
        return None
    return PatientConnection.connect(*arguments, **named)


def _set_up_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # BEGIN is ours: the driver's own comes too late for a read-then-write
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # A transaction that reads first and writes later fails on a stale snapshot, whatever the busy time-out.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing() else "BEGIN")


def _refuse_flush_outside(session: Session, _context: Any, _instances: Any) -> None:
    if not is_writing() and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a write outside of core.db.transaction()")


def _refuse_execute_outside(state: ORMExecuteState) -> None:
    if not is_writing() and (state.is_insert or state.is_update or state.is_delete):
        raise RuntimeError("a write outside of core.db.transaction()")
