"""Two systems at once. SQLite lets one writer at a time in; PostgreSQL lets them meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from feedbackloop import loop
from feedbackloop.complaints import service
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput, PersonInput
from feedbackloop.core import db as transactions
from feedbackloop.core import events
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
AT_ONCE = 6


@pytest.fixture(autouse=True)
def _nothing_follows(app: Flask) -> Iterator[None]:
    events.follow(dict.fromkeys(loop.FOLLOWS, ()))
    yield
    events.follow(loop.FOLLOWS)


def together(app: Flask, batch: Callable[[int], list[ComplaintInput]]) -> list[list[str]]:
    """Brings a batch in from each of AT_ONCE threads, all at the same moment; what became of each."""
    ready = Barrier(AT_ONCE)

    def bring(number: int) -> list[str]:
        with app.app_context():
            ready.wait()
            with transactions.transaction():
                return [outcome.what for outcome in service.upsert(batch(number), "api:1")]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(bring, range(AT_ONCE)))


def count(app: Flask, model: type[Complaint] | type[Customer]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_one_of_them_creates_and_the_others_update(app: Flask) -> None:
    found = together(app, lambda number: [ComplaintInput("shop", "1", subject=f"by {number}", resolved_at=MONDAY)])
    assert Counter(one for batch in found for one in batch) == {"created": 1, "updated": AT_ONCE - 1}
    assert count(app, Complaint) == 1


def test_a_new_address_makes_one_person(app: Flask) -> None:
    together(app, lambda number: [ComplaintInput("shop", str(number), customer=PersonInput(email="jan@mail.example"))])
    assert count(app, Complaint) == AT_ONCE
    assert count(app, Customer) == 1


def test_batches_in_opposite_order_wait_for_each_other_and_end(app: Flask) -> None:
    records = [
        ComplaintInput("shop", str(n), subject="x", customer=PersonInput("Jan", f"p{n % 7}@mail.example"))
        for n in range(40)
    ]
    found = together(app, lambda number: records if number % 2 else records[::-1])
    assert Counter(one for batch in found for one in batch)["created"] == 40
    assert count(app, Customer) == 7


def test_an_address_that_two_complaints_get_at_once_belongs_to_one_person(app: Flask) -> None:
    with app.app_context(), transactions.transaction():
        service.upsert([ComplaintInput("shop", str(n), customer=PersonInput(f"Jan {n}")) for n in range(AT_ONCE)], "x")
    together(app, lambda number: [ComplaintInput("shop", str(number), customer=PersonInput(email="jan@mail.example"))])
    with app.app_context():
        owners = set(db.session.scalars(select(Complaint.customer_id)))
    assert len(owners) == 1
