"""How many mails may go in a minute, however many send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing import caps, jobs
from feedbackloop.mailing.models import SendingRate
from tests.support.clock import Clock

MINUTE = timedelta(minutes=1)

# A sender as a process of its own: asks for one mail at a time, and prints how many may go.
SENDER = """
import sys
from datetime import datetime
from feedbackloop import create_app
from feedbackloop.core import clock, db
from feedbackloop.mailing import caps

at = datetime.fromisoformat(sys.argv[1])
app = create_app()
print("ready", flush=True)
sys.stdin.readline()
admitted = 0
with app.app_context(), clock.at(at):
    for _ in range(40):
        with db.transaction():
            admitted += caps.admit(["a.example", "b.example"], at).count(None)
print(admitted)
"""


def _admit(app: Flask, domains: list[str], now: datetime) -> list[datetime | None]:
    with app.app_context(), transactions.transaction():
        return caps.admit(domains, now)


def test_without_a_cap_everything_goes_and_nothing_is_asked(app: Flask, clock: Clock) -> None:
    said: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: said.append(statement))
        assert caps.admit(["a.example"] * 1000, clock.now) == [None] * 1000
    assert said == []


class TestInTotal:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_RATE_PER_MINUTE": "3"}

    def test_so_many_go_in_a_minute_and_no_more(self, app: Flask, clock: Clock) -> None:
        first = _admit(app, ["a.example", "b.example"], clock.now)
        second = _admit(app, ["c.example", "d.example"], clock.now + timedelta(seconds=50))
        assert [*first, *second][:3] == [None, None, None]
        assert second[1] == clock.now + MINUTE
        assert _admit(app, ["e.example"] * 4, clock.now + MINUTE).count(None) == 3

    def test_what_is_put_off_comes_back_at_the_pace_of_the_cap(self, app: Flask, clock: Clock) -> None:
        waits = _admit(app, ["a.example"] * 3 + ["b.example"] * 6, clock.now)[3:]
        more = _admit(app, ["c.example"], clock.now + timedelta(seconds=5))
        begin = clock.now + MINUTE
        assert [*waits, *more] == [begin + n * timedelta(seconds=20) for n in range(7)]

    def test_a_million_that_wait_come_back_over_an_hour(self, app: Flask, clock: Clock) -> None:
        waits = [moment for moment in _admit(app, ["a.example"] * 1000, clock.now) if moment is not None]
        assert len(waits) == 997
        each = [sum(begin <= moment < begin + MINUTE for moment in waits) for begin in _minutes(clock.now, 60)]
        assert sum(each) == 997
        assert each[0] == 0
        assert max(each[1:]) - min(each[1:]) <= 3

    def test_processes_share_the_count(
        self, app: Flask, settings_env: dict[str, str], clock: Clock, database_url: str
    ) -> None:
        # Room for half of what the two ask for, so that both meet the end.
        environ = {**os.environ, **settings_env, "FEEDBACKLOOP_RATE_PER_MINUTE": "80"}
        senders = [
            subprocess.Popen(
                [sys.executable, "-c", SENDER, clock.now.isoformat()],
                env=environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for sender in senders:
            assert sender.stdout is not None
            assert sender.stdout.readline() == "ready\n"
        for sender in senders:
            assert sender.stdin is not None
            sender.stdin.write("go\n")
            sender.stdin.flush()
        admitted = [json.loads(sender.communicate(timeout=60)[0]) for sender in senders]
        assert sum(admitted) == 80
        with app.app_context():
            assert db.session.scalar(select(SendingRate.used)) == 80


class TestForADomain:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {
            **settings_env,
            "FEEDBACKLOOP_RATE_PER_MINUTE": "6",
            "FEEDBACKLOOP_RATE_PER_DOMAIN": "2,slow.example=1,free.example=off",
        }

    def test_each_domain_has_its_own(self, app: Flask, clock: Clock) -> None:
        asked = ["a.example", "A.example.", "a.example", "slow.example", "slow.example", "b.example"]
        answers = _admit(app, asked, clock.now)
        later = clock.now + MINUTE
        assert answers == [None, None, later, None, later, None]

    def test_what_a_domain_holds_back_takes_nothing_from_the_others(self, app: Flask, clock: Clock) -> None:
        answers = _admit(app, ["slow.example"] * 50 + ["free.example"] * 6, clock.now)
        assert answers[0] is None
        assert None not in answers[1:50]
        assert answers[50:].count(None) == 5

    def test_counts_nobody_looks_at_any_more_are_deleted(self, app: Flask, clock: Clock) -> None:
        _admit(app, ["a.example"], clock.now)
        _admit(app, ["b.example"], clock.advance(timedelta(hours=25)))
        with app.app_context():
            jobs.forget_rates()
        with app.app_context():
            assert set(db.session.scalars(select(SendingRate.bucket))) == {"", "b.example"}

    def test_more_domains_than_fit_one_statement(self, app: Flask, clock: Clock) -> None:
        asked = [f"d{n}.example" for n in range(2500)]
        assert _admit(app, asked, clock.now).count(None) == 6
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(SendingRate)) == 2501


def _minutes(start: datetime, count: int) -> list[datetime]:
    return [start + n * MINUTE for n in range(count)]
