"""Tables of the station `improvements`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.people.models import Customer

# Condition of a partial index: a database uses it only where a statement says the same, word for word.
NOT_IT = "helps = 'no' AND looked_at IS NULL"


class Improvement(Base):
    """One thing that complaints taught. Public while `published_at` is set and `unpublished_at` is not."""

    __tablename__ = "improvements"
    __table_args__ = (Index("ix_improvements_news", "news_at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    status: Mapped[str] = mapped_column(String(16))  # idea, planned, in_progress, done, not_possible
    category: Mapped[str | None] = mapped_column(String(100))
    locale: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    owner_name: Mapped[str | None] = mapped_column(String(200))  # of somebody without an account
    target_on: Mapped[date | None] = mapped_column(Date)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unpublished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # when the public last heard something new: that it is there, or another status; None until it is published
    news_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # who wants it public, while words in it wait for a second person
    asked_by: Mapped[str | None] = mapped_column(String(64))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    texts: Mapped[list[ImprovementText]] = relationship(order_by="ImprovementText.id", lazy="selectin")

    @property
    def public(self) -> bool:
        return self.published_at is not None and self.unpublished_at is None


class ImprovementText(Base):
    """'You said' and 'we did' in one language, in Markdown; and why, of what turned out not to be possible."""

    __tablename__ = "improvement_texts"
    __table_args__ = (UniqueConstraint("improvement_id", "locale"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"))
    locale: Mapped[str] = mapped_column(String(16))
    you_said: Mapped[str] = mapped_column(Text)
    we_did: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)

    def answer(self, status: str) -> str:
        """What stands under 'we did': the reason first where it is not possible."""
        return f"{self.reason}\n\n{self.we_did}" if status == "not_possible" and self.reason else self.we_did


class ImprovementVersion(Base):
    """The words as the public read them from a moment on; never changed, and gone with nobody: they name nobody.

    `texts`: {locale: {you_said, we_did, reason}}; `notes`: {locale: what changed, in short}.
    """

    __tablename__ = "improvement_versions"
    __table_args__ = (UniqueConstraint("improvement_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"))
    number: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(64))
    corrects: Mapped[bool] = mapped_column()  # whether its words differ from those before
    status: Mapped[str] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(16))
    texts: Mapped[Mapping[str, Mapping[str, str | None]]] = mapped_column(Json)
    notes: Mapped[Mapping[str, str] | None] = mapped_column(Json)


class WaitingCorrection(Base):
    """A change of a public improvement that the gate stopped and that waits for a second person."""

    __tablename__ = "waiting_corrections"

    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"), primary_key=True)
    changes: Mapped[Mapping[str, Any]] = mapped_column(Json)
    writers: Mapped[list[str]] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Overruling(Base):
    """That one thing which the gate found may stand where it stands. The words themselves are not kept, only a keyed
    hash of them: other words, or the same elsewhere, are another finding."""

    __tablename__ = "overrulings"
    __table_args__ = (UniqueConstraint("improvement_id", "place", "kind", "digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"))
    place: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Evidence(Base):
    """Something that shows that it is so: a file or a link, for staff alone. A file lies in the instance folder."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_improvement", "improvement_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"))
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(500))
    file: Mapped[str | None] = mapped_column(String(40), unique=True)
    type: Mapped[str | None] = mapped_column(String(40))
    size: Mapped[int | None] = mapped_column()
    sha256: Mapped[str | None] = mapped_column(String(64))
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ImprovementComplaint(Base):
    """A complaint behind an improvement."""

    __tablename__ = "improvement_complaints"
    __table_args__ = (UniqueConstraint("improvement_id", "complaint_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"))
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    complaint: Mapped[Complaint] = relationship()


class ImprovementStep(Base):
    """A step that a person agreed to, and the improvement that it was the start of: each is used once."""

    __tablename__ = "improvement_steps"

    proposal_id: Mapped[int] = mapped_column(BigId, ForeignKey("proposals.id"), primary_key=True)
    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"), index=True)


class Telling(Base):
    """Told-you-so: once per improvement, person and milestone. Several tellings may share one mail (`mail_id`)."""

    __tablename__ = "tellings"
    __table_args__ = (
        UniqueConstraint("improvement_id", "customer_id", "milestone"),
        Index("ix_tellings_mail", "mail_id"),
        Index("ix_tellings_status", "status", "id"),
        Index("ix_tellings_sent", "sent_at"),
        Index("ix_tellings_answered", "answered_at"),
        Index("ix_tellings_not_it", "answered_at", "id", postgresql_where=text(NOT_IT), sqlite_where=text(NOT_IT)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    improvement_id: Mapped[int] = mapped_column(BigId, ForeignKey("improvements.id"))
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), index=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    milestone: Mapped[str] = mapped_column(String(16))  # published, done
    mail_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("outbox.id"))
    # scheduled, sent, suppressed, cancelled, expired, bounced
    status: Mapped[str] = mapped_column(String(16), default="scheduled")
    reason: Mapped[str | None] = mapped_column(String(200))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    helps: Mapped[str | None] = mapped_column(String(8))  # yes, no
    # their own words with a 'no', and when quality looked at that answer
    comment: Mapped[str | None] = mapped_column(Text)
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    improvement: Mapped[Improvement] = relationship()
    customer: Mapped[Customer] = relationship()
    complaint: Mapped[Complaint] = relationship()
