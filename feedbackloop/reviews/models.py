"""Tables of the station `reviews`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.people.models import Customer


class Destination(Base):
    """A place where a review may be written. `own` is the organisation's page: it has no link, and there is one."""

    __tablename__ = "destinations"
    __table_args__ = (
        Index(
            "uq_destinations_own",
            "kind",
            unique=True,
            sqlite_where=text("kind = 'own'"),
            postgresql_where=text("kind = 'own'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # own, link
    platform: Mapped[str] = mapped_column(String(16), default="other")  # own, other, or a code of rules.PLATFORMS
    audience: Mapped[str] = mapped_column(String(16), default="satisfied")  # satisfied, everyone: whom it asks
    name: Mapped[str] = mapped_column(String(100))
    url: Mapped[str | None] = mapped_column(String(500))
    locale: Mapped[str | None] = mapped_column(String(16))  # None: offered in every language
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Invitation(Base):
    """The one invitation to write a review, per complaint and resolution cycle."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("complaint_id", "cycle"),
        Index("ix_invitations_customer", "customer_id"),
        Index("ix_invitations_status", "status", "id"),
        Index("ix_invitations_clicked", "destination_id", "clicked_at"),
        Index("ix_invitations_sent", "sent_at"),
        Index("ix_invitations_chosen", "clicked_at"),
        # Two 'yes' of one person at the same moment mean one invitation.
        Index(
            "uq_invitations_scheduled",
            "customer_id",
            unique=True,
            sqlite_where=text("status = 'scheduled'"),
            postgresql_where=text("status = 'scheduled'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))
    cycle: Mapped[int] = mapped_column()
    # Whom the places asked when it was planned, and what closed the case: rules.AUDIENCES, rules.OCCASIONS.
    audience: Mapped[str] = mapped_column(String(16), default="satisfied")
    occasion: Mapped[str] = mapped_column(String(16), default="confirmed")
    # scheduled, sent, clicked, reviewed, cancelled, suppressed, expired, bounced
    status: Mapped[str] = mapped_column(String(16), default="scheduled")
    reason: Mapped[str | None] = mapped_column(String(200))
    # A 'yes' taken back and given again plans the one invitation anew; its mails are told apart by this number.
    plannings: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    clicked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    destination_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("destinations.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    complaint: Mapped[Complaint] = relationship()
    customer: Mapped[Customer] = relationship()
    destination: Mapped[Destination | None] = relationship()


class Review(Base):
    """A review on the organisation's own page; shown after a look by staff, refused only for a listed reason."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_status", "status", "id"), Index("ix_reviews_written", "written_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    invitation_id: Mapped[int] = mapped_column(BigId, ForeignKey("invitations.id"), unique=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    rating: Mapped[int] = mapped_column()  # 1 to 5
    title: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str | None] = mapped_column(Text)
    display_name: Mapped[str | None] = mapped_column(String(80))
    locale: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16), default="pending")  # pending, published, refused, withdrawn
    refused_reason: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(default=1)  # of the text: staff decide on what they read
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    reply: Mapped[str | None] = mapped_column(Text)  # what the organisation says under it
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replied_by: Mapped[str | None] = mapped_column(String(64))
    reply_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"), unique=True)

    complaint: Mapped[Complaint] = relationship(foreign_keys=[complaint_id])
    made_complaint: Mapped[Complaint | None] = relationship(foreign_keys=[made_complaint_id])
    invitation: Mapped[Invitation] = relationship()


class OutsideReview(Base):
    """A review that somebody left on another site, as its export tells it. Its writer is known where it was matched to
    an invitation: a guess, with its reason, that staff may undo."""

    __tablename__ = "outside_reviews"
    __table_args__ = (
        UniqueConstraint("destination_id", "external_id"),
        Index("ix_outside_reviews_destination", "destination_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    destination_id: Mapped[int] = mapped_column(BigId, ForeignKey("destinations.id"))
    external_id: Mapped[str] = mapped_column(String(128))
    rating: Mapped[int] = mapped_column()  # 1 to 5
    title: Mapped[str | None] = mapped_column(String(300))
    text: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(500))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest: Mapped[str] = mapped_column(String(64))  # of the row that told of it last
    invitation_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("invitations.id"), unique=True)
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    match_reason: Mapped[str | None] = mapped_column(String(16))  # matching.REASONS
    unmatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # undone by staff: it is not guessed again
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # its words went; no file fills it again
    made_complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"), unique=True)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)

    destination: Mapped[Destination] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    made_complaint: Mapped[Complaint | None] = relationship()
