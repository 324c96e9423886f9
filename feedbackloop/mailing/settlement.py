"""Writing down what became of claimed mails, and telling the loop: only while they are still ours."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import OperationalError

from feedbackloop.config import settings
from feedbackloop.core import clock, db
from feedbackloop.mailing import claims, ending, optouts, riders, rules, smtp
from feedbackloop.mailing.queries import Claimed

log = logging.getLogger(__name__)

_ENDED = ("suppressed", "bounced", "expired", "cancelled")
_REASON_LENGTH = 200
NO_SUCH_ADDRESS = "no_such_address"


# Here and where else one is made for each mail: a frozen dataclass costs four times as much to make.
@dataclass
class Settlement:
    """How one claimed mail ends or goes on. `counted` is False where this claim was no try of this mail."""

    mail: Claimed
    status: str
    reason: str | None = None
    due_at: datetime | None = None
    reply: str | None = None
    sent_at: datetime | None = None
    counted: bool = True
    no_reply: bool = False
    bad_address: str | None = None
    expires_at: datetime | None = None  # None: as it was


def of_verdict(mail: Claimed, verdict: smtp.Verdict, address: str) -> Settlement:
    """What follows from what the server said."""
    now = clock.now()
    if verdict.outcome == smtp.ACCEPTED:
        return Settlement(mail, "sent", reply=verdict.reply, sent_at=now)
    if verdict.outcome == smtp.REFUSED:
        if verdict.about == "content":
            return Settlement(mail, "parked", "content_refused", reply=verdict.reply)
        if verdict.about == "address":
            return Settlement(mail, "bounced", NO_SUCH_ADDRESS, reply=verdict.reply, bad_address=address)
        return Settlement(mail, "bounced", "refused", reply=verdict.reply)
    if verdict.outcome == smtp.UNCERTAIN:
        if mail.unclear >= rules.UNCLEAR_TRIES:
            return Settlement(mail, "parked", "no_reply", reply=verdict.reply, no_reply=True)
        due = now + settings().scaled(rules.UNCLEAR_WAIT)
        return Settlement(mail, "uncertain", "no_reply", due_at=due, reply=verdict.reply, no_reply=True)
    return later(mail, "put_off", verdict.reply)


def later(mail: Claimed, reason: str, reply: str | None = None, *, counted: bool = True) -> Settlement:
    """Tried again after the wait of its number of tries, or at the moment it expires, if that comes first.

    From its first try on it expires after three days at the latest.
    """
    tries, now, expires_at = mail.attempts if counted else 1, clock.now(), mail.expires_at
    due = now + settings().scaled(rules.retry_wait(tries, random.random()))  # noqa: S311 - spreads load
    if counted and tries == 1:
        last = now + settings().scaled(rules.GIVE_UP_AFTER)
        expires_at = last if expires_at is None else min(expires_at, last)
    if expires_at is not None:
        due = min(due, expires_at)
    # It may have arrived: then it is not known to be unsent, whatever the next try meets.
    status = "uncertain" if mail.unclear else "retry"
    return Settlement(mail, status, reason, due_at=due, reply=reply, counted=counted, expires_at=expires_at)


def failed(mail: Claimed, problem: Exception) -> Settlement:
    """It could not be made into a message: twice more, then it waits for a person."""
    reason = f"error:{type(problem).__name__}"
    log.error(
        "mail_not_made",
        exc_info=problem,
        extra={"mail": mail.id, "mail_kind": mail.kind, "kind": type(problem).__name__},
    )
    if mail.attempts >= rules.POISON_TRIES:
        return Settlement(mail, "parked", reason)
    return later(mail, reason)


def given_back(mail: Claimed, due_at: datetime | None = None, reason: str | None = None) -> Settlement:
    """As it was before the claim; at another moment and with the reason for it, where they are given."""
    status = "uncertain" if mail.unclear else "retry" if mail.attempts > 1 else "queued"
    return Settlement(mail, status, reason or mail.reason, due_at=due_at, counted=False)


def suspected(mail: Claimed) -> Settlement:
    """Its sender died while it was made into a message: alone the next times, and then it waits for a person."""
    if mail.attempts >= rules.POISON_TRIES:
        return Settlement(mail, "parked", rules.SENDER_DIED)
    return Settlement(mail, "retry", rules.SENDER_DIED, due_at=clock.now())


def settle(lease: str, found: Sequence[Settlement]) -> None:
    """Writes these down in one transaction with what follows from them.

    A mail that is no longer ours is left to its new holder. One whose consequences cannot be written is parked, so that
    an error in a station never sends the same mail again and again. Raises OperationalError while the database is away.
    """
    if not found:
        return
    try:
        _write(lease, found)
    except (BaseTimeoutException, OperationalError):
        raise
    except Exception as problem:
        if len(found) == 1:
            _park(lease, found[0], problem)
            return
        for one in found:
            settle(lease, [one])


def _write(lease: str, found: Sequence[Settlement], *, emit: bool = True) -> None:
    with db.transaction():
        ours = claims.settle_sent(lease, *_sent(found))
        ours |= claims.settle(lease, [_row(one) for one in found if one.status != "sent"])
        kept = [one for one in found if one.mail.id in ours]
        for one in kept:
            if one.bad_address is not None:
                optouts.suppress(one.bad_address, optouts.EVERYTHING, NO_SUCH_ADDRESS, "smtp")
        if emit:
            ending.emit_sent(
                [(one.mail.kind, one.mail.id, one.mail.subject_id) for one in kept if one.status == "sent"]
            )
            ending.emit_ended(
                [
                    (one.mail.kind, one.mail.id, one.mail.subject_id, one.status, one.reason or one.status)
                    for one in kept
                    if one.status in _ENDED
                ]
            )
            riders.follow_all([_fate(one) for one in kept if one.mail.leads])
    lost = [one.mail.id for one in found if one.mail.id not in ours]
    if lost:
        log.warning("mails_not_ours_any_more", extra={"mails": lost})


def _park(lease: str, one: Settlement, problem: Exception) -> None:
    kind = type(problem).__name__
    log.error("mail_not_followed_up", exc_info=problem, extra={"mail": one.mail.id, "status": one.status, "kind": kind})
    parked = replace(one, status="parked", reason=f"follow_up:{one.status}:{kind}")
    _write(lease, [parked], emit=False)


def _fate(one: Settlement) -> riders.Fate:
    unclear = one.mail.unclear > 0 or one.no_reply
    return riders.Fate(one.mail.id, one.status, one.reason, unclear=unclear, sent_at=one.sent_at)


def _sent(found: Sequence[Settlement]) -> tuple[list[tuple[int, str | None]], datetime]:
    """(id, reply) of what went, and when: the group lies within a quarter of a second."""
    went = [one for one in found if one.status == "sent"]
    at = went[-1].sent_at if went else None
    return [(one.mail.id, one.reply) for one in went], at or clock.now()


def _row(one: Settlement) -> dict[str, object]:
    mail = one.mail
    return {
        "id": mail.id,
        "status": one.status,
        "reason": one.reason[:_REASON_LENGTH] if one.reason else None,
        "due_at": one.due_at or mail.due_at,
        "expires_at": one.expires_at or mail.expires_at,
        "attempts": mail.attempts if one.counted else mail.attempts - 1,
        "unclear": mail.unclear + one.no_reply,
        "sent_at": one.sent_at,
        "smtp_reply": one.reply,
    }
