"""Tables of the station `mailing`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base

# Conditions of the partial indexes. A database uses one only where a statement says the same, word for word. Few full
# indexes: a mail's row changes twice on its way, and each of them would be written each time.
WAITING_NOW = "status IN ('queued', 'retry', 'uncertain')"
CLAIMED = "status = 'claimed'"
APART = "status IN ('retry', 'uncertain', 'parked')"
HELD_BACK = "status = 'queued' AND reason IS NOT NULL"
NOT_SENT = "status IN ('suppressed', 'bounced', 'expired', 'cancelled')"


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class Outbox(Base):
    """One message to one recipient, written in the transaction of its cause. Its text is made when it is sent.

    Unique by (kind, subject_id, cycle): planning the same message twice is no second message. The recipient is
    `customer_id`, or for staff and for followers of the log `to_name` and `to_address`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "cycle"),
        Index("ix_outbox_waiting", "due_at", "id", **_where(WAITING_NOW)),
        Index("ix_outbox_claimed", "leased_until", "id", **_where(CLAIMED)),
        Index("ix_outbox_apart", "status", "due_at", "id", **_where(APART)),
        Index("ix_outbox_held_back", "reason", "due_at", **_where(HELD_BACK)),
        Index("ix_outbox_not_sent", "created_at", "status", "reason", **_where(NOT_SENT)),
        Index("ix_outbox_customer", "customer_id", "kind"),
        Index("ix_outbox_sent", "sent_at", **_where("sent_at IS NOT NULL")),
        Index("ix_outbox_shared", "shared_with", **_where("shared_with IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    cycle: Mapped[int] = mapped_column(default=1)
    complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"))
    to_name: Mapped[str | None] = mapped_column(String(200))
    to_address: Mapped[str | None] = mapped_column(String(320))
    status: Mapped[str] = mapped_column(String(16), default="queued")
    reason: Mapped[str | None] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    # How often all of it was handed over and no reply came.
    unclear: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None] = mapped_column(String(36))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    smtp_reply: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The row in whose mail this one goes; the row itself where others go in its mail.
    shared_with: Mapped[int | None] = mapped_column(BigId)


class Suppression(Base):
    """An address that is not mailed for a purpose. Keyed by a keyed hash, so that it outlives the person's erasure."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("address_key", "purpose"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    address_key: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))  # check_in, review, news, follow, all
    reason: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SendingRate(Base):
    """How many mails went in a minute: to one recipient domain, or altogether (bucket ''). A row lives for a bucket."""

    __tablename__ = "sending_rates"

    bucket: Mapped[str] = mapped_column(String(255), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used: Mapped[int] = mapped_column(default=0)
    # What was put off got moments up to this one.
    put_off_to: Mapped[datetime] = mapped_column(UtcDateTime)
