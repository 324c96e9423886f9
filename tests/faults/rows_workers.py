"""Rows 1 to 6: workers and senders that are killed, or asked to end, in the middle of the work."""

from __future__ import annotations

import signal
import time

from tests.faults.fleet import Command
from tests.faults.matrix import row
from tests.faults.site import CONNECTIONS, Site
from tests.support.processes import sockets_to

# What is to be over in time counts from the lease that a dead sender leaves behind.
_SETTLED_AFTER_LEASE_S = 60.0
_LEASE_S = 60.0
_STOPS_WITHIN_S = 15.0
_RATE = 200.0


def begin(site: Site, **fault: float | str) -> None:
    """The base run: everything is due, the workers send, and the fault of the server comes at 300 of 1,000."""
    site.mail.set(rate=_RATE)
    site.mail.at(site.third, **fault)
    site.run()
    site.accepted(site.third)


def busiest(site: Site) -> Command:
    """A worker that holds mails: the one whose sender has most connections to the mail server is as good as any."""
    return max(site.workers, key=lambda worker: _connections(worker, site.mail.port))


def _connections(worker: Command, port: int) -> int:
    return sum(sockets_to(pid, port) for pid in worker.senders())


def _within(site: Site) -> float:
    return site.scaled(_LEASE_S) + _SETTLED_AFTER_LEASE_S


def _nothing_held(site: Site) -> None:
    held = site.standing().get("claimed", 0)
    site.expect(held == 0, f"{held} rows left in sending")


@row(
    1,
    "kill -9 of one worker, the parent only, while each message waits 1 s for its reply",
    "doubled 0; settled within a lease + 60 s",
    sqlite=True,
)
def parent_killed(site: Site) -> None:
    begin(site, dot_delay=1.0)
    busiest(site).signal(signal.SIGKILL)
    site.heal()
    site.settle(_within(site))


@row(
    2,
    "kill -9 of one worker, parent and senders, while each message waits 1 s for its reply",
    "doubled at most 1 for each connection of a killed sender; settled within a lease + 60 s",
    sqlite=True,
)
def worker_killed(site: Site) -> None:
    begin(site, dot_delay=1.0)
    struck = busiest(site)
    site.bound = len(struck.senders()) * CONNECTIONS
    struck.kill()
    site.heal()
    site.settle(_within(site))


@row(
    3,
    "kill -9 of one sending process every 5 s for 1 min",
    "doubled at most kills x connections; no row left in sending",
    sqlite=True,
)
def senders_killed(site: Site) -> None:
    seconds = site.span(60)
    site.mail.set(rate=site.size / seconds)
    site.run()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        site.pause(5)
        struck = busiest(site)
        senders = struck.senders()
        if senders:
            struck.signal(signal.SIGKILL, {max(senders, key=lambda pid: _held(pid, site))})
            site.bound += CONNECTIONS
    site.heal()
    site.settle()
    _nothing_held(site)


def _held(pid: int, site: Site) -> int:
    return sockets_to(pid, site.mail.port)


@row(
    4,
    "kill -9 of all four workers with their senders, started again after 30 s",
    "doubled at most 1 for each open connection",
    sqlite=True,
)
def all_killed(site: Site) -> None:
    begin(site, dot_delay=1.0)
    for worker in site.workers:
        worker.kept = False
        site.bound += len(worker.senders()) * CONNECTIONS
    for worker in site.workers:
        worker.kill()
    site.mail.set()
    site.pause(site.span(30))
    for worker in site.workers:
        worker.kept = True
        worker.start()
    site.healed()
    site.settle()
    _nothing_held(site)


@row(
    5,
    "SIGTERM to a worker in the middle of a batch",
    f"doubled 0; it ends within {_STOPS_WITHIN_S:.0f} s; no row left in sending",
    sqlite=True,
)
def asked_to_end(site: Site) -> None:
    begin(site, dot_delay=1.0)
    asked = busiest(site)
    asked.kept = False
    asked.signal(signal.SIGTERM)
    took = asked.wait_end(_STOPS_WITHIN_S + 30)
    site.expect(took is not None and took <= _STOPS_WITHIN_S, f"it took {took} s to end")
    if took is not None:
        site.notes.append(f"ended after {took:.1f} s")
    site.heal()
    site.settle()
    _nothing_held(site)


@row(
    6,
    "SIGTERM to a worker and its senders at once",
    "doubled at most 1 for each open connection",
    sqlite=True,
)
def group_asked_to_end(site: Site) -> None:
    begin(site, dot_delay=1.0)
    asked = busiest(site)
    asked.kept = False
    site.bound = len(asked.senders()) * CONNECTIONS
    asked.signal(signal.SIGTERM, asked.family())
    took = asked.wait_end(_STOPS_WITHIN_S + 30)
    site.expect(took is not None, "it did not end")
    site.heal()
    site.settle()
    _nothing_held(site)
