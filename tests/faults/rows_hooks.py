"""Rows 32 and 33: what relays report, many times over and in the wrong order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from feedbackloop.complaints import service as complaints
from feedbackloop.core import db as transactions
from tests.faults.knocking import Answer, at_once, knock
from tests.faults.matrix import row
from tests.faults.site import Site, address

_SECRET = "faults:een-lang-geheim-woord"
_COPIES = 5
_AT_ONCE = 64


def report(site: Site, event: dict[str, Any]) -> Answer:
    """One call of the relay's webhook."""
    return knock(
        site.port,
        "POST",
        "/hooks/mail/postmark",
        json.dumps(event),
        Authorization=f"Bearer {_SECRET}",
        Content_Type="application/json",
    )


def bounce(recipient: str, mail: str, number: int) -> dict[str, Any]:
    """The relay says that the mailbox does not exist."""
    return {
        "RecordType": "Bounce",
        "ID": number,
        "Type": "HardBounce",
        "Email": recipient,
        "Details": "smtp;550 5.1.1 no such mailbox",
        "Metadata": {"mail": mail},
    }


def delivery(recipient: str, mail: str) -> dict[str, Any]:
    """The relay says that it handed the mail over."""
    return {"RecordType": "Delivery", "Recipient": recipient, "Metadata": {"mail": mail}, "DeliveredAt": "2026-11-03"}


def opt_out(recipient: str) -> dict[str, Any]:
    """The relay says that the person wants no more mail."""
    return {
        "RecordType": "SubscriptionChange",
        "SuppressSending": True,
        "SuppressionReason": "ManualSuppression",
        "Recipient": recipient,
        "Metadata": {},
    }


def _count(site: Site, sql: str) -> int:
    return int(site.query(f"SELECT count(*) AS number FROM {sql}")[0]["number"])  # noqa: S608


def _listen(site: Site) -> None:
    site.start_web()
    # Looks again at what came before the mail that it is about was written down.
    site.fleet.add("worker", "--queue", "work")


@row(
    32,
    "the bounce of every mail reported 5 times, 64 calls at once",
    "one effect each; all answered 2xx",
    FEEDBACKLOOP_MAIL_HOOK_POSTMARK=_SECRET,
)
def reported_often(site: Site) -> None:
    _listen(site)
    site.run()
    site.settle()
    events = [
        bounce(event["rcpt_to"][0], event["message_id"], number)
        for number, event in enumerate(site.mail.log.of_kind("accepted"))
    ]
    answers = at_once([partial(report, site, event) for event in events for _ in range(_COPIES)], _AT_ONCE)
    statuses = Counter(answer.status for answer in answers)
    site.expect(set(statuses) <= set(range(200, 300)), f"answered {dict(statuses)}")
    site.settle()
    figures = {
        "bounced mails": _count(site, "outbox WHERE kind = 'check_in' AND status = 'bounced'"),
        "bounced check-ins": _count(site, "check_ins WHERE status = 'bounced'"),
        "lines of history": _count(site, "history WHERE subject = 'mail' AND what = 'came_back'"),
        "suppressed addresses": _count(site, "suppressions"),
    }
    wrong = {name: number for name, number in figures.items() if number != site.size}
    site.expect(not wrong, f"of {site.size}: {wrong}")


@row(
    33,
    "bounces reported before the sender has written the mail down, then their delivery; people who opt out before the "
    "sending; complaints resolved, reopened and resolved again, and some only reopened",
    "the higher rank holds: bounced; no mail after an opt-out or a reopening; one mail of the last round",
    FEEDBACKLOOP_MAIL_HOOK_POSTMARK=_SECRET,
)
def out_of_order(site: Site) -> None:
    share = site.size // 10
    left, reopened, again = (range(part * share, (part + 1) * share) for part in range(3))
    site.not_mailed.update(address(number) for number in (*left, *reopened))
    site.seed()
    _listen(site)
    answers = at_once([partial(report, site, opt_out(address(number))) for number in left], 8)
    _reopen(site, [*reopened, *again], resolve=again)
    early = [address(number) for number in range(3 * share, 4 * share)]
    uuids = {mail["email"]: mail["uuid"] for mail in site.mails_to(early)}
    site.mail.set(rate=100)
    site.mail.at(site.third)
    site.start(idle=False)
    heard: set[str] = set()
    while len(heard) < len(early):
        site.wait(lambda: bool(_new(site, uuids, heard)), "no mail is taken whose bounce is to be reported")
        new = _new(site, uuids, heard)
        heard.update(new)
        answers += at_once([partial(report, site, bounce(one, uuids[one], early.index(one))) for one in new], 8)
    answers += at_once([partial(report, site, delivery(one, uuids[one])) for one in early], 8)
    site.expect({answer.status for answer in answers} == {200}, "a report was not answered 200")
    site.healed()
    site.settle()
    site.wait(lambda: _count(site, "received WHERE verdict = 'waiting'") == 0, "a report waits for its mail")
    states = Counter(mail["status"] for mail in site.mails_to(early))
    site.expect(set(states) == {"bounced"}, f"what bounced stands as {dict(states)}")
    rounds = Counter(mail["cycle"] for mail in site.mails_to([address(n) for n in again]) if mail["status"] == "sent")
    site.expect(set(rounds) == {2} and rounds[2] == share, f"mails by round after resolving again: {dict(rounds)}")


def _new(site: Site, uuids: dict[str, str], heard: set[str]) -> list[str]:
    taken = {event["rcpt_to"][0] for event in site.mail.log.of_kind("accepted")}
    return sorted((taken & set(uuids)) - heard)


def _reopen(site: Site, numbers: Sequence[int], resolve: Sequence[int]) -> None:
    keys = {found["external_id"]: found["id"] for found in site.query("SELECT id, external_id FROM complaints")}
    with site.app.app_context(), transactions.transaction():
        complaints.reopen([keys[f"F-{number}"] for number in numbers], "staff:1", by="staff")
    for number in resolve:
        with site.app.app_context(), transactions.transaction():
            complaints.resolve(keys[f"F-{number}"], "staff:1", resolution="Wij brachten de broodjes alsnog.")
