"""Tables of those who follow the log by mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base


class Follower(Base):
    """An address that asked for news of the log. Once it is not followed any more the row is left empty.

    The row itself stays: its number is in links that were mailed, and must never become somebody else's.
    """

    __tablename__ = "followers"
    __table_args__ = (Index("ix_followers_status", "status", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    address: Mapped[str | None] = mapped_column(String(320))
    address_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    locale: Mapped[str] = mapped_column(String(16))
    # asked, following; and what it ended as: left, declined, forgotten, removed, erased
    status: Mapped[str] = mapped_column(String(16), default="asked")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # How many mails to confirm it were planned; each is a cycle of its own in the outbox.
    asked: Mapped[int] = mapped_column(default=1)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sample: Mapped[bool] = mapped_column(default=False)


class Digest(Base):
    """An issue of the news for followers: what became known after `from_at`, until and with `until_at`.

    `number` counts from 1 and is unique, so that two workers at once make one issue. It is the cycle of its mails.
    """

    __tablename__ = "digests"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sample: Mapped[bool] = mapped_column(default=False)
