"""What becomes of the rows that go in the mail of another row, once that mail has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feedbackloop.core import clock
from feedbackloop.mailing import ending, queries, sharing_queries
from feedbackloop.mailing.models import Outbox


@dataclass(frozen=True)
class Fate:
    """How a leading row ended. `decided`: from outside, about the message with all that is in it."""

    mail_id: int
    status: str
    reason: str | None
    unclear: bool
    decided: bool = False
    sent_at: datetime | None = None


def follow_all(fates: Sequence[Fate]) -> None:
    for fate in fates:
        follow(fate)


def follow(fate: Fate) -> None:
    """What was delivered, refused or stopped as one message ends as one, and the loop is told; in the open transaction.

    Where only the leading row may not go any more, the others are free again: each is decided on anew, and one of them
    leads. What may have arrived stays together; that it did is known once its leading question is answered.
    """
    status, reason, sent_at = fate.status, fate.reason, fate.sent_at
    if fate.unclear and fate.reason == "answered":
        status, reason, sent_at = "sent", None, clock.now()
    elif fate.status not in ("sent", "bounced") and not fate.decided:
        if fate.status in ("cancelled", "expired", "suppressed") or (fate.status == "parked" and not fate.unclear):
            queries.release_riders([fate.mail_id])
        return
    # A message that came back was counted as sent before, with all that was in it.
    among = ("shared", "sent") if status == "bounced" else ("shared",)
    values = {"sent_at": sent_at} if status == "sent" else {}
    rows = sharing_queries.end_along(fate.mail_id, among, status=status, reason=reason, **values)
    if status == "sent":
        ending.emit_sent([(row.kind, row.id, row.subject_id) for row in rows])
    else:
        ending.emit_ended([(row.kind, row.id, row.subject_id, status, reason or status) for row in rows])


def follow_decided(mail: Outbox, status: str, reason: str | None, sent_at: datetime | None = None) -> None:
    """What a person, or a message from outside, says of a message holds for all that is in it."""
    if mail.shared_with == mail.id:
        follow(Fate(mail.id, status, reason, unclear=False, decided=True, sent_at=sent_at))
