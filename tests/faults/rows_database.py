"""Rows 24 to 28: a database that dies, is started anew, stands still or has no room, and a clock that is wrong."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.faults.knocking import BROKEN, Answer, Visitor, knock
from tests.faults.matrix import row
from tests.faults.rows_redis import bringing
from tests.faults.rows_workers import begin
from tests.faults.servers import OwnPostgres, wait_for
from tests.faults.site import Site, ready
from tests.support.source import ROOT

_ROUNDS = 10
_SKEWS = (timedelta(hours=2), timedelta(hours=-2), timedelta(days=400))
_SKEWED = Path(__file__).parent / "skewed"


def visiting(site: Site, timeout: float = 60) -> Visitor:
    """Meanwhile a person opens the page behind a check-in."""
    path = f"/check-in/{site.link('check-in', 1)}"
    return Visitor(lambda _number: knock(site.port, "GET", path, timeout=timeout))


def judge_pages(site: Site, visitor: Visitor, most_s: float, others: frozenset[int] = frozenset()) -> None:
    """A page or a calm 503, in time, never a trace; and the page again at the end, by the same process."""
    answers = [answer for _, answer in visitor.answers]
    found = {answer.status for answer in answers}
    site.expect(found <= {200, 503} | others, f"the web part answered {sorted(found)}")
    site.expect(not any("Traceback" in answer.text for answer in answers), "a page shows a trace")
    slowest = max((answer.seconds for answer in answers), default=0.0)
    site.expect(slowest <= most_s, f"an answer after {slowest:.1f} s, {most_s:g} allowed")
    site.notes.append(f"{sum(answer.status == 503 for answer in answers)} of {len(answers)} answers were 503")
    site.expect(all(web.is_alive() and web.starts == 1 for web in site.fleet.named("web")), "the web part died")
    site.expect(ready(site.port), "the web part did not recover")


def cluster(site: Site) -> OwnPostgres:
    assert site.cluster is not None
    return site.cluster


@row(
    24,
    "the database killed (stop -m immediate) between 250 and commit, back after 5 s; on SQLite kill -9 of all workers",
    "doubled at most what was on its way",
    sqlite=True,
    cluster=True,
)
def database_killed(site: Site) -> None:
    begin(site, dot_delay=1.0)
    site.bound = site.open
    if site.cluster is None:
        for worker in site.workers:
            worker.kill()
    else:
        site.cluster.stop("immediate")
        site.pause(5)
        site.cluster.start()
    site.heal()
    site.settle()


@row(
    25,
    "the database restarted (-m fast) under load, then 10 times all its connections ended; on SQLite the file locked "
    "by another program 10 times for 2 s, once for 20 s",
    "doubled at most 4 each time; a page or 503, never a trace; recovers without a restart",
    sqlite=True,
    cluster=True,
)
def database_restarted(site: Site) -> None:
    site.mail.set(rate=site.size / 25)
    site.start_web()
    site.run()
    with visiting(site) as visitor:
        site.accepted(site.size // 10)
        if site.cluster is None:
            for seconds in [2.0] * _ROUNDS + [20.0]:
                _lock_file(site, seconds)
                site.pause(0.5)
        else:
            site.cluster.stop("fast")
            site.cluster.start()
            for _ in range(_ROUNDS):
                site.pause(2)
                site.cluster.cut_connections()
        site.bound = site.crew * (_ROUNDS + 1)
        site.heal()
        site.settle()
        site.pause(2)
    judge_pages(site, visitor, 30)


def _lock_file(site: Site, seconds: float) -> None:
    with closing(sqlite3.connect(site.database_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        deadline = time.monotonic() + 30
        while True:
            try:
                other.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
        time.sleep(seconds)
        other.execute("ROLLBACK")


@row(
    26,
    "kill -STOP of the database for 30 s",
    "the web part answers 503 within 10 s; all recovers; doubled at most 1 for each open connection",
    cluster=True,
)
def database_hangs(site: Site) -> None:
    site.bound = site.open
    site.mail.set(rate=100)
    site.start_web()
    site.run()
    with visiting(site) as visitor:
        site.accepted(site.third)
        cluster(site).hold(True)
        until = time.monotonic() + site.span(30)
        while time.monotonic() < until:
            site.fleet.tend()
            time.sleep(0.1)
        cluster(site).hold(False)
        site.heal()
        site.settle()
        site.pause(3)
    judge_pages(site, visitor, 10)


@row(
    27,
    "no room on the disk of database, journal and logs for 15 s",
    "nothing is sent that cannot be recorded; the web part answers 503 or 507; nothing is corrupt; goes on when freed",
    sqlite=True,
    cluster=True,
    small_disk=True,
)
def disk_full(site: Site) -> None:
    site.bound = site.open
    site.mail.set(rate=100)
    site.start_web()
    site.run()
    filler = site.ground.disk / "filler"
    with bringing(site) as visitor:
        site.accepted(site.third)
        _fill(filler)
        until = time.monotonic() + 5
        while time.monotonic() < until:
            _fill(filler)  # what was given back meanwhile
            time.sleep(0.2)
        stuck = site.mail.log.accepted
        until = time.monotonic() + site.span(10)
        while time.monotonic() < until:
            _fill(filler)
            time.sleep(0.2)
        more = site.mail.log.accepted - stuck
        filler.unlink()
        if site.cluster is not None and not site.cluster.is_running():
            site.notes.append("PostgreSQL ended itself and was started again")
            site.cluster.start()
        site.heal()
        site.pause(site.span(10))
    site.settle()
    found = {answer.status for _, answer in visitor.answers}
    site.expect(found <= {200, 201, 503, 507}, f"the web part answered {sorted(found)}")
    site.expect(more <= site.open, f"{more} mails went out while nothing could be recorded")
    if site.cluster is None:
        said = site.query("PRAGMA integrity_check")[0]["integrity_check"]
        site.expect(said == "ok", f"integrity_check says {said}")
    else:
        for table in ("outbox", "check_ins", "complaints", "history"):
            site.query(f"SELECT count(*), max(id) FROM {table}")  # noqa: S608


def _fill(filler: Path) -> None:
    """Takes all the room that is left, by the byte."""
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        for piece in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(b"\0" * piece) == piece:
                    pass


def skewed(by: timedelta) -> dict[str, str]:
    """The environment of a process whose time of day is wrong by so much."""
    path = os.pathsep.join([str(_SKEWED), os.environ.get("PYTHONPATH", str(ROOT))])
    return {"PYTHONPATH": path, "FAULTS_SKEW": str(by.total_seconds())}


@row(
    28,
    "three of four workers with a wrong time of day: 2 h ahead, 2 h late, 400 days ahead; the web part 2 h off",
    "doubled 0; nothing expired; a link is taken at most 2 h too early or too late",
)
def wrong_clocks(site: Site) -> None:
    site.mail.set(rate=200)
    for skew in _SKEWS:
        site.add_worker(**skewed(skew))
    site.start(workers=1)
    site.seed()
    site.wake(4)
    site.settle()
    standing = site.standing()
    site.expect(set(standing) == {"sent"}, f"the mails stand as {standing}")
    latest = _moment(site.query("SELECT max(sent_at) AS at FROM check_ins")[0]["at"])
    earliest = _moment(site.query("SELECT min(sent_at) AS at FROM check_ins")[0]["at"])
    now, most = datetime.now(UTC), timedelta(hours=2, minutes=5)
    site.expect(latest <= now + most, f"a link counts its life from {latest - now} ahead")
    site.expect(earliest >= now - most, f"a link counts its life from {now - earliest} ago")
    _links(site)


def _links(site: Site) -> None:
    """One that ended 3 h ago is refused by a web part that is 2 h late, one that ends in 3 h taken by one ahead."""
    life = timedelta(days=90) / site.scale
    for hours, ends_in, status in ((-2, timedelta(hours=-3), 410), (2, timedelta(hours=3), 200)):
        sent_at = datetime.now(UTC) + ends_in - life
        site.change("UPDATE check_ins SET sent_at = :at WHERE id = 1", at=sent_at)
        web = site.start_web(**skewed(timedelta(hours=hours)))
        answer: Answer = knock(site.port, "GET", f"/check-in/{site.link('check-in', 1)}")
        site.expect(answer.status == status, f"a link that ends in {ends_in} is answered {answer.status} at {hours} h")
        web.kept = False
        web.kill()
        wait_for(lambda: knock(site.port, "GET", "/healthz").status == BROKEN, "the web part goes on")


def _moment(value: object) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)
