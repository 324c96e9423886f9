"""What staff decide about a mail that does not go on by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from feedbackloop.core import clock, history
from feedbackloop.core.db import after_commit
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.extensions import db
from feedbackloop.mailing import ending, kinds, parts, riders, rules, service
from feedbackloop.mailing.models import Outbox

BY_STAFF = "by_staff"
AT_ONCE = 1000


def retry(mail_id: int, actor: str) -> None:
    """Tries it again now, with the tries counted anew. Raises NotFound, and Conflict where it is not waiting."""
    mail = _waiting(mail_id, rules.MAY_RETRY)
    _record_all([mail], actor, "retried", "queued")
    _try_anew(mail, clock.now())
    db.session.flush()
    after_commit(lambda: service.wake([mail_id]))


def cancel(mail_id: int, actor: str) -> None:
    """It will not be sent. Raises NotFound, and Conflict where it is sent, being sent or ended."""
    mail = _waiting(mail_id, rules.MAY_CANCEL)
    _record_all([mail], actor, "cancelled", "cancelled")
    mail.status, mail.reason = "cancelled", BY_STAFF
    db.session.flush()
    ending.emit_ended([(mail.kind, mail.id, mail.subject_id, "cancelled", BY_STAFF)])
    riders.follow_decided(mail, mail.status, mail.reason, mail.sent_at)


def count_as_sent(mail_id: int, actor: str) -> None:
    """It did arrive, as far as a person can tell. Raises NotFound, and Conflict where nobody has to decide that."""
    mail = _waiting(mail_id, rules.MAY_COUNT_AS_SENT)
    _record_all([mail], actor, "counted_as_sent", "sent")
    mail.status, mail.reason, mail.sent_at = "sent", BY_STAFF, clock.now()
    db.session.flush()
    ending.emit_sent([(mail.kind, mail.id, mail.subject_id)])
    riders.follow_decided(mail, mail.status, mail.reason, mail.sent_at)


def retry_all(status: str, reason: str | None, actor: str) -> tuple[int, bool]:
    """As `retry` for all that wait with this status for this reason: how many, and whether there are more of them.

    At most `AT_ONCE`: the rows stay locked until it is written down what became of them.
    """
    mails, more = _alike(status, reason, rules.MAY_RETRY)
    now = clock.now()
    _record_all(mails, actor, "retried", "queued")
    for mail in mails:
        _try_anew(mail, now)
    db.session.flush()
    ids = [mail.id for mail in mails]
    after_commit(lambda: service.wake(ids))
    return len(mails), more


def cancel_all(status: str, reason: str | None, actor: str) -> tuple[int, bool]:
    """As `cancel` for all that wait with this status for this reason; see `retry_all`."""
    mails, more = _alike(status, reason, rules.MAY_CANCEL)
    _record_all(mails, actor, "cancelled", "cancelled")
    for mail in mails:
        mail.status, mail.reason = "cancelled", BY_STAFF
    db.session.flush()
    ending.emit_ended([(mail.kind, mail.id, mail.subject_id, "cancelled", BY_STAFF) for mail in mails])
    for mail in mails:
        riders.follow_decided(mail, mail.status, mail.reason, mail.sent_at)
    return len(mails), more


def _alike(status: str, reason: str | None, statuses: tuple[str, ...]) -> tuple[list[Outbox], bool]:
    """The oldest of these mails, locked; what a sender or a colleague holds just now is passed over."""
    if status not in statuses or status not in parts.APART:
        raise Conflict
    wanted = select(Outbox).where(parts.apart(status), Outbox.reason == reason).order_by(Outbox.id)
    found = list(db.session.scalars(wanted.limit(AT_ONCE + 1).with_for_update(skip_locked=True)))
    return found[:AT_ONCE], len(found) > AT_ONCE


def _try_anew(mail: Outbox, now: datetime) -> None:
    mail.status, mail.reason, mail.due_at, mail.attempts, mail.unclear = "queued", None, now, 0, 0
    if mail.expires_at is not None and mail.expires_at <= now:
        # Somebody looked at it and wants it sent: it makes sense once more.
        mail.expires_at = now + kinds.kind_named(mail.kind).sensible_for


def _waiting(mail_id: int, statuses: tuple[str, ...]) -> Outbox:
    mail = db.session.get(Outbox, mail_id, with_for_update=True)
    if mail is None:
        raise NotFound
    if mail.status not in statuses:
        raise Conflict
    return mail


def _record_all(mails: Sequence[Outbox], actor: str, what: str, to_state: str) -> None:
    history.record_many(
        history.Change(
            actor, "mail", mail.id, what, complaint_id=mail.complaint_id, from_state=mail.status, to_state=to_state
        )
        for mail in mails
    )
