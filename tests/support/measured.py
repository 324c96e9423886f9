"""Complaints week by week around a change, as bare rows, so that what it changed can be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from feedbackloop.complaints.models import Complaint
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.improvements.models import Improvement
from tests.support.improver import Improver

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DONE = date(2026, 9, 14)
BEFORE = (5, 7, 6, 8, 4, 6, 7, 5, 9, 6, 5, 5)
AFTER = (4, 3, 2, 3, 2, 1, 3)


def local(day: date, hour: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 0, second, tzinfo=AMSTERDAM).astimezone(UTC)


def opens(people: Improver, opened: Sequence[datetime], category: str = "bezorging", **more: Any) -> None:
    """Complaints as bare rows, one for each moment."""
    now = people.clock.now
    rows = [
        {"source": "rows", "external_id": f"{category}-{at.timestamp()}-{n}", "status": "open", "cycle": 0,
         "category": category, "opened_at": at, "sample": False, "created_at": now, "updated_at": now, **more}
        for n, at in enumerate(opened)
    ]  # fmt: skip
    with people.app.app_context(), transactions.transaction():
        db.session.execute(insert(Complaint), rows)


def weekly(counts: Mapping[int, int]) -> list[datetime]:
    """So many moments in each week from the day of the change, the first and the last second of it among them."""
    found = []
    for week, number in counts.items():
        first = DONE + timedelta(weeks=week)
        found += [local(first), local(first + timedelta(days=6), 23, 59)][:number]
        found += [local(first + timedelta(days=n % 7), 1 + n % 22) for n in range(number - 2)]
    return found


def done(people: Improver, complaints: Sequence[int] = (), **given: Any) -> int:
    improvement = people.public(complaints, **{"status": "done", "category": "bezorging", **given})
    with people.app.app_context(), transactions.transaction():
        change = update(Improvement).where(Improvement.id == improvement)
        db.session.execute(change.values(done_at=local(DONE, 11), news_at=local(DONE, 11)))
    return improvement


def both(before: Sequence[int] = BEFORE, after: Sequence[int] = AFTER) -> list[datetime]:
    return weekly({**{n - len(before): count for n, count in enumerate(before)}, **dict(enumerate(after))})
