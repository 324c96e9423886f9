"""Rows 7 to 11, 17 and 18: a mail server that refuses, for now or for good, everything or some."""

from __future__ import annotations

import itertools
import time
from collections import Counter, defaultdict
from typing import Any

from feedbackloop.core import clock
from feedbackloop.mailing import optouts
from tests.faults.matrix import row
from tests.faults.site import Site, address

_RATE = 200.0
_MINUTE_S = 60.0
_WAITS_MIN = (1, 5, 15, 30)
_SPREAD = 0.2
_LATE_S = 5.0


def refusals(site: Site, code: int | None = None) -> dict[str, list[float]]:
    """When each address was refused."""
    found: dict[str, list[float]] = defaultdict(list)
    for event in site.mail.log.of_kind("refused"):
        if code in (None, event["code"]):
            for one in event["rcpt_to"]:
                found[one].append(event["ts"])
    return found


def tries(site: Site) -> Counter[str]:
    """How often a server decided about each address."""
    events = [*site.mail.log.of_kind("refused"), *site.mail.log.of_kind("accepted")]
    return Counter(one for event in events for one in event["rcpt_to"])


def not_suppressed(site: Site, addresses: list[str]) -> int:
    """How many of these addresses may be mailed."""
    with site.app.app_context():
        return len(addresses) - len(optouts.is_suppressed(addresses, "check_in", clock.now()))


def picked(site: Site, count: int) -> list[str]:
    """So many of the addresses, spread over the run."""
    step = site.size // count
    return [address(number) for number in range(0, step * count, step)]


@row(
    7,
    "30 % of the recipients refused with 451, then 421 (from 300 accepted), 450, and 452 (from 700)",
    "doubled 0; at most 5 tries each; after a 421 nobody sends for 4 of the 5 minutes of the pause",
    scale=30,
)
def put_off(site: Site) -> None:
    site.mail.set(rate=_RATE, tempfail=30, code=451)
    site.mail.at(site.third, rate=_RATE, tempfail=30, code=421)
    site.run()
    site.wait(lambda: bool(refusals(site, 421)), "no 421 was said")
    first = next(event["ts"] for event in site.mail.log.of_kind("refused") if event["code"] == 421)
    site.pause(max(0.0, first + site.scaled(5 * _MINUTE_S) - time.time()))
    site.mail.set(rate=_RATE, tempfail=30, code=450)
    site.mail.at(site.size * 7 // 10, rate=_RATE, tempfail=30, code=452)
    site.mail.at(site.size * 9 // 10)
    quiet_from = first + 1.0  # what was on its way when it was said
    heard = [
        event
        for event in site.mail.log.events
        if quiet_from < event["ts"] < first + site.scaled(4 * _MINUTE_S) and event["kind"] == "accepted"
    ]
    site.expect(not heard, f"{len(heard)} mails accepted within the pause after a 421")
    site.accepted(site.size * 9 // 10)
    site.healed()
    site.settle()
    most = max(tries(site).values())
    site.notes.append(f"at most {most} tries")
    site.expect(most <= 5, f"a mail was tried {most} times")


@row(
    8,
    "greylisting: the first try of each pair refused with 450, and all others within a minute of it",
    "doubled 0; all accepted at the second or third try",
    scale=30,
)
def greylisted(site: Site) -> None:
    site.mail.set(greylist=site.scaled(_MINUTE_S))
    site.run()
    site.settle()
    counted = Counter(tries(site).values())
    site.notes.append(", ".join(f"{number} at try {count}" for count, number in sorted(counted.items())))
    site.expect(set(counted) <= {2, 3}, f"tries: {dict(counted)}")


@row(
    9,
    "50 addresses do not exist (550 5.1.1)",
    "those: 1 try, suppressed, visible as bounced; the others unaffected",
)
def refused_for_good(site: Site) -> None:
    bad = picked(site, 50)
    site.not_mailed.update(bad)
    site.mail.set(reject=tuple(bad))
    site.run()
    site.settle()
    counted = Counter(tries(site)[one] for one in bad)
    site.expect(set(counted) == {1}, f"tries of what does not exist: {dict(counted)}")
    free = not_suppressed(site, bad)
    site.expect(free == 0, f"{free} of 50 are not on the list")
    site.expect(not_suppressed(site, [address(1)]) == 1, "another address is on the list")
    states = Counter((mail["status"], mail["reason"]) for mail in site.mails_to(bad))
    site.expect(set(states) == {("bounced", "no_such_address")}, f"they stand as {dict(states)}")
    shown = site.query("SELECT count(*) AS number FROM check_ins WHERE status = 'bounced'")[0]["number"]
    site.expect(shown == 50, f"{shown} check-ins say that they bounced")


@row(
    10,
    "10 addresses always refused for now; the moment they are given up at is brought near",
    "the others within 60 s; the 10 at 1, 5, 15, 30 min and hourly, then expired",
    scale=30,
)
def always_put_off(site: Site) -> None:
    slow = picked(site, 10)
    site.not_mailed.update(slow)
    site.mail.set(defer=tuple(slow))
    site.run()
    began = time.time()
    site.wait(lambda: site.mail.log.accepted >= site.size - 10, "the others wait")
    late = max(event["ts"] for event in site.mail.log.of_kind("accepted")) - began
    site.within(late, 60, "the last of the others after")
    site.wait(lambda: min((len(times) for times in refusals(site).values()), default=0) >= 4, "fewer than four tries")
    keys = [mail["id"] for mail in site.mails_to(slow)]
    now = "now()" if site.ground.database == "postgresql" else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    for key in keys:
        site.change(f"UPDATE outbox SET expires_at = {now}, due_at = {now} WHERE id = :key", key=key)  # noqa: S608
    site.settle()
    for one, times in refusals(site).items():
        gaps = [after - before for before, after in itertools.pairwise(times)]
        for minutes, gap in zip(_WAITS_MIN, gaps, strict=False):
            least, most = (site.scaled(minutes * _MINUTE_S * (1 + way * _SPREAD)) for way in (-1, 1))
            site.expect(least - 0.1 <= gap <= most + _LATE_S, f"{one} again after {gap:.1f} s, {minutes} min scaled")
    states = Counter(mail["status"] for mail in site.mails_to(slow))
    site.expect(set(states) == {"expired"}, f"the ten stand as {dict(states)}")


@row(11, "the content of 5 mails refused for good (554)", "1 try each, parked, the address not suppressed")
def content_refused(site: Site) -> None:
    bad = picked(site, 5)
    site.not_mailed.update(bad)
    site.mail.set(data_reject=tuple(bad))
    site.run()
    site.settle()
    counted = Counter(tries(site)[one] for one in bad)
    site.expect(set(counted) == {1}, f"tries of refused content: {dict(counted)}")
    states = Counter((mail["status"], mail["reason"]) for mail in site.mails_to(bad))
    site.expect(set(states) == {("parked", "content_refused")}, f"they stand as {dict(states)}")
    site.expect(not_suppressed(site, bad) == 5, "an address was suppressed for its content")


@row(
    17,
    "one message a connection, two connections at once, replies of several lines",
    "doubled 0",
    scale=30,
)
def narrow_server(site: Site) -> None:
    site.mail.set(per_connection=1, connections=2, multiline=True)
    site.run()
    site.settle()
    refused = Counter(event["stage"] for event in site.mail.log.of_kind("refused"))
    site.notes.append(f"421 at {', '.join(f'{stage} {number} times' for stage, number in sorted(refused.items()))}")


@row(
    18,
    "signing in fails for now (454), then the password is wrong (535), each for a while; then it is right again",
    "sending stops within 10 s, the log says so, no try counted; it goes on by itself when repaired",
    scale=30,
    MAIL_USERNAME="loop",
    MAIL_PASSWORD="goed",
)
def sign_in_refused(site: Site) -> None:
    right = {"auth": "loop:goed", "rate": _RATE}
    site.mail.set(**right)
    site.run()
    for wrong, until in ({"auth": "tempfail"}, site.third), ({"auth": "loop:anders"}, site.size * 6 // 10):
        site.accepted(until)
        site.mail.set(**wrong)
        site.mail.cut()
        stopped = time.time()
        site.pause(10)
        site.pause(site.span(10))
        knocks = [event for event in _sign_ins(site) if event["ts"] > stopped + 10]
        most = site.open + site.span(10)
        site.expect(len(knocks) <= most, f"{len(knocks)} sign-ins in the second ten seconds ({wrong['auth']})")
        site.mail.set(**right)
        site.healed()
    site.expect(any("sign_in" in worker.said for worker in site.workers), "no log says that the sign-in is refused")
    site.settle()
    counted = site.query("SELECT max(attempts) AS most FROM outbox WHERE kind = 'check_in'")[0]["most"]
    site.expect(counted <= 1 + 2, f"{counted} tries counted")
    again = site.query("SELECT count(*) AS number FROM outbox WHERE kind = 'check_in' AND attempts > 1")[0]["number"]
    site.notes.append(f"{again} mails with more than one try counted")
    site.expect(again <= 2 * site.open, f"{again} mails with a counted try more")


def _sign_ins(site: Site) -> list[dict[str, Any]]:
    return [event for event in site.mail.log.of_kind("refused") if event["stage"] == "auth"]
