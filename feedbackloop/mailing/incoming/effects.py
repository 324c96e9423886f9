"""What follows for a mail, its address and its person from what came in; in the transaction of its taking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.core.keys import address_key
from feedbackloop.mailing import ending, kinds, optouts, riders
from feedbackloop.mailing.incoming import queries, rules
from feedbackloop.mailing.incoming.models import Received
from feedbackloop.mailing.incoming.queries import Owner
from feedbackloop.mailing.incoming.rules import Effect, Finding
from feedbackloop.mailing.models import Outbox

_COUNTED = (rules.CAME_BACK, rules.TOO_OFTEN)


def follow(row: Received, finding: Finding, mail: Outbox, about: Sequence[str]) -> None:
    """Does what follows for this mail, which is held. `about`: hashes of the addresses that were named, if any."""
    owner = queries.owner(mail)
    row.customer_id = owner.customer_id or row.customer_id
    if finding.kind == rules.BOUNCE:
        _bounce(row, finding, mail, owner, about)
    elif finding.kind == rules.COMPLAINT:
        _complaint(row, finding, owner)
    elif finding.kind == rules.OPT_OUT:
        purpose = kinds.kind_named(mail.kind).purpose if mail.kind in kinds.names() else None
        if owner.customer_id is None and owner.address and purpose:
            # Known by address alone: the list is all that can keep it.
            optouts.suppress(owner.address, purpose, optouts.OPTED_OUT, row.source)
            row.verdict, row.reason = rules.OPTED_OUT, optouts.OPTED_OUT
        else:
            _opt_out(row, purpose)
    elif finding.kind == rules.DELIVERED:
        _delivered(row, mail)


def of_person(row: Received) -> None:
    """What a relay says of an address without a mail of ours that could be meant."""
    if row.kind == rules.OPT_OUT and row.customer_id is not None:
        _opt_out(row, None)
        return
    row.verdict, row.reason = rules.NOTHING, "not_ours"


def rest_if_too_often(row: Received, address: str | None) -> None:
    """Lets the address rest once its mails were refused too often, whatever for."""
    if address is None or row.address_key is None:
        return
    since = clock.now() - rules.REFUSALS_WITHIN
    if rules.too_often(queries.refusals(row.address_key, _COUNTED, since)):
        row.verdict, row.reason = rules.SUPPRESSED, rules.TOO_OFTEN
        _suppress(address, rules.TOO_OFTEN, row.source, clock.now() + rules.SOFT_LASTS)


def _bounce(row: Received, finding: Finding, mail: Outbox, owner: Owner, about: Sequence[str]) -> None:
    row.code = finding.status
    if not rules.may_bounce(mail.status, mail.attempts):
        row.verdict, row.reason = rules.NOTHING, "never_sent"
        return
    effect = rules.of_bounce(finding)
    own = address_key(owner.address) if owner.address else None
    row.address_key = own
    if effect.verdict == rules.SUPPRESSED and about and own not in about:
        # The person has another address since, or has it forwarded: this one says nothing about the one we have.
        effect = Effect(rules.ENDED, "other_address", ends=True)
    row.verdict, row.reason = effect.verdict, effect.reason
    if effect.verdict == rules.SUPPRESSED and owner.address:
        _suppress(owner.address, effect.reason, row.source, None)
    if effect.ends:
        _end(row, mail, effect.reason)
    if effect.counts:
        rest_if_too_often(row, owner.address)


def _end(row: Received, mail: Outbox, reason: str) -> None:
    if not rules.may_end(mail.status):
        if row.verdict == rules.ENDED:
            row.verdict = rules.NOTHING
            row.reason = reason if mail.status == "bounced" else "ended_before"
        return
    before = mail.status
    rows = queries.end_mail(mail.id, reason)
    history.record(Change("system", "mail", mail.id, "came_back", mail.complaint_id, before, "bounced", reason))
    ending.emit_ended([(one.kind, one.id, one.subject_id, "bounced", reason) for one in rows])


def _complaint(row: Received, finding: Finding, owner: Owner) -> None:
    effect = rules.of_complaint(finding.feedback)
    row.verdict, row.reason = effect.verdict, effect.reason
    if effect.verdict == rules.SUPPRESSED and owner.address:
        row.address_key = address_key(owner.address)
        _suppress(owner.address, effect.reason, row.source, None)


def _opt_out(row: Received, purpose: str | None) -> None:
    customer = queries.customer(row.customer_id) if row.customer_id is not None else None
    if customer is None or customer.erased_at is not None:
        row.verdict, row.reason = rules.NOTHING, "not_ours"
        return
    for one in (purpose,) if purpose else optouts.PURPOSES:
        optouts.opt_out(customer.id, one, row.source)
    row.verdict, row.reason = rules.OPTED_OUT, optouts.OPTED_OUT


def _delivered(row: Received, mail: Outbox) -> None:
    row.verdict, row.reason = rules.NOTHING, "arrived"
    if rules.settles_as_sent(mail.status, mail.reason):
        now = clock.now()
        queries.settle_as_sent(mail.id, now)
        ending.emit_sent([(mail.kind, mail.id, mail.subject_id)])
        riders.follow_decided(mail, "sent", None, now)
        row.verdict = rules.ARRIVED


def _suppress(address: str, reason: str, source: str, expires_at: datetime | None) -> None:
    """Puts the address on the list for all mail; what is known for good is not replaced by what expires."""
    known = queries.suppression(address_key(address), optouts.EVERYTHING)
    if known is not None and known.expires_at is None and expires_at is not None:
        return
    optouts.suppress(address, optouts.EVERYTHING, reason, source, expires_at)
