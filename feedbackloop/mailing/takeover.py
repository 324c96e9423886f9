"""What a sender that ended left behind: what it had delivered is written down, what it had not begun goes back."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from feedbackloop.core import clock
from feedbackloop.extensions import db as database
from feedbackloop.mailing import claims, journal
from feedbackloop.mailing.journal import Found
from feedbackloop.mailing.queries import Claimed
from feedbackloop.mailing.settlement import Settlement, given_back, settle, suspected

log = logging.getLogger(__name__)


def after_the_dead() -> None:
    """Reads the journals of senders of this instance that are no more, frees their claims and takes the files away.

    Never freed: what a living sender holds. Safe to be killed in, and to be done by several at once.
    """
    for found in journal.read_all():
        if found.orphaned:
            held = _held(found.leases)
            _write(_settlements(found, held))
            journal.remove(found)
            log.warning("sender_taken_over", extra={"accepted": len(found.accepted), "held": len(held)})


def before_expired_claims(now: datetime) -> None:
    """Writes down what living senders delivered and could not record before their leases ended."""
    for found in journal.read_all():
        if found.accepted:
            _write(_accepted(found, _held(found.leases, now)))


def _held(leases: Iterable[str], ended_by: datetime | None = None) -> list[tuple[str, Claimed]]:
    held = claims.held_under(leases, ended_by)
    database.session.rollback()
    return held


def _settlements(found: Found, held: list[tuple[str, Claimed]]) -> dict[str, list[Settlement]]:
    settlements = _accepted(found, held)
    done = {one.mail.id for group in settlements.values() for one in group}
    for lease, mail in held:
        if mail.id not in done:
            in_the_making = found.making.get(mail.id) == lease
            settlements[lease].append(suspected(mail) if in_the_making else given_back(mail, clock.now()))
    return settlements


def _accepted(found: Found, held: list[tuple[str, Claimed]]) -> dict[str, list[Settlement]]:
    replies = {(one.lease, one.mail_id): one.reply for one in found.accepted}
    settlements: dict[str, list[Settlement]] = defaultdict(list)
    now = clock.now()
    for lease, mail in held:
        reply = replies.get((lease, mail.id))
        if reply is not None:
            settlements[lease].append(Settlement(mail, "sent", reply=reply, sent_at=now))
    return settlements


def _write(by_lease: dict[str, list[Settlement]]) -> None:
    for lease, group in by_lease.items():
        settle(lease, group)
