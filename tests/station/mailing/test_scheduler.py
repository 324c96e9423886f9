"""The clock wakes senders for what is due, whoever wrote it and whatever Redis forgot."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as RedisAway

from feedbackloop import schedule
from feedbackloop.core import clock as product_clock
from feedbackloop.core import db as transactions
from feedbackloop.core import queue, turns
from feedbackloop.mailing import service
from feedbackloop.mailing.scheduler import DELIVER, MOST_WAKE_UPS, Scheduler
from feedbackloop.schedule import Periodic
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.queued import Queued
from tests.support.smtp import Sink
from tests.support.valkey import Valkey


@pytest.fixture(autouse=True)
def waiting(queued: Queued, monkeypatch: pytest.MonkeyPatch) -> None:
    """The held jobs are what waits in the queue; periodic work has a test of its own."""
    monkeypatch.setattr(schedule, "CLOCK", ())
    monkeypatch.setattr(queue, "waiting", lambda name: sum(job.queue == name for job in queued))


def test_what_is_due_wakes_a_sender_and_arrives(
    app: Flask, office: Office, queued: Queued, sink: Sink, clock: Clock
) -> None:
    office.plan(due_at=clock.now + timedelta(minutes=10))
    ticking = Scheduler(app)
    ticking.tick()
    assert not queued
    clock.advance(timedelta(minutes=10))
    ticking.tick()
    assert [job.name for job in queued] == [DELIVER]
    queued.run(app)
    assert len(sink.messages) == 1


def test_a_job_that_redis_forgot_is_made_again(
    app: Flask, office: Office, queued: Queued, sink: Sink, clock: Clock
) -> None:
    office.plan(3)
    assert queued
    queued.clear()  # what a flush of the queue server does
    Scheduler(app).tick()
    queued.run(app)
    assert len(sink.messages) == 3


def test_a_claim_of_a_dead_sender_is_taken_up(
    app: Flask, office: Office, queued: Queued, sink: Sink, clock: Clock
) -> None:
    [mail_id] = office.plan()
    queued.clear()
    office.change(mail_id, status="claimed", lease="dead", leased_until=clock.now + timedelta(seconds=60), attempts=1)
    ticking = Scheduler(app)
    ticking.tick()
    assert not queued
    clock.advance(timedelta(seconds=60))
    ticking.tick()
    queued.run(app)
    assert len(sink.messages) == 1


def test_a_backlog_is_no_flood_of_jobs(app: Flask, office: Office, queued: Queued, clock: Clock) -> None:
    person = office.customer("a@example.org")
    with app.app_context(), transactions.transaction():
        service.plan_mails([service.NewMail("reply", n, clock.now, customer_id=person) for n in range(1, 5001)])
    queued.clear()
    ticking = Scheduler(app)
    for _second in range(5):
        ticking.tick()
    assert len(queued) == MOST_WAKE_UPS


def test_only_one_of_several_schedulers_works(app: Flask, office: Office, queued: Queued, clock: Clock) -> None:
    office.plan()
    queued.clear()
    first, second = Scheduler(app), Scheduler(app)
    first.tick()
    queued.clear()
    second.tick()
    assert not queued
    clock.advance(timedelta(seconds=16))  # the first one fell silent
    second._asked = 0
    second.tick()
    assert queued


def test_a_scheduler_that_ends_hands_over_at_once(app: Flask, office: Office, clock: Clock) -> None:
    with app.app_context():
        with transactions.transaction():
            assert turns.take("clock", "a" * 36, timedelta(seconds=15))
        with transactions.transaction():
            assert not turns.take("clock", "b" * 36, timedelta(seconds=15))
            assert turns.take("clock", "a" * 36, timedelta(seconds=15)), "keeping it is no theft"
        with transactions.transaction():
            turns.leave("clock", "b" * 36)
            assert not turns.take("clock", "b" * 36, timedelta(seconds=15)), "nobody gives up what another holds"
            turns.leave("clock", "a" * 36)
            assert turns.take("clock", "b" * 36, timedelta(seconds=15))


def test_periodic_work_is_queued_once_each_interval(
    app: Flask, queued: Queued, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = "feedbackloop.mailing.jobs.deliver"
    monkeypatch.setattr(schedule, "CLOCK", (Periodic("often", "work", job, timedelta(hours=1)),))
    ticking = Scheduler(app)
    for minutes in (0, 20, 20, 20, 20):
        clock.advance(timedelta(minutes=minutes))
        ticking.tick()
    assert [one.queue for one in queued] == ["work", "work"]
    again = Scheduler(app)
    again._holder = ticking._holder
    again.tick()
    assert len(queued) == 2, "another process knows from the database when it last ran"


def test_redis_that_is_away_is_said_once_and_waited_for(
    app: Flask,
    office: Office,
    queued: Queued,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    office.plan()
    queued.clear()

    def away(_name: str) -> int:
        raise RedisAway("nobody there")

    ticking = Scheduler(app)
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(queue, "waiting", away)
        for _second in range(4):
            ticking.tick()
    assert [record.message for record in caplog.records].count("scheduler_waits") == 1
    ticking.tick()
    assert queued


def test_a_queue_that_is_away_fails_no_request(app: Flask, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning stands when waking fails: the row is there, and the clock finds it."""
    monkeypatch.undo()
    with app.app_context():
        assert not queue.push("mail", DELIVER)
        with transactions.transaction():
            queue.enqueue("mail", DELIVER)


def test_every_job_of_the_clock_can_be_run() -> None:
    names = [work.name for work in schedule.CLOCK]
    assert len(set(names)) == len(names)
    assert {work.queue for work in schedule.CLOCK} <= set(queue.QUEUES)
    assert all(work.every >= timedelta(minutes=1) for work in schedule.CLOCK)


def test_times_are_the_databases_own(app: Flask) -> None:
    with app.app_context():
        apart = abs(transactions.now() - product_clock.now())
    assert apart < timedelta(seconds=5)


def test_jobs_carry_ids_and_leave_nothing_behind(
    app: Flask, valkey: Valkey, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at in a real queue server: no address, no name, no words."""
    monkeypatch.undo()
    with app.app_context():
        assert queue.push("mail", DELIVER, [1, 2, 3])
        [job] = queue.queue("mail").jobs
    assert list(job.args) == [[1, 2, 3]]
    assert job.description == DELIVER
    assert job.result_ttl == 0
