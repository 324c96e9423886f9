"""What a sender that ended left behind: what it had delivered is written down, what it had not begun goes back."""

from __future__ import annotations

import logging
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
            held = _held(found.lease)
            settle(found.lease, [_fate(found, mail) for mail in held])
            journal.remove(found)
            log.warning("sender_taken_over", extra={"accepted": len(found.accepted), "held": len(held)})


def before_expired_claims(now: datetime) -> None:
    """Writes down what living senders delivered and could not record before their leases ended."""
    for found in journal.read_all():
        if found.accepted:
            held = _held(found.lease, now)
            settle(found.lease, [_fate(found, mail) for mail in held if mail.id in found.accepted])


def _held(lease: str, ended_by: datetime | None = None) -> list[Claimed]:
    held = claims.held_under(lease, ended_by)
    database.session.rollback()
    return held


def _fate(found: Found, mail: Claimed) -> Settlement:
    if mail.id in found.accepted:
        return Settlement(mail, "sent", reply=found.accepted[mail.id], sent_at=clock.now())
    return suspected(mail) if mail.id in found.making else given_back(mail, clock.now())
