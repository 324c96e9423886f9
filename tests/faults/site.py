"""The product on loopback for one row: a database, a queue server, a bad mail server, and its commands."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from feedbackloop import create_app
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.values import ComplaintInput
from feedbackloop.core import clock, queue, tokens
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.people.rules import PersonInput
from tests.faults.fleet import Command, Fleet
from tests.faults.knocking import knock
from tests.faults.servers import OwnPostgres, OwnRedis, wait_for
from tests.support.badlog import Tally, tally
from tests.support.badserver import BadServer
from tests.support.databases import SECRET_KEY
from tests.support.instance import free_port
from tests.support.shared import SharedFolder

DELIVER = "feedbackloop.mailing.jobs.deliver"
CONNECTIONS = 2
_UNSETTLED = ("queued", "claimed", "retry", "uncertain")
# Generous: it bounds a row that hangs, it measures nothing.
PATIENCE_S = 150.0


@dataclass(frozen=True)
class Ground:
    """What a row is played on. `folder` keeps its logs, `disk` holds what the product writes.

    `full` is False in the ordinary test suite.
    """

    shared: SharedFolder
    folder: Path
    disk: Path
    database: str
    size: int
    full: bool = True


class Site:
    """A context: leaving it ends every process. `expect` collects what is not as the matrix demands."""

    def __init__(self, ground: Ground, database_url: str, scale: float, **settings: str) -> None:
        self.ground = ground
        self.scale = scale
        self.size = ground.size
        self.database_url = database_url
        self.addresses: list[str] = []
        self.not_mailed: set[str] = set()
        self.bound = 0
        self.problems: list[str] = []
        self.notes: list[str] = []
        self.cluster: OwnPostgres | None = None
        self.settled_s: float | None = None
        self._healed = 0.0
        self._began = clock.now()
        log = ground.folder / "mail.jsonl"
        log.unlink(missing_ok=True)
        self.mail = BadServer(log, seed=1)
        self.redis = OwnRedis(ground.shared)
        self.port = free_port()
        self._settings = settings
        hurried = {} if ground.database == "sqlite" else {"connect_timeout": 3, "options": "-c statement_timeout=8000"}
        self._engine = create_engine(database_url, poolclass=NullPool, connect_args=hurried)

    def __enter__(self) -> Self:
        self.mail.__enter__()
        self.redis.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self.fleet.end()
        self.redis.end()
        self.mail.__exit__(None, None, None)
        if "app" in vars(self):
            with self.app.app_context():
                db.session.remove()
                db.engine.dispose()
        self._engine.dispose()
        wanted = [address for address in self.addresses if address not in self.not_mailed]
        (self.ground.folder / "recipients.txt").write_text("".join(f"{address}\n" for address in wanted))

    # What there is

    @cached_property
    def environ(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis.url,
            "FEEDBACKLOOP_INSTANCE": str(self.ground.disk / "instance"),
            "SECRET_KEY": SECRET_KEY,
            "PUBLIC_URL": f"http://localhost:{self.port}",
            "MAIL_SERVER": self.mail.host,
            "MAIL_PORT": str(self.mail.port),
            "MAIL_DEFAULT_SENDER": "De Bonte Spaak <loop@ours.example>",
            "FEEDBACKLOOP_CHECK_IN_DELAY": "0s",
            "FEEDBACKLOOP_REMINDER_DELAY": "off",
            "FEEDBACKLOOP_SEND_WINDOW": "always",
            "FEEDBACKLOOP_SMTP_CONNECTIONS": str(CONNECTIONS),
            "FEEDBACKLOOP_RATE_LIMITS": "off",
            "FEEDBACKLOOP_TIME_SCALE": f"{self.scale:g}",
            "FAULTS_ROW": uuid4().hex,
            **self._settings,
        }

    @cached_property
    def fleet(self) -> Fleet:
        return Fleet(self.ground.disk, self.environ)

    @cached_property
    def app(self) -> Flask:
        """The product in this process: it seeds, makes links and queues jobs."""
        return create_app(self.environ)

    @property
    def workers(self) -> list[Command]:
        return self.fleet.named("worker")

    @property
    def crew(self) -> int:
        """How many workers a row has: two in the ordinary test suite, where their starting is most of the time."""
        return 4 if self.ground.full else 2

    @property
    def open(self) -> int:
        """How many connections to the mail server all of them have open at most: so many mails can be on their way."""
        return self.crew * CONNECTIONS

    @property
    def third(self) -> int:
        """So many mails are accepted when the fault comes: 300 of 1,000."""
        return self.size * 3 // 10

    def scaled(self, seconds: float) -> float:
        """A wait of the product as this run has it."""
        return seconds / self.scale

    def span(self, seconds: float) -> float:
        """How long a fault lasts: as the matrix says, and a tenth of it in the ordinary test suite."""
        return seconds if self.ground.full else seconds / 10

    # Making it run

    def run(self) -> None:
        """The base run: workers that listen and a clock, then everything is due at once."""
        self.start()
        self.seed()
        self.wake()

    def seed(self, count: int | None = None, start: int = 0, resolved_ago: timedelta = timedelta(minutes=1)) -> None:
        """So many complaints, each of another person, are resolved through the product's own intake."""
        numbers = range(start, start + (self.size if count is None else count))
        self.addresses += [address(number) for number in numbers]
        self.plan([self.complaint(number, resolved_ago) for number in numbers])
        self.healed()

    def complaint(self, number: int, resolved_ago: timedelta = timedelta(minutes=1)) -> ComplaintInput:
        now = self._began  # brought again, it is the same complaint
        return ComplaintInput(
            "faults",
            f"F-{number}",
            subject=f"Bestelling {number} te laat bezorgd",
            summary="De bestelling kwam een uur te laat; er misten zes broodjes.",
            resolution="U kreeg al uw geld terug, € 48,60.",
            opened_at=now - resolved_ago - timedelta(days=3),
            resolved_at=now - resolved_ago,
            customer=PersonInput(
                name=f"Zoë Brouwer-{number}", email=address(number), locale="en" if number % 2 else "nl"
            ),
        )

    def plan(self, records: Sequence[ComplaintInput]) -> list[int]:
        with self.app.app_context(), transactions.transaction():
            return [outcome.id for outcome in complaints.upsert(list(records), "faults")]

    def start(self, workers: int | None = None, schedulers: int = 1, *, idle: bool = True) -> None:
        """Starts workers and the clock. Where nothing is due yet (`idle`) it waits until every sender listens."""
        for _ in range(self.crew if workers is None else workers):
            self.add_worker()
        for _ in range(schedulers):
            self.fleet.add("scheduler")
        if idle:
            self.wait(lambda: all(self._listens(worker) for worker in self.workers), "a worker does not listen")

    def add_worker(self, **environ: str) -> Command:
        return self.fleet.add("worker", "--queue", "mail", **environ)

    def start_web(self, **environ: str) -> Command:
        made = self.fleet.add("web", "--port", str(self.port), "--workers", "2", **environ)
        wait_for(lambda: ready(self.port), "the web part does not serve", 90)
        return made

    def wake(self, times: int | None = None) -> None:
        with self.app.app_context():
            for _ in range(self.crew if times is None else times):
                queue.push("mail", DELIVER)

    def _listens(self, worker: Command) -> bool:
        registered: set[int] = set()
        with suppress(RedisError):
            for key in self.redis.client.smembers("rq:workers"):
                registered.add(int(self.redis.client.hget(key, "pid") or 0))
        senders = worker.senders()
        return bool(senders) and senders <= registered

    def link(self, purpose: str, value: int) -> str:
        with self.app.app_context():
            return tokens.make(purpose, value)

    # Waiting and looking

    def wait(self, true: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
        """Waits until it is so, and starts what died again meanwhile. Raises TimeoutError, saying how things stand."""
        deadline = time.monotonic() + seconds
        while not true():
            self.fleet.tend()
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{what} within {seconds:.0f} s; {self.mail.log.accepted} accepted, {self.standing()}"
                )
            time.sleep(0.05)

    def pause(self, seconds: float) -> None:
        """Lets time pass, as a fault does."""
        until = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= until, "time stands still", seconds + 60)

    def accepted(self, count: int, seconds: float = PATIENCE_S) -> None:
        self.wait(lambda: self.mail.log.accepted >= count, f"not {count} accepted", seconds)

    def heal(self) -> None:
        """The mail server does as it should from now on, and the clock of settling starts."""
        self.mail.set()
        self.healed()

    def healed(self) -> None:
        self._healed = time.monotonic()

    def settle(self, within: float | None = None) -> None:
        """Waits until nothing is due any more. `within`: the matrix demands it in so many seconds from healing."""
        self.wait(lambda: self.unsettled() == 0, "not settled")
        self.settled_s = time.monotonic() - self._healed
        if within is not None:
            self.within(self.settled_s, within, "settled after")

    def unsettled(self) -> int:
        """How many check-in mails are still to go, or being sent; all of them while the database is away."""
        try:
            return sum(number for status, number in self.standing().items() if status in _UNSETTLED)
        except SQLAlchemyError:
            return self.size

    def standing(self) -> dict[str, int]:
        rows = self.query("SELECT status, count(*) AS number FROM outbox WHERE kind = 'check_in' GROUP BY status")
        return {row["status"]: row["number"] for row in rows}

    def query(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(text(sql), values)]

    def change(self, sql: str, **values: Any) -> None:
        """Writes past the product, to bring about what it would take days to come to."""
        with self._engine.begin() as connection:
            connection.execute(text(sql), values)

    def mails_to(self, addresses: Sequence[str]) -> list[dict[str, Any]]:
        """The outbox rows of these people, with their address."""
        rows = self.query(
            "SELECT c.email, c.id AS customer, o.* FROM outbox o JOIN customers c ON c.id = o.customer_id "
            "WHERE o.kind = 'check_in'"
        )
        wanted = set(addresses)
        return [row for row in rows if row["email"] in wanted]

    def expect(self, true: bool, words: str) -> None:
        if not true:
            self.problems.append(words)

    def within(self, seconds: float, most: float, words: str) -> None:
        """As `expect`, for time: only in a run of the matrix, because nobody knows what else a test's machine does."""
        self.expect(seconds <= most or not self.ground.full, f"{words} {seconds:.2f} s, {most:g} allowed")

    def tally(self) -> Tally:
        wanted = [address for address in self.addresses if address not in self.not_mailed]
        return tally(self.mail.log.events, wanted)


def address(number: int) -> str:
    return f"klant{number}@huis{number % 40}.example"


def ready(port: int) -> bool:
    return knock(port, "GET", "/readyz").status == 200


@contextmanager
def of_the_caller_nothing() -> Iterator[None]:
    """Settings of the person who runs this say nothing about the product."""
    kept = dict(os.environ)
    for name in kept:
        if name.startswith(("MAIL_", "FEEDBACKLOOP_")) and not name.startswith("FEEDBACKLOOP_TESTS"):
            del os.environ[name]
    for name in ("DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "SECRET_KEY"):
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.update(kept)
