"""Conditions on the outbox that have an index of their own, written as those indexes are: with the words in them.

A database uses a partial index only where it can prove that the question stays within it; from a value that comes
later it can't. So the words are part of the statement, and each condition repeats that of its index in full.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, literal_column

from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.rules import STATUSES, WAITING

APART = ("retry", "uncertain", "parked")
NOT_SENT = ("suppressed", "bounced", "expired", "cancelled")


def among(statuses: tuple[str, ...]) -> ColumnElement[bool]:
    """The status is one of these (of `rules.STATUSES`: never a word from outside)."""
    if not set(statuses) <= set(STATUSES):
        raise ValueError("no such status")
    return Outbox.status.in_([literal_column(f"'{status}'") for status in statuses])


def waiting() -> ColumnElement[bool]:
    """What a sender takes up once it is due."""
    return among(WAITING)


def claimed() -> ColumnElement[bool]:
    return Outbox.status == literal_column("'claimed'")


def apart(*statuses: str) -> ColumnElement[bool]:
    """Put off, uncertain or parked; or those out of these three."""
    return and_(among(APART), among(statuses)) if statuses else among(APART)


def held_back() -> ColumnElement[bool]:
    """Not tried yet, and put off for a reason."""
    return and_(Outbox.status == literal_column("'queued'"), Outbox.reason.is_not(None))


def not_sent() -> ColumnElement[bool]:
    """What ended without being sent."""
    return among(NOT_SENT)


def of_status(status: str) -> ColumnElement[bool]:
    """Mails of this status, along the index that holds them."""
    exactly = among((status,))
    if status == "claimed":
        return claimed()
    if status == "sent":
        return and_(Outbox.sent_at.is_not(None), exactly)
    if status == "shared":
        return and_(Outbox.shared_with.is_not(None), exactly)
    for part in (APART, NOT_SENT, WAITING):
        if status in part:
            return and_(among(part), exactly)
    return exactly
