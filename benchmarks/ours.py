"""Our own senders: real `feedbackloop worker` processes, woken through a real queue server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import psycopg
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from benchmarks import seed
from benchmarks.stage import HOST, BenchError, Program, Sink, Stage, plain, python, run
from tests.support.databases import SECRET_KEY

SENDERS = 2
# Both senders get to see a batch, so that what they do once only is done.
WARM_UP = 2000
PUBLIC_URL = "https://klachten.bontespaak.example"
SENDER = "Fietsenmakerij De Bonte Spaak <service@bontespaak.example>"
_DELIVER = "feedbackloop.mailing.jobs.deliver"
_WAKE_UPS = 8  # as the scheduler leaves them while much is due
_START_S = 60.0
_PATIENCE_S = 900.0
_LOOK_S = 0.02
_STATES = "SELECT status, reason, count(*) FROM outbox GROUP BY 1, 2 ORDER BY 3 DESC"
_OPEN = "SELECT EXISTS (SELECT FROM outbox WHERE status = 'claimed' OR status = 'queued' AND due_at <= now())"
# What each kind writes beside the outbox, by the number of mails: (what it is called, how to count it).
_CONSEQUENCES = {
    seed.REMINDER: {"reminders dated": "SELECT count(*) FROM check_ins WHERE reminded_at IS NOT NULL"},
    seed.QUESTION: {
        "questions moved": "SELECT count(*) FROM check_ins WHERE status = 'sent' AND sent_at IS NOT NULL",
        "moves in the history": "SELECT count(*) FROM history WHERE subject = 'check_in' AND to_state = 'sent'",
        "reminders planned": "SELECT count(*) FROM outbox WHERE kind = 'check_in_reminder'",
    },
}


@dataclass(frozen=True)
class Delivered:
    """What one run showed: mails a second, and the resident memory of the largest sender in bytes."""

    rate: float
    resident: int = 0


@dataclass
class Site:
    """A copy of a seeded database, its settings, and the senders that work on it."""

    stage: Stage
    url: str
    settings: dict[str, str]
    senders: Program | None = None

    def start(self) -> None:
        """Starts the senders and waits until all listen. Nothing may be due yet: they would begin with it."""
        self.stage.valkey.client.flushall()
        command = python("feedbackloop", "worker", "--queue", "mail", "--processes", str(SENDERS))
        self.senders = run(command, self.stage.home("worker"), self.settings)
        until = time.monotonic() + _START_S
        while not self._all_listen():
            if time.monotonic() > until or self.senders.keeper.poll() is not None:
                raise BenchError(f"the senders did not start: {self.senders.said}")
            time.sleep(0.05)

    def rest(self) -> None:
        """Waits until the senders have nothing to do and nothing to look at."""
        until = time.monotonic() + _START_S
        while self.stage.valkey.client.llen("rq:queue:mail") or not self._all_listen():
            if time.monotonic() > until:
                raise BenchError("the senders do not come to rest")
            time.sleep(0.02)

    def _all_listen(self) -> bool:
        redis = self.stage.valkey.client
        states = [redis.hget(name, "state") for name in cast("set[bytes]", redis.smembers("rq:workers:mail"))]
        return len(states) == SENDERS and all(state == b"idle" for state in states)

    def stop(self) -> None:
        if self.senders is not None:
            self.senders.stop()
        self.senders = None

    def resident(self) -> int:
        """Resident memory of the largest sender, in bytes."""
        assert self.senders is not None
        return self.senders.largest()

    def queue(self, first: int, last: int) -> None:
        seed.queue(self.url, first, last)

    def wake(self) -> None:
        """Does what the scheduler does when it finds that much is due."""
        with Redis.from_url(self.stage.valkey.url) as redis:
            mail = Queue("mail", connection=redis, serializer=JSONSerializer)
            for _ in range(_WAKE_UPS):
                mail.enqueue(_DELIVER, job_timeout=_PATIENCE_S, result_ttl=0)

    def ask(self, question: str) -> int:
        """One number from the database."""
        with psycopg.connect(plain(self.url)) as connection:
            found = connection.execute(question.encode()).fetchone()
        assert found is not None
        return int(found[0])

    def states(self) -> str:
        with psycopg.connect(plain(self.url)) as connection:
            return ", ".join(f"{row[2]} {row[0]} {row[1] or ''}".strip() for row in connection.execute(_STATES))

    def wait(self, sink: Sink, wanted: int, *, to_the_end: bool = True) -> None:
        """Waits until the sink has so many, and (`to_the_end`) every row says so; BenchError where it never will."""
        until = time.monotonic() + _PATIENCE_S
        looks = 0
        while sink.count() < wanted:
            time.sleep(_LOOK_S)
            looks += 1
            # Much rarer than the looks, because this one costs the database something.
            if looks % 100 == 0 and not self.ask(_OPEN) and sink.count() < wanted:
                raise BenchError(f"the sink has {sink.count()} of {wanted}, and the outbox: {self.states()}")
            if time.monotonic() > until:
                raise BenchError(f"the sink has {sink.count()} of {wanted} in {_PATIENCE_S:.0f} s; {self.said()}")
        while to_the_end and self.ask(_OPEN):
            time.sleep(0.005)

    def said(self) -> str:
        return self.senders.said if self.senders else ""


@contextmanager
def site(stage: Stage, seeded: seed.Seeded, port: int, connections: int | None = None) -> Iterator[Site]:
    """A site of its own on a fresh copy of `seeded` that mails to `port`; gone afterwards, with its senders."""
    name = stage.postgres.create(seeded.name)
    settings = {
        "DATABASE_URL": stage.postgres.url_of(name),
        "REDIS_URL": stage.valkey.url,
        # Of its own: what a sender keeps there is about the rows of this copy.
        "FEEDBACKLOOP_INSTANCE": str(stage.home("instance")),
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_URL": PUBLIC_URL,
        "MAIL_SERVER": HOST,
        "MAIL_PORT": str(port),
        "MAIL_DEFAULT_SENDER": SENDER,
        "FEEDBACKLOOP_ORGANISATION": "Fietsenmakerij De Bonte Spaak",
        "FEEDBACKLOOP_SEND_WINDOW": "always",
    }
    if connections is not None:
        settings["FEEDBACKLOOP_SMTP_CONNECTIONS"] = str(connections)
    made = Site(stage, settings["DATABASE_URL"], settings)
    try:
        yield made
    finally:
        made.stop()
        stage.postgres.drop(name)


def deliver(
    stage: Stage,
    seeded: seed.Seeded,
    sink: Sink,
    mails: int,
    *,
    port: int | None = None,
    connections: int | None = None,
) -> Delivered:
    """Mails a second from waking the senders to the last row `sent`; checked to be exactly these, with what follows."""
    before = sink.count()
    with site(stage, seeded, port or sink.port, connections) as made:
        made.start()
        made.queue(1, WARM_UP)
        made.wake()
        made.wait(sink, before + WARM_UP)
        made.rest()
        made.queue(WARM_UP + 1, WARM_UP + mails)
        started = time.monotonic()
        made.wake()
        made.wait(sink, before + WARM_UP + mails)
        took = time.monotonic() - started
        resident = made.resident()
        _check(made, seeded.kind, sink.count() - before, WARM_UP + mails)
    return Delivered(mails / took, resident)


def deliver_part(stage: Stage, seeded: seed.Seeded, sink: Sink, part: int) -> Delivered:
    """As `deliver`, of the first `part` mails while everyone in `seeded` has one waiting; no warming up.

    Counted from the first tenth on, so that starting does not weigh more where the part is smaller.
    """
    before, skipped = sink.count(), part // 10
    with site(stage, seeded, sink.port) as made:
        made.start()
        made.queue(1, seeded.people)
        made.wake()
        made.wait(sink, before + skipped, to_the_end=False)
        started, seen = time.monotonic(), sink.count() - before
        made.wait(sink, before + part, to_the_end=False)
        took, more = time.monotonic() - started, sink.count() - before - seen
        resident = made.resident()
    return Delivered(more / took, resident)


def _check(made: Site, kind: str, taken: int, wanted: int) -> None:
    """That it was done right: one mail for each row, and what follows from each mail written."""
    seen: dict[str, int] = {
        "messages in the sink": taken,
        "rows sent": made.ask(f"SELECT count(*) FROM outbox WHERE kind = '{kind}' AND status = 'sent'"),  # noqa: S608
        **{name: made.ask(question) for name, question in _CONSEQUENCES[kind].items()},
    }
    wrong = {name: number for name, number in seen.items() if number != wanted}
    if wrong:
        raise BenchError(f"{wanted} mails were to be delivered, but: {wrong}; the outbox: {made.states()}")
