"""Tables of the station `people`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base


class Customer(Base):
    """A person who complained. Known by the lower-cased address where there is one. An erasure leaves the row empty."""

    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(320))
    email_key: Mapped[str | None] = mapped_column(String(320), unique=True)
    phone: Mapped[str | None] = mapped_column(String(40))
    locale: Mapped[str | None] = mapped_column(String(16))
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_key: Mapped[str | None] = mapped_column(String(64), index=True)  # keyed hash of the address they had


class Consent(Base):
    """What a person allowed, in the exact words they saw. Withdrawing dates the row; it is never edited otherwise."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_customer", "customer_id", "purpose"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"))
    complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"))
    purpose: Mapped[str] = mapped_column(String(16))  # quote, name, contact, picture, story, reference
    text_version: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
