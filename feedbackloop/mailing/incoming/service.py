"""Takes what comes in: each message and event once, with a verdict and a reason that staff can read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.config import settings
from feedbackloop.core import clock, tokens
from feedbackloop.core.errors import NotFound
from feedbackloop.core.keys import address_key
from feedbackloop.mailing.events import MailsEnded
from feedbackloop.mailing.incoming import effects, queries, replies, rules, verp
from feedbackloop.mailing.incoming.classify import Letter, Words
from feedbackloop.mailing.incoming.models import Received
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.people.events import AddressesErased, PeopleErased

log = logging.getLogger(__name__)

# A relay's report names the address and not always the mail: then the newest to that address is meant, if it is recent.
_MAIL_IS_RECENT = timedelta(days=7)
_DELIVERIES_KEPT = timedelta(days=30)
REFUSED_BY_SERVER = "refused"


@dataclass(frozen=True)
class Event:
    """What a relay's webhook says of one mail. `identity` is the relay's own id of the event, `digest` its content.

    `mail_uuids` are ids of ours that it names, `address` whom it was about.
    """

    identity: str
    digest: str
    finding: Finding
    mail_uuids: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True)
class Taken:
    """What became of it. `new` is False for what was taken before; `changed`: the same id came with another content."""

    verdict: str
    reason: str | None
    new: bool = True
    changed: bool = False


@dataclass(frozen=True)
class _Facts:
    """What is needed to look at it again; without an address, a name or a word."""

    status: str | None
    given_up: bool
    informs: bool
    feedback: str | None
    uuids: Sequence[str] = ()
    mail_id: int | None = None
    about: Sequence[str] = field(default=())  # keyed hashes of the addresses that it names
    by_relay: bool = False


def take(letter: Letter, source: str) -> Taken:
    """Takes a message in the open transaction."""
    given = (verp.mail_id(address) for address in letter.return_addresses)
    mail_id = next((one for one in given if one is not None), None)
    customer_id = _opt_out_customer(letter.opt_out_tokens)
    row = queries.add(_new(source, letter.identity, letter.digest, letter.finding.kind))
    if row is None:
        return _known(letter.identity, letter.digest)
    if letter.words is not None:
        return _take_reply(row, letter, letter.words, mail_id)
    row.customer_id = customer_id
    about = tuple(address_key(one) for one in letter.about)
    _decide(row, _facts(letter.finding, letter.mail_uuids, mail_id, about))
    return _taken(row)


def take_event(event: Event, source: str) -> Taken:
    """Takes what a relay says, in the open transaction."""
    identity = f"{source}:{event.identity}"[:160]
    row = queries.add(_new(source, identity, event.digest, event.finding.kind))
    if row is None:
        return _known(identity, event.digest)
    if event.address:
        known = queries.customer_of(event.address)
        row.customer_id = known.id if known else None
        row.address_key = address_key(event.address)
    about = (row.address_key,) if row.address_key else ()
    _decide(row, _facts(event.finding, event.mail_uuids, None, about, by_relay=True))
    return _taken(row)


def note_unreadable(source: str, identity: str, reason: str) -> Taken:
    """Writes down that something came which can't be read; it stays where it came from."""
    row = queries.add({**_new(source, f"mail:{identity}", identity, rules.OTHER), "verdict": rules.UNREADABLE})
    if row is None:
        return _known(f"mail:{identity}", identity)
    row.reason = reason
    return _taken(row)


def look_again(received_id: int) -> bool:
    """Looks at what waits once more; False where it does not wait any more."""
    row = queries.lock_waiting(received_id)
    if row is None or row.facts is None:
        return False
    _decide(row, _Facts(**row.facts))
    return True


def forget_old(most: int) -> int:
    """Forgets word of deliveries that is older than 30 days; how many, at most `most`."""
    return queries.forget_deliveries(clock.now() - _DELIVERIES_KEPT, most)


def mails_ended(event: MailsEnded) -> None:
    """A server that refuses our mail at the door counts as much as one that sends it back."""
    if event.status != "bounced" or event.reason != REFUSED_BY_SERVER:
        return
    for mail in queries.mails(event.mail_ids):
        if mail.shared_with not in (None, mail.id):
            continue  # it went in another one's mail, and that is counted
        identity = f"smtp:{mail.id}"
        row = queries.add({**_new("smtp", identity, identity, rules.BOUNCE), "mail_id": mail.id})
        if row is None:
            continue
        owner = queries.owner(mail)
        row.customer_id, row.complaint_id = owner.customer_id, mail.complaint_id
        row.address_key = address_key(owner.address) if owner.address else None
        row.verdict, row.reason = rules.ENDED, rules.CAME_BACK
        effects.rest_if_too_often(row, owner.address)


def erase(event: PeopleErased) -> None:
    """Takes the words of erased people out of what came in."""
    found = (queries.customer(one) for one in event.ids)
    queries.forget(event.ids, [address_key(one.email) for one in found if one is not None and one.email])


def erase_addresses(event: AddressesErased) -> None:
    """Takes the words out of what came from these addresses, whoever they are."""
    queries.forget((), event.keys)


def _new(source: str, identity: str, digest: str, kind: str) -> dict[str, Any]:
    return {
        "source": source,
        "identity": identity,
        "digest": digest,
        "kind": kind,
        "verdict": rules.NOTHING,
        "received_at": clock.now(),
    }


def _known(identity: str, digest: str) -> Taken:
    row = queries.by_identity(identity)
    changed = row.digest != digest
    if changed:
        log.warning("incoming_changed", extra={"received": row.id, "source": row.source})
    return Taken(row.verdict, row.reason, new=False, changed=changed)


def _taken(row: Received) -> Taken:
    log.info(
        "mail_came_in",
        extra={"received": row.id, "source": row.source, "found": row.kind, "verdict": row.verdict, "why": row.reason},
    )
    return Taken(row.verdict, row.reason)


def _opt_out_customer(given: Sequence[str]) -> int | None:
    """Whose link for opting out a report sends back: it names the person where the id of the mail was taken out."""
    for token in given:
        try:
            person, _dash, _purpose = tokens.read("unsubscribe", token).partition("-")
        except NotFound:
            continue
        if person.isdecimal():
            return int(person)
    return None


def _facts(
    finding: Finding, uuids: Sequence[str], mail_id: int | None, about: Sequence[str], *, by_relay: bool = False
) -> _Facts:
    said = {name: value for name, value in asdict(finding).items() if name != "kind"}
    return _Facts(**said, uuids=list(uuids), mail_id=mail_id, about=list(about), by_relay=by_relay)


def _decide(row: Received, facts: _Facts) -> None:
    """Finds the mail and does what follows; or lets it wait where the mail is unknown or in a sender's hands."""
    now = clock.now()
    if row.kind == rules.AUTOMATIC:
        row.reason, row.mail_id = "automatic", _mail_id(row, facts, now)
        _finish(row)
        return
    mail_id = _mail_id(row, facts, now)
    mail = queries.lock_mail(mail_id) if mail_id is not None else None
    if mail is None and row.kind == rules.OPT_OUT and row.customer_id is not None:
        # Who wants no mail gets none from now on, also where the mail that they mean is yet to be found.
        effects.of_person(row)
        _finish(row)
        return
    if mail is None:
        young = now - row.received_at < settings().scaled(rules.UNKNOWN_FOR)
        if young and (facts.uuids or facts.by_relay):
            _wait(row, facts, "unknown_mail", now)
        elif facts.by_relay:
            effects.of_person(row)
            _finish(row)
        else:
            row.verdict, row.reason = rules.NOTHING, "not_ours"
            _finish(row)
        return
    row.mail_id, row.complaint_id = mail.id, mail.complaint_id
    if mail.status == "claimed" and row.kind != rules.OPT_OUT:
        # Its sender is just writing down what the server said; what comes back is later than that.
        _wait(row, facts, "being_sent", now)
        return
    finding = Finding(row.kind, facts.status, facts.given_up, facts.informs, facts.feedback)
    effects.follow(row, finding, mail, facts.about)
    _finish(row)


def _mail_id(row: Received, facts: _Facts, now: datetime) -> int | None:
    if facts.mail_id is not None and queries.mail_exists(facts.mail_id):
        return facts.mail_id
    found = queries.mail_of_uuid(list(facts.uuids)) if facts.uuids else None
    if found is None and row.customer_id is not None and (facts.by_relay or row.kind == rules.COMPLAINT):
        found = queries.latest_mail_to(row.customer_id, now - _MAIL_IS_RECENT)
    return found


def _wait(row: Received, facts: _Facts, reason: str, now: datetime) -> None:
    row.verdict, row.reason = rules.WAITING, reason
    row.facts = asdict(facts)
    row.look_again_at = now + settings().scaled(rules.LOOK_AGAIN_AFTER)


def _finish(row: Received) -> None:
    row.facts, row.look_again_at = None, None


def _take_reply(row: Received, letter: Letter, words: Words, mail_id: int | None) -> Taken:
    found = mail_id if mail_id is not None and queries.mail_exists(mail_id) else None
    if found is None and letter.mail_uuids:
        found = queries.mail_of_uuid(letter.mail_uuids)
    replies.take(row, words, found)
    return _taken(row)
