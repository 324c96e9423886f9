"""Tables of the station `recovery`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base


class RecoveryCase(Base):
    """What a 'partly' or 'no' opened: once per check-in, with an owner and the moment that the receipt promised."""

    __tablename__ = "recovery_cases"
    __table_args__ = (Index("ix_recovery_cases_status", "status", "due_at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    check_in_id: Mapped[int] = mapped_column(BigId, ForeignKey("check_ins.id"), unique=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), default="open")  # open, closed
    outcome: Mapped[str | None] = mapped_column(String(40))  # resolved_again, solved_says_person, erased
    openings: Mapped[int] = mapped_column(default=1)  # no, yes and no again opens the same case a second time
    owner_name: Mapped[str] = mapped_column(String(200))
    owner_email: Mapped[str] = mapped_column(String(320))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    complaint: Mapped[Complaint] = relationship()
    check_in: Mapped[CheckIn] = relationship()
