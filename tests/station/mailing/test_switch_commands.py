"""The switch of all sending in an operator's hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from feedbackloop.core import db as transactions
from feedbackloop.mailing import control
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock

pytestmark = pytest.mark.usefixtures("queued", "clock")


def _mail(app: Flask, *args: str) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["mail", *args])
    return answer.exit_code, answer.output


def _hold(app: Flask, clock: Clock) -> control.Hold | None:
    with app.app_context():
        return control.hold(clock.now)


def test_an_operator_stops_and_resumes(app: Flask, clock: Clock) -> None:
    assert _mail(app, "stop", "--reason", "the server moves") == (0, "All sending is stopped.\n")
    assert _mail(app, "stop") == (0, "It was stopped already.\n")
    assert _hold(app, clock) == control.Hold("stopped", clock.now, None, "operator", "the server moves")
    code, said = _mail(app, "status")
    assert code == 1
    assert said.startswith("stopped by operator since 2026-11-03 09:00 UTC: the server moves\n")
    assert _mail(app, "resume") == (0, "Sending goes on.\n")
    assert _mail(app, "resume") == (0, "It was not stopped.\n")
    assert _hold(app, clock) is None


def test_after_a_backup_was_put_back(app: Flask, clock: Clock) -> None:
    assert _mail(app, "stop", "--restored")[0] == 0
    held = _hold(app, clock)
    assert held is not None
    assert held.reason == control.RESTORED


def test_how_it_stands(app: Flask, office: Office, clock: Clock) -> None:
    office.plan(2, due_at=clock.now - timedelta(minutes=1))
    office.plan(start=3, due_at=clock.now + timedelta(hours=1))
    assert _mail(app, "status") == (
        0,
        "Mail goes out.\ndue now: 2, the oldest since 2026-11-03 08:59 UTC\nqueued: 3\n",
    )
    with app.app_context(), transactions.transaction():
        control.pause("421 later", clock.now)
    code, said = _mail(app, "status")
    assert code == 1
    assert said.startswith("paused since 2026-11-03 09:00 UTC, until 09:05 UTC: 421 later\n")


def test_a_reason_that_is_too_long_is_refused(app: Flask, clock: Clock) -> None:
    assert _mail(app, "stop", "--reason", "x" * 151)[0] == 2
    assert _hold(app, clock) is None
