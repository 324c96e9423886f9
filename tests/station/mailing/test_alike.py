"""Decisions about all mails that wait for one reason, and where the page reads what it shows."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, text

from feedbackloop.core import db as transactions
from feedbackloop.core.errors import Conflict
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing import figures, handling, parts, rules
from feedbackloop.mailing.models import Outbox
from feedbackloop.overview import mail_figures
from tests.station.mailing.conftest import Office
from tests.station.mailing.test_switch import ENGLISH, PAGE, signed_in
from tests.support.clock import Clock

pytestmark = pytest.mark.usefixtures("queued", "clock")


@pytest.fixture
def parked(office: Office, clock: Clock) -> dict[str, list[int]]:
    """Mails that wait, by reason: refused for their content, and made wrongly; one of them too old by now."""
    ids = office.plan(7)
    for mail_id in ids[:4]:
        office.change(mail_id, status="parked", reason="content_refused", attempts=1)
    office.change(ids[0], expires_at=clock.now - timedelta(days=1))
    for mail_id in ids[4:6]:
        office.change(mail_id, status="parked", reason="error:KeyError", attempts=3)
    office.change(ids[6], status="retry", reason="put_off", due_at=clock.now + timedelta(hours=1))
    return {"content_refused": ids[:4], "error:KeyError": ids[4:6], "put_off": ids[6:]}


def test_all_of_one_reason_are_tried_again(
    app: Flask, office: Office, parked: dict[str, list[int]], clock: Clock
) -> None:
    client = signed_in(app, "quality")
    page = client.get(PAGE, query_string=ENGLISH).text
    assert "Try all 4 now" in page
    assert "Stop all 2" in page
    app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post("/staff/mailing/alike/retry?lang=en", data={"status": "parked", "reason": "content_refused"})
    assert answer.status_code == 303
    assert "We try 4 mails again now." in client.get(PAGE, query_string=ENGLISH).text
    for mail_id in parked["content_refused"]:
        row = office.row(mail_id)
        assert (row.status, row.reason, row.attempts, row.due_at) == ("queued", None, 0, clock.now)
        assert row.expires_at is not None
        assert row.expires_at > clock.now
    assert office.statuses() == {"queued": 4, "parked": 2, "retry": 1}
    with app.app_context():
        changes = db.session.scalars(select(History).where(History.what == "retried")).all()
        assert sorted(one.subject_id for one in changes) == sorted(parked["content_refused"])
        assert {one.from_state for one in changes} == {"parked"}


def test_all_of_one_reason_are_stopped_and_the_loop_hears_of_it(
    app: Flask, office: Office, parked: dict[str, list[int]]
) -> None:
    with app.app_context(), transactions.transaction():
        assert handling.cancel_all("parked", "error:KeyError", "staff:1") == (2, False)
    assert office.statuses() == {"parked": 4, "cancelled": 2, "retry": 1}
    assert sorted(office.ended[-1].mail_ids) == sorted(parked["error:KeyError"])


def test_more_than_one_press_can_take_are_said_to_be_left(
    app: Flask, office: Office, parked: dict[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "AT_ONCE", 3)
    client = signed_in(app, "admin")
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/staff/mailing/alike/retry?lang=en", data={"status": "parked", "reason": "content_refused"})
    page = client.get(PAGE, query_string=ENGLISH).text
    assert "We try 3 mails again now. There are more of them." in page


@pytest.mark.parametrize("status", ["queued", "sent", "claimed", "", "parked'"])
def test_what_goes_by_itself_is_not_decided_on_in_bulk(app: Flask, office: Office, status: str) -> None:
    office.plan()
    for verb in (handling.retry_all, handling.cancel_all):
        with app.app_context(), pytest.raises(Conflict), transactions.transaction():
            verb(status, None, "staff:1")


def test_what_waits_is_counted_by_its_reason(
    app: Flask, office: Office, parked: dict[str, list[int]], clock: Clock
) -> None:
    office.plan(2, start=20)
    office.plan(start=30, due_at=clock.now - timedelta(minutes=1))
    [held] = office.plan(start=40)
    office.change(held, reason="rate_cap", due_at=clock.now + timedelta(minutes=1))
    with app.app_context():
        assert [line.mail.id for line in figures.page("queued", None, "rate_cap", None)[0]] == [held]
        waits = figures.waits(figures.counts())
    found = [(one.status, one.reason, one.number) for one in waits]
    assert found == [
        ("parked", "content_refused", 4),
        ("parked", "error:KeyError", 2),
        ("retry", "put_off", 1),
        ("queued", None, 3),
        ("queued", "rate_cap", 1),
    ]
    assert waits[-2].next_due == clock.now - timedelta(minutes=1)


def test_every_status_is_found_by_its_condition(app: Flask, office: Office, clock: Clock) -> None:
    for start, status in enumerate(rules.STATUSES, start=1):
        [mail_id] = office.plan(start=start)
        sent_at, shared_with = clock.now if status == "sent" else None, 1 if status == "shared" else None
        office.change(mail_id, status=status, sent_at=sent_at, shared_with=shared_with)
    with app.app_context():
        for status in rules.STATUSES:
            assert db.session.scalars(select(Outbox.status).where(parts.of_status(status))).all() == [status]
            assert [line.mail.status for line in figures.page(status, None, None, None)[0]] == [status]
        assert figures.counts() == dict.fromkeys((*mail_figures.UNSETTLED,), 1)
        stuck = [line.mail.status for line in figures.page("stuck", None, None, None)[0]]
        assert Counter(stuck) == {"parked": 1, "uncertain": 1}
        assert figures.page("nonsense", None, None, None) == ([], None)
    with pytest.raises(ValueError, match="no such status"):
        parts.of_status("x' OR 'a'='a")


def _sent_long_ago(count: int, when: datetime) -> None:
    """So many mails of which the page of today has nothing to tell."""
    sent = {"kind": "note", "status": "sent", "due_at": when, "sent_at": when, "created_at": when}
    db.session.execute(insert(Outbox), [{**sent, "uuid": str(number), "subject_id": number} for number in range(count)])


def test_no_question_of_the_page_reads_more_than_its_index(app: Flask, clock: Clock) -> None:
    said: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        said.append((statement, values))

    with app.app_context():
        with transactions.transaction():
            _sent_long_ago(1000, clock.now - timedelta(days=9))
        db.session.connection()
        event.listen(db.engine, "before_cursor_execute", note)
        figures.waits(figures.counts())
        figures.page("queued", None, "rate_cap", None)
        figures.oldest_due(clock.now)
        figures.due(clock.now)
        figures.last_sent()
        figures.sent_since(clock.now)
        figures.reasons_since(clock.now)
        figures.needing_a_person()
        figures.trying_again()
        figures.expected_until(clock.now, timedelta(days=1))
        for status in ("retry", "uncertain", "parked"):
            figures.page(status, None, None, None)
        event.remove(db.engine, "before_cursor_execute", note)
        postgresql = db.engine.dialect.name == "postgresql"
        if postgresql:
            # Of a table of which it knows nothing the planner guesses, now this way and now that.
            db.session.execute(text("ANALYZE outbox"))
        for statement, values in said:
            explain = "EXPLAIN " if postgresql else "EXPLAIN QUERY PLAN "
            plan = str(db.session.connection().exec_driver_sql(explain + statement, values).all())
            indexes = r"ix_outbox_(waiting|claimed|apart|held_back|not_sent|sent|shared)"
            assert re.search(indexes, plan), f"{statement}: {plan}"
    assert len(said) == 19
