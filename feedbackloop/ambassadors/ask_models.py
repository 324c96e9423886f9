"""Tables of what marketing asks of people, what they said, and what colleagues wrote down about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base

_UNDER_WAY = text("status IN ('scheduled', 'sent')")


class Ask(Base):
    """Something that marketing asked of a person, by a mail. One that is not sent is kept as well, with its reason.

    `answers` holds 'yes' or 'no' by purpose (ask_rules.PURPOSES), `answer` that for the purpose the ask is named after;
    what they allowed, in the words they saw, are consents. Of one kind one is under way at a time.
    """

    __tablename__ = "asks"
    __table_args__ = (
        Index("ix_asks_ambassador", "ambassador_id", "id"),
        Index("ix_asks_customer", "customer_id"),
        Index("ix_asks_complaint", "complaint_id"),
        Index("ix_asks_sent", "status", "sent_at"),
        Index(
            "uq_asks_under_way",
            "ambassador_id",
            "kind",
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ambassador_id: Mapped[int] = mapped_column(BigId, ForeignKey("ambassadors.id"))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"))  # the case that it is about
    kind: Mapped[str] = mapped_column(String(16))  # ask_rules.KINDS
    status: Mapped[str] = mapped_column(String(16))  # scheduled, sent, answered, expired, not_sent, bounced, cancelled
    reason: Mapped[str | None] = mapped_column(String(200))
    line: Mapped[str | None] = mapped_column(String(300))  # a colleague's own words in the mail
    asked_by: Mapped[str] = mapped_column(String(64))
    told: Mapped[bool] = mapped_column(default=False)  # the person told us that we may ask again after their 'no'
    answer: Mapped[str | None] = mapped_column(String(8))  # yes, no
    answers: Mapped[dict[str, str] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Picture(Base):
    """A picture that a person sent of themselves, and what it may be used for. It goes when the consent does."""

    __tablename__ = "ask_pictures"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ask_id: Mapped[int] = mapped_column(BigId, ForeignKey("asks.id"), index=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"))
    file: Mapped[str] = mapped_column(String(40), unique=True)
    type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column()
    uses: Mapped[list[str]] = mapped_column(Json)  # ask_rules.USES
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Note(Base):
    """What a colleague wrote down about a person. Never changed; it goes with the person."""

    __tablename__ = "ambassador_notes"
    __table_args__ = (Index("ix_ambassador_notes_ambassador", "ambassador_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ambassador_id: Mapped[int] = mapped_column(BigId, ForeignKey("ambassadors.id"))
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
