"""Tables of the numbers. All of them can be made anew from the others: `feedbackloop numbers rebuild`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base


class NumberFact(Base):
    """One complaint as it is counted: rules.Fact. What is behind a number is listed from here."""

    __tablename__ = "number_facts"
    __table_args__ = (
        Index("ix_number_facts_week", "week", "complaint_id"),
        Index("ix_number_facts_reached", "week", "reached", "complaint_id"),
        Index("ix_number_facts_category", "category", "week", "complaint_id"),
        Index("ix_number_facts_handler", "handler", "week", "complaint_id"),
        Index("ix_number_facts_destination", "destination", "week", "complaint_id"),
    )

    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), primary_key=True, autoincrement=False)
    week: Mapped[date] = mapped_column(Date)
    category: Mapped[str] = mapped_column(String(100))
    handler: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(16))
    destination: Mapped[str] = mapped_column(String(20))  # the id of a destination
    reached: Mapped[int] = mapped_column()  # place in rules.STEPS
    answer: Mapped[str] = mapped_column(String(8))  # yes, partly, no or ''
    band: Mapped[str] = mapped_column(String(16))  # promoter, passive, detractor or ''
    again: Mapped[bool] = mapped_column()  # resolved more than once
    days: Mapped[list[int | None]] = mapped_column(Json)  # to each step behind the first


class NumberCell(Base):
    """The facts of one week added up, for one selection of dimensions: `kind` is the sum of their rules.BITS.

    '' stands for what the kind does not tell apart, and for what is not known: no column here is empty.
    """

    __tablename__ = "number_cells"
    __table_args__ = (
        UniqueConstraint("kind", "category", "handler", "locale", "destination", "week"),
        Index("ix_number_cells_week", "kind", "week"),
        # For what is filtered by and left out in the middle of the one above.
        Index("ix_number_cells_handler", "kind", "handler", "week"),
        Index("ix_number_cells_place", "kind", "destination", "locale", "week"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    week: Mapped[date] = mapped_column(Date)
    kind: Mapped[int] = mapped_column()
    category: Mapped[str] = mapped_column(String(100))
    handler: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(16))
    destination: Mapped[str] = mapped_column(String(20))
    resolved: Mapped[int] = mapped_column()
    asked: Mapped[int] = mapped_column()
    answered: Mapped[int] = mapped_column()
    satisfied: Mapped[int] = mapped_column()
    invited: Mapped[int] = mapped_column()
    clicked: Mapped[int] = mapped_column()
    reviewed: Mapped[int] = mapped_column()
    ambassador: Mapped[int] = mapped_column()
    partly: Mapped[int] = mapped_column()
    no: Mapped[int] = mapped_column()
    promoter: Mapped[int] = mapped_column()
    passive: Mapped[int] = mapped_column()
    detractor: Mapped[int] = mapped_column()
    again_answered: Mapped[int] = mapped_column()
    again_satisfied: Mapped[int] = mapped_column()
    again_promoter: Mapped[int] = mapped_column()
    again_passive: Mapped[int] = mapped_column()
    again_detractor: Mapped[int] = mapped_column()


class NumberDays(Base):
    """How many of one week took so many days to a step; kept for everybody and for one value of one dimension."""

    __tablename__ = "number_days"
    __table_args__ = (
        UniqueConstraint("kind", "value", "week", "step", "days"),
        Index("ix_number_days_week", "week"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    week: Mapped[date] = mapped_column(Date)
    kind: Mapped[int] = mapped_column()
    value: Mapped[str] = mapped_column(String(200))
    step: Mapped[int] = mapped_column()  # place in rules.STEPS
    days: Mapped[int] = mapped_column()
    people: Mapped[int] = mapped_column()


class NumberMark(Base):
    """A person whose complaints are to be looked at again, for a change that history does not tell of."""

    __tablename__ = "number_marks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))


class NumberState(Base):
    """One row: how far counting came.

    `seen` is the last history row that was read; up to `settled` they were read a second time, when every row of that
    time was committed. While the numbers are made anew, `built_to` is the last complaint that is kept; service.SUMMING
    once all are, and the weeks are added up.
    """

    __tablename__ = "number_state"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version: Mapped[int] = mapped_column()  # rules.VERSION
    zone: Mapped[str] = mapped_column(String(64))
    seen: Mapped[int] = mapped_column(BigId)
    settled: Mapped[int] = mapped_column(BigId)
    built_to: Mapped[int] = mapped_column(BigId)
    built_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
