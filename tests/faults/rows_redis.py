"""Rows 19 to 23: a queue server that dies, forgets, hangs or is full, and jobs that come too often."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis
from sqlalchemy import select

from feedbackloop.checkins import jobs
from feedbackloop.core import db as transactions
from feedbackloop.core import moments, queue
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.staff import keyring
from tests.faults.knocking import Answer, Visitor, knock, share
from tests.faults.matrix import row
from tests.faults.site import DELIVER, Site, address

_FIRST_VISITOR = 500_000


@contextmanager
def bringing(site: Site) -> Iterator[Visitor]:
    """Meanwhile another system brings resolved complaints through the API: each is a check-in that is due at once."""
    with site.app.app_context(), transactions.transaction():
        token = keyring.create("faults", ["intake"])

    def bring(number: int) -> Answer:
        number += _FIRST_VISITOR
        record = site.complaint(number)
        body = {
            "source": "faults",
            "external_id": f"F-{number}",
            "subject": record.subject,
            "opened_at": moments.show(record.opened_at),  # type: ignore[arg-type]
            "resolved_at": moments.show(record.resolved_at),  # type: ignore[arg-type]
            "customer": {"name": f"Zoë {number}", "email": address(number), "locale": "nl"},
        }
        answer = knock(
            site.port,
            "POST",
            "/api/v1/complaints",
            json.dumps(body),
            Authorization=f"Bearer {token}",
            Content_Type="application/json",
        )
        if 200 <= answer.status < 300:
            site.addresses.append(address(number))
        else:
            site.not_mailed.add(address(number))
        return answer

    with Visitor(bring) as visitor:
        yield visitor


def judge(site: Site, visitor: Visitor, most_s: float) -> None:
    """The web part answered everything, in time."""
    answers = [answer for _, answer in visitor.answers]
    others = {answer.status for answer in answers} - {200, 201}
    slow = share(answers, 95)
    site.notes.append(f"{len(answers)} requests, 95 % within {slow:.2f} s")
    site.expect(bool(answers), "nobody asked the web part anything")
    site.expect(not others, f"the web part answered {sorted(others)}")
    site.within(slow, most_s, "95 % of the answers within")


@row(
    19,
    "kill -9 of the queue server, away for 60 s, back empty; complaints come in meanwhile",
    "doubled 0; the web part answers 2xx throughout, 95 % within 1 s; settled within 60 s of its return",
)
def queue_server_killed(site: Site) -> None:
    site.mail.set(rate=200)
    site.start_web()
    site.run()
    with bringing(site) as visitor:
        site.accepted(site.third)
        site.redis.kill()
        site.pause(site.span(60))
        site.redis.start()
        site.healed()
        site.pause(site.span(5))
    site.settle(60)
    judge(site, visitor, 1.0)
    site.expect(all(worker.is_alive() for worker in site.workers), "a worker was not started again")


@row(20, "FLUSHALL every 5 s for 1 min", "doubled 0")
def flushed(site: Site) -> None:
    seconds = site.span(60)
    site.mail.set(rate=site.size / seconds)
    site.run()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        site.pause(5)
        site.redis.client.flushall()
    site.heal()
    site.settle()


@row(
    21,
    "kill -STOP of the queue server for 30 s; then no memory for it (maxmemory 1mb, noeviction) for 30 s",
    "the web part is unaffected: no 5xx, 95 % within 1.5 s (it waits at most 1 s to queue a job)",
)
def queue_server_hangs(site: Site) -> None:
    site.mail.set(rate=200)
    site.start_web()
    site.run()
    with bringing(site) as visitor:
        site.accepted(site.third)
        site.redis.hold(True)
        site.pause(site.span(30))
        site.redis.hold(False)
        site.redis.client.config_set("maxmemory", "1mb")
        site.pause(site.span(30))
        site.redis.client.config_set("maxmemory", "0")
        site.healed()
    site.settle()
    judge(site, visitor, 1.5)


@row(22, "each id queued 5 times, and two workers that get the same job", "doubled 0", sqlite=True)
def queued_often(site: Site) -> None:
    site.mail.set(rate=300)
    site.start()
    site.seed()
    with site.app.app_context():
        ids = list(db.session.scalars(select(Outbox.id)))
        db.session.rollback()
        for _ in range(5):
            for start in range(0, len(ids), 100):
                queue.push("mail", DELIVER, ids[start : start + 100])
    site.settle()
    site.wait(lambda: _waiting(site.redis.client) == 0, "jobs are left in the queue")
    site.settle()


def _waiting(client: Redis) -> int:
    return int(client.llen("rq:queue:mail"))


@row(
    23,
    "two clocks and 10 rounds of the periodic jobs by hand, while the same complaints are brought by 3 sources at once",
    "each check-in planned once; doubled 0",
    sqlite=True,
)
def two_clocks(site: Site) -> None:
    site.mail.set(rate=200)
    site.start(schedulers=2)
    site.seed(site.size // 2)
    rest = range(site.size // 2, site.size)
    site.addresses += [address(number) for number in rest]
    problems: list[str] = []
    for start in range(rest.start, rest.stop, max(1, len(rest) // 10)):
        part = range(start, min(rest.stop, start + max(1, len(rest) // 10)))
        together(
            [
                *[lambda part=part: site.plan([site.complaint(number) for number in part])] * 3,
                lambda: _by_hand(site),
            ],
            problems,
        )
    site.expect(not problems, f"planning failed: {problems[:2]}")
    site.healed()
    site.settle()
    planned = site.query(
        "SELECT count(*) AS rows_, count(DISTINCT subject_id) AS subjects FROM outbox WHERE kind = 'check_in'"
    )[0]
    site.expect(planned == {"rows_": site.size, "subjects": site.size}, f"planned: {planned}")
    check_ins = site.query("SELECT count(*) AS number FROM check_ins")[0]["number"]
    site.expect(check_ins == site.size, f"{check_ins} check-ins")


def _by_hand(site: Site) -> None:
    site.wake(2)
    with site.app.app_context():
        jobs.expire()


def together(calls: list[Callable[[], object]], problems: list[str]) -> None:
    """Makes the calls at the same time, each in a thread of its own, and waits for all."""

    def attempt(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as problem:
            problems.append(f"{type(problem).__name__}: {problem}"[:200])

    threads = [threading.Thread(target=attempt, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
