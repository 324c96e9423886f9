"""Rows 12 to 16: the reply to a whole message comes too late, never, or is the last thing the server says."""

from __future__ import annotations

import time

from tests.faults.matrix import row
from tests.faults.rows_workers import begin
from tests.faults.site import Site
from tests.support.badlog import moments

_AGAIN_AFTER_S = 15 * 60.0
_COMMAND_S = 30.0
_DOT_S = 120.0
_FREED_WITHIN_S = 5.0


def marked_unclear(site: Site) -> int:
    """How many mails were handed over at least once without a reply."""
    return int(site.query("SELECT count(*) AS number FROM outbox WHERE kind = 'check_in' AND unclear > 0")[0]["number"])


@row(12, "every connection is closed right after the 250", "doubled 0", sqlite=True)
def closed_after_reply(site: Site) -> None:
    site.mail.set(drop="after-reply")
    site.run()
    site.settle()


@row(
    13,
    "20 messages taken, the connection closed before their 250",
    "doubled at most 20: one copy more of each, with the same Message-ID, 15 min later or more",
    sqlite=True,
    scale=45,
)
def closed_before_reply(site: Site) -> None:
    site.bound = 20
    begin(site, drop="before-reply", drop_first=20)
    site.healed()
    site.settle()
    found = site.tally()
    addresses = [address for address, _ in found.copies]
    site.expect(max(found.copies.values(), default=0) <= 1, "somebody got a third copy")
    site.expect(len(set(addresses)) == len(addresses), "somebody got copies of two Message-IDs")
    for key in found.copies:
        first, second = moments(site.mail.log.events, key)[:2]
        least = site.scaled(_AGAIN_AFTER_S)
        site.expect(second - first >= least - 0.05, f"a copy after {second - first:.1f} s, {least:.1f} at the least")
    ids: dict[str, set[str]] = {}
    for event in site.mail.log.of_kind("accepted"):
        ids.setdefault(event["rcpt_to"][0], set()).add(event["message_id"])
    site.expect(all(len(one) == 1 for one in ids.values()), "a copy has another Message-ID")


@row(
    14,
    "20 messages read whole and thrown away without a word, then 20 cut off in the middle",
    "doubled 0",
    sqlite=True,
    scale=30,
)
def thrown_away(site: Site) -> None:
    begin(site, drop="discard", drop_first=20, rate=200)
    site.wait(lambda: len(site.mail.log.of_kind("dropped")) >= 20, "fewer than 20 thrown away")
    site.mail.set(drop="mid-data", drop_first=20)
    site.wait(lambda: len(site.mail.log.of_kind("dropped")) >= 40, "fewer than 20 cut off")
    site.heal()
    site.settle()


@row(
    15,
    "silence after RCPT, 8 times; then after the whole message, 8 times",
    "the connection is given up within its time-out + 5 s; doubled 0; the second 8 are marked as unclear",
    sqlite=True,
    scale=30,
)
def silence(site: Site) -> None:
    begin(site, hang="rcpt", hang_first=8, rate=200)
    site.wait(lambda: _given_up(site, "rcpt") >= 8, "silence at RCPT was not given up 8 times")
    site.mail.set(hang="dot", hang_first=8, rate=200)
    site.wait(lambda: _given_up(site, "dot") >= 8, "silence at the dot was not given up 8 times")
    site.heal()
    for stage, patience in (("rcpt", _COMMAND_S), ("dot", _DOT_S)):
        held = [event["after"] for event in site.mail.log.of_kind("closed") if event["stage"] == stage]
        most = site.scaled(patience) + _FREED_WITHIN_S
        site.expect(max(held) <= most, f"{stage}: held for {max(held):.1f} s, {most:.1f} at most")
        site.notes.append(f"{stage}: given up after {max(held):.1f} s")
    site.settle()
    unclear = marked_unclear(site)
    site.expect(unclear >= 8, f"{unclear} mails are marked as unclear")


def _given_up(site: Site, stage: str) -> int:
    return sum(event["stage"] == stage for event in site.mail.log.of_kind("closed"))


@row(
    16,
    "the reply to 4 messages comes 20 s after the time-out; they are taken",
    "doubled at most 4, and those are marked as unclear",
    sqlite=True,
    scale=30,
)
def late_reply(site: Site) -> None:
    site.bound = 4
    begin(site, dot_delay=site.scaled(_DOT_S + 20), dot_delay_first=4)
    began = time.monotonic()
    site.wait(
        lambda: sum(event["reply_lost"] for event in site.mail.log.of_kind("accepted")) >= 4,
        "fewer than 4 replies came too late",
    )
    site.notes.append(f"all late after {time.monotonic() - began:.1f} s")
    site.heal()
    site.settle()
    copied = {address for address, _ in site.tally().copies}
    unmarked = [mail["email"] for mail in site.mails_to(sorted(copied)) if not mail["unclear"]]
    site.expect(not unmarked, f"{len(unmarked)} doubled mails are not marked as unclear")
