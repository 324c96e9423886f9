"""What leaves the board: files that colleagues take, and reports that they are mailed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.staff.models import Staff


class Export(Base):
    """One file that somebody took: who, of what, with which filter. `rows` is how many were handed over; without
    `ended_at` it is under way, or its process was lost."""

    __tablename__ = "exports"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"), index=True)
    what: Mapped[str] = mapped_column(String(16))  # people, numbers
    format: Mapped[str] = mapped_column(String(8))  # csv, xlsx
    wanted: Mapped[dict[str, Any]] = mapped_column(Json)  # the filter and the order, as in the address
    rows: Mapped[int] = mapped_column(default=0)
    whole: Mapped[bool] = mapped_column(default=False)  # False: broken off
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class Subscription(Base):
    """A colleague wants the numbers by mail, every week or every month. Ended ones go: what was sent stays."""

    __tablename__ = "report_subscriptions"
    __table_args__ = (UniqueConstraint("staff_id", "every"), Index("ix_report_subscriptions_next", "next_at", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    every: Mapped[str] = mapped_column(String(8))  # week, month
    locale: Mapped[str] = mapped_column(String(16))
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()


class Report(Base):
    """One report for one colleague about one period: once. What became of its mail stands in the outbox; `reason` says
    why there was none."""

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("staff_id", "every", "first_day"), Index("ix_reports_staff", "staff_id", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"))
    every: Mapped[str] = mapped_column(String(8))
    locale: Mapped[str] = mapped_column(String(16))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str | None] = mapped_column(String(40))  # account_disabled, role_lost
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)

    staff: Mapped[Staff] = relationship()
