"""What staff decide about a mail that does not go on by itself."""

from __future__ import annotations

from feedbackloop.core import clock, history
from feedbackloop.core.db import after_commit
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.extensions import db
from feedbackloop.mailing import ending, kinds, rules, service
from feedbackloop.mailing.models import Outbox

BY_STAFF = "by_staff"


def retry(mail_id: int, actor: str) -> None:
    """Tries it again now, with the tries counted anew. Raises NotFound, and Conflict where it is not waiting."""
    mail = _waiting(mail_id, rules.MAY_RETRY)
    now = clock.now()
    _record(mail, actor, "retried", "queued")
    mail.status, mail.reason, mail.due_at, mail.attempts, mail.unclear = "queued", None, now, 0, 0
    if mail.expires_at is not None and mail.expires_at <= now:
        # Somebody looked at it and wants it sent: it makes sense once more.
        mail.expires_at = now + kinds.kind_named(mail.kind).sensible_for
    db.session.flush()
    after_commit(lambda: service.wake([mail_id]))


def cancel(mail_id: int, actor: str) -> None:
    """It will not be sent. Raises NotFound, and Conflict where it is sent, being sent or ended."""
    mail = _waiting(mail_id, rules.MAY_CANCEL)
    _record(mail, actor, "cancelled", "cancelled")
    mail.status, mail.reason = "cancelled", BY_STAFF
    db.session.flush()
    ending.emit_ended([(mail.kind, mail.id, mail.subject_id, "cancelled", BY_STAFF)])


def count_as_sent(mail_id: int, actor: str) -> None:
    """It did arrive, as far as a person can tell. Raises NotFound, and Conflict where nobody has to decide that."""
    mail = _waiting(mail_id, rules.MAY_COUNT_AS_SENT)
    _record(mail, actor, "counted_as_sent", "sent")
    mail.status, mail.reason, mail.sent_at = "sent", BY_STAFF, clock.now()
    db.session.flush()
    ending.emit_sent([(mail.kind, mail.id, mail.subject_id)])


def _waiting(mail_id: int, statuses: tuple[str, ...]) -> Outbox:
    mail = db.session.get(Outbox, mail_id, with_for_update=True)
    if mail is None:
        raise NotFound
    if mail.status not in statuses:
        raise Conflict
    return mail


def _record(mail: Outbox, actor: str, what: str, to_state: str) -> None:
    history.record(
        history.Change(
            actor, "mail", mail.id, what, complaint_id=mail.complaint_id, from_state=mail.status, to_state=to_state
        )
    )
