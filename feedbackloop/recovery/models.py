"""Tables of the station `recovery`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.staff.models import Staff


class RecoveryCase(Base):
    """What a 'partly' or 'no' opened: once per check-in, with an owner and the moment that the receipt promised."""

    __tablename__ = "recovery_cases"
    __table_args__ = (
        Index("ix_recovery_cases_status", "status", "due_at", "id"),
        Index("ix_recovery_cases_opened", "opened_at"),
        Index("ix_recovery_cases_priority", "status", "priority", "due_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    check_in_id: Mapped[int] = mapped_column(BigId, ForeignKey("check_ins.id"), unique=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), default="open")  # open, closed
    outcome: Mapped[str | None] = mapped_column(String(40))  # of rules.OUTCOMES
    outcome_reason: Mapped[str | None] = mapped_column(Text)  # in a colleague's words, with the outcomes of staff
    openings: Mapped[int] = mapped_column(default=1)  # no, yes and no again opens the same case a second time
    owner_name: Mapped[str] = mapped_column(String(200))
    owner_email: Mapped[str] = mapped_column(String(320))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What the answer made of it: a sum, and the codes of urgency.WEIGHTS that it is made of.
    priority: Mapped[int] = mapped_column(default=0)
    priority_reasons: Mapped[list[str] | None] = mapped_column(Json)
    # Why it is with quality (urgency.escalation), since when, and whose it was.
    escalation: Mapped[str | None] = mapped_column(String(32))
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner_before: Mapped[str | None] = mapped_column(String(200))
    alarmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # its owner and quality heard that it is late

    complaint: Mapped[Complaint] = relationship()
    check_in: Mapped[CheckIn] = relationship()


class Spending(Base):
    """Money that a colleague spends on a person without a rule that says so, or asks to spend. Never edited."""

    __tablename__ = "discretion_spendings"
    __table_args__ = (
        Index("ix_discretion_spendings_month", "month", "staff_id"),
        Index("ix_discretion_spendings_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    once: Mapped[str] = mapped_column(String(36), unique=True)  # of the form: sent twice, it is spent once
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("recovery_cases.id"), index=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    month: Mapped[str] = mapped_column(String(7))  # 2026-11, in the organisation's zone
    amount_cents: Mapped[int] = mapped_column(BigId)
    rule: Mapped[str] = mapped_column(String(300))  # the rule of ours that this is an exception to
    reason: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))  # spent, asked, approved, refused
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_reason: Mapped[str | None] = mapped_column(Text)

    case: Mapped[RecoveryCase] = relationship()
    complaint: Mapped[Complaint] = relationship()
    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])


class Budget(Base):
    """What one colleague may spend in a month, where it is not what the setting says."""

    __tablename__ = "discretion_budgets"

    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    monthly_cents: Mapped[int] = mapped_column(BigId)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReplyText(Base):
    """A text that staff wrote or changed: it stands in the place of the product's own for that situation."""

    __tablename__ = "reply_texts"
    __table_args__ = (UniqueConstraint("purpose", "situation", "locale"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))  # mail, public
    situation: Mapped[str] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    in_use: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseReply(Base):
    """What a colleague wrote to the person of a case, read before it was sent. How it went is its outbox row's."""

    __tablename__ = "case_replies"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    once: Mapped[str] = mapped_column(String(36), unique=True)  # of the form: sent twice, it is mailed once
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("recovery_cases.id"), index=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    situation: Mapped[str | None] = mapped_column(String(40))  # the text that it began with; None for an empty page
    body: Mapped[str | None] = mapped_column(Text)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    refused: Mapped[str | None] = mapped_column(String(40))  # why no mail was planned at all
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    case: Mapped[RecoveryCase] = relationship()
    staff: Mapped[Staff] = relationship()


class PublicReply(Base):
    """A short answer below a complaint that was made where everybody can read it."""

    __tablename__ = "public_replies"
    __table_args__ = (Index("ix_public_replies_status", "status", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), unique=True)
    situation: Mapped[str | None] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(16))
    body: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16), default="draft")  # draft, placed
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    placed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placed_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    placed_url: Mapped[str | None] = mapped_column(String(500))

    complaint: Mapped[Complaint] = relationship()
