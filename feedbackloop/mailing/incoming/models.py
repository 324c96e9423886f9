"""Tables of what comes in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base


class Received(Base):
    """One message or event that came in, with what was made of it: nothing is passed over in silence.

    Unique by `identity`: the same message or event twice is once. Holds codes, ids and keyed hashes, never words.
    """

    __tablename__ = "received"
    __table_args__ = (
        Index("ix_received_address", "address_key", "received_at"),
        Index("ix_received_waiting", "look_again_at"),
        Index("ix_received_kind", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(24))  # pipe, maildir, imap, smtp, or a relay's name
    identity: Mapped[str] = mapped_column(String(160), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(40))
    code: Mapped[str | None] = mapped_column(String(16))  # the status of a delivery report: 5.1.1
    mail_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("outbox.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"))
    address_key: Mapped[str | None] = mapped_column(String(64))  # of the address that it is about
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)  # while it waits: what is to be looked at again
    look_again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Reply(Base):
    """What a person wrote back. `complaint_id` is empty where no case of ours was found for it."""

    __tablename__ = "replies"
    __table_args__ = (
        Index("ix_replies_complaint", "complaint_id", "id"),
        Index("ix_replies_unread", "read_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    received_id: Mapped[int] = mapped_column(BigId, ForeignKey("received.id"), unique=True)
    complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("outbox.id"))
    written_by: Mapped[str] = mapped_column(String(16))  # customer, colleague, other
    sender_name: Mapped[str | None] = mapped_column(String(200))
    sender_address: Mapped[str | None] = mapped_column(String(320))
    sender_key: Mapped[str | None] = mapped_column(String(64), index=True)
    subject: Mapped[str | None] = mapped_column(String(300))
    text: Mapped[str | None] = mapped_column(Text)
    quote_cut: Mapped[bool] = mapped_column(default=False)  # what it quoted at its end was left out
    shortened: Mapped[bool] = mapped_column(default=False)  # it was longer than is kept
    attachments: Mapped[list[str] | None] = mapped_column(Json)  # names; the files themselves are not kept
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_by: Mapped[str | None] = mapped_column(String(64))
