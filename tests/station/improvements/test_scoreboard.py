"""The scoreboard: its numbers are those of the raw rows, and small groups stay out of it."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.improvements import scoreboard
from feedbackloop.improvements.models import Improvement, ImprovementText
from feedbackloop.improvements.scoreboard import Days
from tests.support.clock import Clock
from tests.support.improver import Improver

DAY = timedelta(days=1)
YEAR = 365 * DAY


def _fill(people: Improver) -> None:
    """12 confirmed, 11 not solved, 10 without an answer, 13 open or not asked; one too long ago."""
    asked = [people.brings(f"A-{n}") for n in range(33)]
    people.clock.advance(6 * DAY)
    people.delivers()
    for number, complaint in enumerate(asked[:23]):
        path = people.link(people.check_ins(complaint)[-1])
        assert people.answers(path, "yes" if number < 12 else "no").status_code == 303
    for number in range(12):
        people.complains(f"O-{number}")
    people.brings("N-1", email=None)
    people.complains("OLD-1", opened_at=people.clock.now - 400 * DAY)


def _scatter(now: datetime) -> None:
    """700 complaints of two and a half years, their check-ins and 30 improvements, in every combination."""
    dice = random.Random(5)  # noqa: S311 - no secret
    same: dict[str, Any] = {"created_at": now, "updated_at": now}
    complaints: list[dict[str, Any]] = []
    check_ins: list[dict[str, Any]] = []
    for number in range(1, 701):
        opened = now - timedelta(seconds=dice.randrange(int(900 * DAY.total_seconds())))
        status = dice.choice(["open", "resolved", "resolved", "confirmed", "reopened"])
        taken = timedelta(seconds=int(dice.expovariate(1 / 400_000)) - 40_000)
        cycle = 0 if status == "open" else dice.choice([1, 1, 2])
        complaints.append({
            "id": number, "source": "shop", "external_id": f"C-{number}", "status": status, "cycle": cycle,
            "opened_at": opened, "resolved_at": opened + taken if cycle else None, "sample": False, **same,
        })  # fmt: skip
        for one in range(1, cycle + 1):
            became = dice.choice(["sent", "expired", "answered", "scheduled", "suppressed", "bounced", "cancelled"])
            check_ins.append({"complaint_id": number, "cycle": one, "status": became, "due_at": now, "created_at": now})
    db.session.execute(insert(Complaint), complaints)
    db.session.execute(insert(CheckIn), check_ins)
    for number in range(30):
        status = dice.choice(["done", "done", "planned", "not_possible"])
        done = now - dice.randrange(800) * DAY
        off = dice.random() < 0.2
        db.session.execute(insert(Improvement).values(
            id=number + 1, slug=f"s-{number}", status=status, locale="nl", version=1, sample=False, **same,
            published_at=done if dice.random() < 0.8 else None, unpublished_at=now if off else None,
            done_at=done if status == "done" else None,
        ))  # fmt: skip
        text_of = {"improvement_id": number + 1, "locale": "nl", "you_said": "Te laat.", "we_did": "Niet meer."}
        db.session.execute(insert(ImprovementText).values(text_of))


def _recount(since: datetime) -> list[tuple[Counter[str], int, list[float]]]:
    """The same numbers by a loop over every row, without the code or the SQL of the scoreboard."""
    found: list[tuple[Counter[str], int, list[float]]] = [(Counter(), 0, []), (Counter(), 0, [])]
    asked = {
        (row.complaint_id, row.cycle): row.status
        for row in db.session.execute(text("SELECT complaint_id, cycle, status FROM check_ins"))
    }
    for row in db.session.scalars(db.select(Complaint)):
        part = found[0 if row.opened_at >= since else 1]
        if row.status == "confirmed":
            part[0]["confirmed"] += 1
        elif row.status == "reopened":
            part[0]["not_solved"] += 1
        elif row.status == "resolved" and asked.get((row.id, row.cycle)) in ("sent", "expired"):
            part[0]["no_answer"] += 1
        else:
            part[0]["busy"] += 1
        if row.status in ("resolved", "confirmed") and row.resolved_at and row.resolved_at >= row.opened_at:
            part[2].append((row.resolved_at - row.opened_at).total_seconds() / 86400)
    for number, part in enumerate(found):
        changed = 0
        for improvement in db.session.scalars(db.select(Improvement)):
            if improvement.public and improvement.status == "done" and improvement.done_at is not None:
                changed += (improvement.done_at >= since) == (number == 0)
        found[number] = (part[0], changed, part[2])
    return found


def test_the_numbers_equal_a_recount_of_raw_rows(app: Flask, clock: Clock) -> None:
    with app.app_context():
        with transactions.transaction():
            _scatter(clock.now)
        since = clock.now - YEAR
        for raw, (groups, changes, days) in zip(scoreboard.count(since), _recount(since), strict=True):
            assert raw.groups == dict(groups)
            assert raw.received == sum(groups.values())
            assert raw.changes == changes > 0
            assert sum(raw.days.values()) == len(days) > 50
            found = scoreboard.quartiles(raw.days)
            assert found is not None
            for share, within in ((0.25, found.quarter), (0.5, found.half), (0.75, found.most)):
                assert sum(one <= within for one in days) >= share * len(days)
                assert sum(one <= within - 1 for one in days) < share * len(days) or within == 1


def test_the_page_shows_what_was_counted(app: Flask, client: FlaskClient, clock: Clock) -> None:
    with app.app_context(), transactions.transaction():
        _scatter(clock.now)
    with app.app_context():
        year, ever = (board := scoreboard.scoreboard()).year, board.ever
        assert year is not None
        assert ever is not None
        assert (ever.received, year.received) == (700, sum(people or 0 for people in year.groups.values()))
        page = client.get("/improvements/how-we-handle-complaints?lang=en").text
        table = page.partition("<table")[2].partition("</table>")[0]
        for found in (year, ever):
            for number in (found.received, *filter(None, found.groups.values()), found.changes):
                assert f">{number}<" in table
    assert f"<dd>{year.received}</dd>" in client.get("/improvements/?lang=en").text


def test_the_numbers_are_those_of_the_products_own_loop(people: Improver) -> None:
    _fill(people)
    people.public(status="done")
    people.public(status="planned")
    people.writes(status="done")
    with people.app.app_context():
        year, older = scoreboard.count(people.clock.now - YEAR)
    assert year.groups == {"confirmed": 12, "not_solved": 11, "no_answer": 10, "busy": 13}
    assert (year.received, year.changes, sum(year.days.values())) == (46, 1, 23)
    assert (older.received, older.changes) == (1, 0)


def test_a_small_group_goes_with_another_and_all_time_with_a_small_rest(people: Improver, client: FlaskClient) -> None:
    _fill(people)
    for _ in range(2):
        people.resolves(next(one for one in range(1, 99) if people.status(one) == "reopened"))
    with people.app.app_context():
        found = scoreboard.scoreboard()
    assert found.ever is None
    assert found.year is not None
    assert found.year.groups == {"confirmed": 12, "not_solved": None, "no_answer": 10, "busy": None}
    assert found.year.together == 24
    page = client.get("/improvements/?lang=en").text
    assert "<dd>46</dd>" in page
    assert "<b>12</b> solved, says the customer" in page
    assert "<b>24</b> in groups too small to show" in page
    assert "not solved" not in page
    assert ">47<" not in client.get("/improvements/how-we-handle-complaints").text


def test_with_few_complaints_nothing_is_counted(people: Improver, client: FlaskClient) -> None:
    for number in range(9):
        people.complains(f"K-{number}")
    assert "Complaints of the past 12 months" not in client.get("/improvements/?lang=en").text
    assert "<table" not in client.get("/improvements/how-we-handle-complaints").text


def test_the_numbers_are_counted_again_after_a_minute(people: Improver, client: FlaskClient) -> None:
    for number in range(11):
        people.complains(f"K-{number}")
    assert "<dd>11</dd>" in client.get("/improvements/").text
    people.complains("K-99")
    assert "<dd>11</dd>" in client.get("/improvements/").text
    people.clock.advance(timedelta(seconds=61))
    assert "<dd>12</dd>" in client.get("/improvements/").text


def test_the_typical_time_is_that_of_ten_at_least() -> None:
    assert scoreboard.quartiles({1: 5, 3: 4}) is None
    assert scoreboard.quartiles({1: 5, 3: 5}) == Days(1, 1, 3)
    assert scoreboard.quartiles({1: 3, 2: 3, 6: 4, 40: 2}) == Days(1, 2, 6)
