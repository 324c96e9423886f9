"""Tables of the station `ambassadors`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.people.models import Customer


class Ambassador(Base):
    """A satisfied person, once each. `complaint_id` is the case they are shown by; `version` guards moves."""

    __tablename__ = "ambassadors"
    __table_args__ = (Index("ix_ambassadors_stage", "stage", "stage_since", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), unique=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    stage: Mapped[str] = mapped_column(String(16))  # satisfied, invited, clicked, reviewed, ambassador
    stage_since: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # no longer satisfied: off the board, kept
    not_now_until: Mapped[date | None] = mapped_column(Date)
    not_now_reason: Mapped[str | None] = mapped_column(String(200))
    next_step: Mapped[str | None] = mapped_column(String(200))
    next_step_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[Customer] = relationship()
    complaint: Mapped[Complaint] = relationship()
