"""Many rows at once: the same rows on both databases, and none outside of a transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import Table, select

from feedbackloop.ambassadors.numbers.models import NumberDays
from feedbackloop.core.db import transaction
from feedbackloop.core.history import History
from feedbackloop.core.inserts import insert_many
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Suppression

HISTORY = cast(Table, History.__table__)
SUPPRESSIONS = cast(Table, Suppression.__table__)
AT = datetime(2026, 3, 1, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
ODD = "Zoë said: \"a\\b\" 'c' %s :x {y} \u2028 \U0001f600"


def change(**values: Any) -> dict[str, Any]:
    blank = dict.fromkeys(["complaint_id", "from_state", "to_state", "reason", "detail"])
    return {"at": AT, "actor": "system", "subject": "case", "subject_id": 2**40, "what": "moved", **blank, **values}


def test_rows_are_kept_as_they_were_given(app: Flask) -> None:
    rows = [change(reason=ODD, detail={"a": [1, None, ODD]}), change(subject_id=7, to_state="")]
    with app.app_context():
        with transaction():
            insert_many(HISTORY, rows)
        found = db.session.scalars(select(History).order_by(History.id)).all()
        assert [one.reason for one in found] == [ODD, None]
        assert [one.detail for one in found] == [{"a": [1, None, ODD]}, None]
        assert [(one.at, one.subject_id, one.to_state) for one in found] == [
            (AT.astimezone(UTC), 2**40, None),
            (AT.astimezone(UTC), 7, ""),
        ]
        assert db.session.scalars(select(History.id).where(History.detail.is_(None))).all() == [found[1].id]


def test_what_is_there_stays_and_is_not_returned(app: Flask) -> None:
    def row(key: str, reason: str) -> dict[str, Any]:
        return {"address_key": key, "purpose": "all", "reason": reason, "source": "staff", "created_at": AT}

    once = ("address_key", "purpose")
    with app.app_context():
        with transaction():
            first = insert_many(SUPPRESSIONS, [row("a", "first")], once=once, returning=("address_key", "created_at"))
            second = insert_many(
                SUPPRESSIONS, [row("a", "second"), row("b", "x")], once=once, returning=("address_key",)
            )
        assert [tuple(one) for one in first] == [("a", AT.astimezone(UTC))]
        assert [tuple(one) for one in second] == [("b",)]
        assert db.session.scalars(select(Suppression.reason).order_by(Suppression.address_key)).all() == ["first", "x"]


def test_of_what_is_there_only_the_named_columns_are_replaced(app: Flask) -> None:
    def row(key: str, reason: str, source: str) -> dict[str, Any]:
        return {"address_key": key, "purpose": "all", "reason": reason, "source": source, "created_at": AT}

    once = ("address_key", "purpose")
    with app.app_context():
        with transaction():
            insert_many(SUPPRESSIONS, [row("a", "first", "staff")], once=once, replacing=("reason",))
            again = [row("a", "second", "import"), row("b", "x", "import")]
            insert_many(SUPPRESSIONS, again, once=once, replacing=("reason",))
        found = db.session.execute(select(Suppression.reason, Suppression.source).order_by(Suppression.address_key))
        assert [tuple(one) for one in found] == [("second", "staff"), ("x", "import")]


def test_nothing_is_written_outside_of_a_transaction_or_without_a_time_zone(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(RuntimeError, match="outside"):
            insert_many(HISTORY, [change()])
        with pytest.raises(Exception, match="a moment without a time zone"), transaction():
            insert_many(HISTORY, [change(at=datetime(2026, 3, 1))])  # noqa: DTZ001
        with transaction():
            assert insert_many(HISTORY, [], returning=("id",)) == []
        assert db.session.scalars(select(History.id)).all() == []


def test_to_what_is_there_the_named_columns_are_added(app: Flask) -> None:
    def row(week: date, people: int) -> dict[str, Any]:
        return {"week": week, "kind": 0, "value": "", "step": 1, "days": 3, "people": people}

    first, second = date(2026, 11, 2), date(2026, 11, 9)
    given: dict[str, Any] = {"once": ("kind", "value", "week", "step", "days"), "adding": ("people",)}
    with app.app_context():
        with transaction():
            insert_many(cast(Table, NumberDays.__table__), [row(first, 4)], **given)
            insert_many(cast(Table, NumberDays.__table__), [row(first, -1), row(second, 2)], **given)
        found = db.session.execute(select(NumberDays.week, NumberDays.people).order_by(NumberDays.week)).all()
        assert [tuple(one) for one in found] == [(first, 3), (second, 2)]
