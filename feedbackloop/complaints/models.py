"""Tables of the station `complaints`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.people.models import Customer

# Condition of a partial index: a database uses it only where a statement says the same.
NAMES_RULE = "rule IS NOT NULL"


class Complaint(Base):
    """One complaint; never deleted. `cycle` counts its resolutions: 0 while it was never resolved."""

    __tablename__ = "complaints"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_complaints_status", "status", "id"),
        Index("ix_complaints_category", "category", "id"),
        Index("ix_complaints_root_cause", "root_cause", "id"),
        Index("ix_complaints_handler", "handler_email", "id"),
        # With what listening groups by and counts, which then reads no rows.
        Index("ix_complaints_opened", "opened_at", "id", postgresql_include=["category", "root_cause", "status"]),
        Index("ix_complaints_resolved", "resolved_at"),
        Index("ix_complaints_updated", "updated_at", "id"),
        Index("ix_complaints_customer", "customer_id", "id"),
        Index("ix_complaints_rule", "id", postgresql_where=text(NAMES_RULE), sqlite_where=text(NAMES_RULE)),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"))
    status: Mapped[str] = mapped_column(String(16), default="open")
    cycle: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str | None] = mapped_column(String(300))
    summary: Mapped[str | None] = mapped_column(String(500))
    description: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(String(100))
    channel: Mapped[str | None] = mapped_column(String(40))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replay_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # rules.Standing says what it means
    resolution: Mapped[str | None] = mapped_column(Text)
    root_cause: Mapped[str | None] = mapped_column(String(300))
    fault: Mapped[str | None] = mapped_column(String(16))  # us, supplier, customer, nobody
    apology_given: Mapped[bool | None] = mapped_column()
    prevention: Mapped[str | None] = mapped_column(Text)
    rule: Mapped[str | None] = mapped_column(String(300))
    handler_name: Mapped[str | None] = mapped_column(String(200))
    handler_email: Mapped[str | None] = mapped_column(String(320))
    flag: Mapped[str | None] = mapped_column(String(40))  # resolved_before_opened
    # what a promise that it will not happen again lacks: no_root_cause, no_prevention, nothing_behind_it
    promise_flag: Mapped[str | None] = mapped_column(String(40))
    crisis: Mapped[str | None] = mapped_column(String(32))  # why its person is called and never mailed the question
    agreed_summary: Mapped[str | None] = mapped_column(String(500))  # in words that its person accepted or wrote
    import_digest: Mapped[str | None] = mapped_column(String(64))  # of the last row of a file that told of it
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    customer: Mapped[Customer | None] = relationship()


class Round(Base):
    """How a complaint was resolved in a cycle that came back; the next one replaces its words on the complaint."""

    __tablename__ = "complaint_rounds"
    __table_args__ = (UniqueConstraint("complaint_id", "cycle"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"))
    cycle: Mapped[int] = mapped_column()
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolution: Mapped[str | None] = mapped_column(Text)
    prevention: Mapped[str | None] = mapped_column(Text)


class ImportRun(Base):
    """One import of a file, so that a repeat of a trial reuses the first shift of its dates."""

    __tablename__ = "import_runs"
    __table_args__ = (Index("ix_import_runs_digest", "digest"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[str] = mapped_column(String(64))
    shift_days: Mapped[int | None] = mapped_column()
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_created: Mapped[int] = mapped_column(default=0)
    rows_updated: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_rejected: Mapped[int] = mapped_column(default=0)
