"""What keeps senders from sending, and who may try whether it still does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from feedbackloop.core import clock as product_clock
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing import control
from tests.support.clock import Clock

pytestmark = pytest.mark.usefixtures("clock")
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class Sending:
    """The switch in the hands of a test: each verb in a transaction of its own, at the clock's moment."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def do(self, verb: Callable[..., bool], *values: Any) -> bool:
        with self.app.app_context(), transactions.transaction():
            return verb(*values)

    def hold(self) -> control.Hold | None:
        with self.app.app_context():
            return control.hold(product_clock.now())

    def kind(self) -> str | None:
        held = self.hold()
        return held.kind if held else None

    def pause(self, reason: str = "421 4.7.0 too busy") -> bool:
        return self.do(control.pause, reason, product_clock.now())

    def refuse(self, reason: str = "535 5.7.8 no") -> bool:
        return self.do(control.sign_in_refused, reason, product_clock.now())

    def may_probe(self) -> bool:
        return self.do(control.may_probe, product_clock.now())


@pytest.fixture
def sending(app: Flask) -> Sending:
    return Sending(app)


def test_nothing_holds_a_new_installation(sending: Sending) -> None:
    assert sending.hold() is None
    assert not sending.may_probe()
    assert not sending.do(control.resume, "staff:1")
    assert not sending.do(control.server_worked)


def test_staff_stop_it_until_they_resume(sending: Sending, clock: Clock, app: Flask) -> None:
    since = clock.now
    assert sending.do(control.stop, "staff:3", 'the server "moves"')
    clock.advance(timedelta(days=2))
    held = sending.hold()
    assert held == control.Hold("stopped", since, None, "staff:3", 'the server "moves"')
    assert not sending.may_probe()
    assert not sending.do(control.stop, "staff:4", "again")
    assert sending.hold() == held
    assert sending.do(control.resume, "staff:4")
    assert sending.hold() is None
    with app.app_context():
        switched = control.recently_switched()
    assert [(one.at, one.actor, one.what) for one in switched] == [
        (clock.now, "staff:4", "resumed"),
        (since, "staff:3", "stopped"),
    ]


def test_it_can_be_stopped_a_second_time(sending: Sending) -> None:
    for reason in ("one", "two"):
        sending.do(control.stop, "staff:3", reason)
        held = sending.hold()
        assert held is not None
        assert held.reason == reason
        sending.do(control.resume, "staff:3")


def test_after_a_backup_was_put_back_it_is_stopped(sending: Sending) -> None:
    sending.do(control.restored, "operator")
    held = sending.hold()
    assert held is not None
    assert (held.kind, held.by, held.reason) == ("stopped", "operator", control.RESTORED)


def test_a_pause_lasts_five_minutes_and_is_not_made_longer_meanwhile(sending: Sending, clock: Clock) -> None:
    since = clock.now
    assert sending.pause()
    clock.advance(4 * MINUTE)
    assert not sending.pause("421 later")
    held = sending.hold()
    assert held is not None
    assert (held.kind, held.since, held.until) == ("paused", since, since + 5 * MINUTE)
    assert held.reason == "421 4.7.0 too busy"
    assert not sending.may_probe()


def test_when_a_pause_ends_one_sender_tries(sending: Sending, clock: Clock) -> None:
    sending.pause()
    clock.advance(5 * MINUTE)
    assert sending.kind() == "paused"
    assert [sending.may_probe() for _ in range(3)] == [True, False, False]
    assert sending.do(control.server_worked)
    assert sending.hold() is None


def test_a_try_that_fails_begins_a_new_pause(sending: Sending, clock: Clock) -> None:
    sending.pause()
    clock.advance(5 * MINUTE)
    assert sending.may_probe()
    assert sending.pause("no connection")
    held = sending.hold()
    assert held is not None
    assert (held.until, held.reason) == (clock.now + 5 * MINUTE, "no connection")


def test_a_pause_whose_trier_died_ends_by_itself(sending: Sending, clock: Clock) -> None:
    sending.pause()
    clock.advance(6 * MINUTE - SECOND)
    assert sending.kind() == "paused"
    clock.advance(SECOND)
    assert sending.hold() is None


def test_a_refused_sign_in_holds_until_one_works(sending: Sending, clock: Clock) -> None:
    since = clock.now
    assert sending.refuse()
    assert not sending.refuse("535 again")
    assert not sending.may_probe()
    clock.advance(timedelta(days=1))
    held = sending.hold()
    assert held is not None
    assert (held.kind, held.since, held.until, held.reason) == ("sign_in_refused", since, None, "535 5.7.8 no")
    assert [sending.may_probe() for _ in range(2)] == [True, False]
    clock.advance(59 * SECOND)
    assert not sending.may_probe()
    clock.advance(2 * SECOND)
    assert [sending.may_probe() for _ in range(2)] == [True, False]
    assert sending.do(control.server_worked)
    assert sending.hold() is None


def test_what_staff_decided_goes_before_what_a_server_said(sending: Sending, clock: Clock) -> None:
    sending.pause()
    sending.refuse()
    assert sending.kind() == "sign_in_refused"
    sending.do(control.stop, "staff:1", "a holiday")
    assert sending.kind() == "stopped"
    clock.advance(10 * MINUTE)
    assert not sending.may_probe()
    sending.do(control.resume, "staff:1")
    assert sending.kind() == "sign_in_refused"
    assert sending.may_probe()


def test_a_reason_is_one_line_without_addresses_and_fits(sending: Sending) -> None:
    sending.pause('550 <anna.bakker@example.org>\r\n\x01"' + '"' * 400)
    held = sending.hold()
    assert held is not None
    assert held.reason.startswith('550 <(address)> "')
    assert len(held.reason) == control.REASON_LENGTH


def test_asking_costs_one_select(sending: Sending, app: Flask) -> None:
    sending.pause()
    said: list[str] = []
    with app.app_context():
        now = product_clock.now()
        db.session.connection()
        event.listen(db.engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: said.append(statement))
        control.hold(now)
    assert len(said) == 1


def test_of_many_senders_at_once_one_may_try(sending: Sending, clock: Clock) -> None:
    sending.refuse()
    at = clock.advance(2 * MINUTE)
    ready = threading.Barrier(6)
    answers: list[bool] = []

    def ask() -> None:
        with product_clock.at(at):
            ready.wait(10)
            answers.append(sending.may_probe())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [False] * 5 + [True]


class TestScaled:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_TIME_SCALE": "60"}

    def test_waits_are_shortened_in_fault_runs(self, sending: Sending, clock: Clock) -> None:
        sending.pause()
        clock.advance(5 * SECOND)
        assert sending.may_probe()
        clock.advance(SECOND)
        assert sending.hold() is None
