"""Rows that go past the unit of work: the session knows of them, and history that was gathered is written in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from feedbackloop.core import history, writes
from feedbackloop.core.db import transaction
from feedbackloop.core.history import Change, History
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Suppression

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(key: str = "a") -> Suppression:
    return Suppression(address_key=key, purpose="all", reason="asked", source="staff", created_at=AT)


@contextmanager
def said() -> Iterator[list[str]]:
    """The statements of the block."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _fail_after(step: Callable[[], None]) -> None:
    step()
    raise ZeroDivisionError


def test_a_row_that_was_added_is_loaded_and_not_written_again(app: Flask) -> None:
    with app.app_context():
        with transaction(), said() as statements:
            added = row()
            writes.add(added)
            assert db.session.get(Suppression, added.id) is added
            writes.change(added, reason="bounced")
            assert added.reason == "bounced"
            db.session.flush()
            assert [one.split()[0] for one in statements if not one.startswith("BEGIN")] == ["INSERT", "UPDATE"]
        kept = db.session.scalars(select(Suppression)).one()
        assert (kept.address_key, kept.reason, kept.created_at) == ("a", "bounced", AT)


def test_what_is_changed_afterwards_is_flushed(app: Flask) -> None:
    with app.app_context():
        with transaction():
            added = row()
            writes.add(added)
            added.source = "import"
        assert db.session.scalars(select(Suppression.source)).all() == ["import"]


def test_what_was_added_goes_with_its_transaction(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(ZeroDivisionError), transaction():
            _fail_after(lambda: writes.add(row()))
        assert db.session.scalars(select(Suppression)).all() == []


def test_nothing_is_written_outside_of_a_transaction(app: Flask) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="outside"):
        writes.add(row())


def moved(number: int) -> Change:
    return Change("system", "case", number, "moved")


def test_gathered_history_is_one_statement_in_its_order(app: Flask) -> None:
    with app.app_context():
        with transaction(), said() as statements:
            with history.gathered():
                history.record(moved(2))
                history.record_many([moved(3), moved(1)])
                assert not [one for one in statements if "history" in one]
            history.record(moved(4))
        found = db.session.scalars(select(History.subject_id).order_by(History.id)).all()
        assert found == [2, 3, 1, 4]
        assert len([one for one in statements if "INSERT INTO history" in one]) == 2


def test_of_a_block_that_fails_no_history_is_kept(app: Flask) -> None:
    with app.app_context():
        with transaction():
            with pytest.raises(ZeroDivisionError), history.gathered():
                _fail_after(lambda: history.record(moved(1)))
            with pytest.raises(RuntimeError, match="already"), history.gathered(), history.gathered():
                pass
            history.record(moved(2))
        assert db.session.scalars(select(History.subject_id)).all() == [2]
