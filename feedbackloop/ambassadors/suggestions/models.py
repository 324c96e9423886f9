"""What rules suggest to marketing, how marketing set the rules, and whose turn it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.staff.models import Staff


class RuleSetting(Base):
    """How marketing set a rule; one that has no row is as rules.DEFAULTS says."""

    __tablename__ = "suggestion_rules"

    rule: Mapped[str] = mapped_column(String(24), primary_key=True)  # of rules.RULES
    active: Mapped[bool] = mapped_column()
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Suggestion(Base):
    """A rule says of a person that they may be an ambassador; once for each person and rule. `facts` are the values
    that it saw: numbers and codes."""

    __tablename__ = "suggestions"
    __table_args__ = (
        UniqueConstraint("ambassador_id", "rule"),
        Index("ix_suggestions_status", "status", "id"),
        Index("ix_suggestions_decided", "decided_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ambassador_id: Mapped[int] = mapped_column(BigId, ForeignKey("ambassadors.id"))
    rule: Mapped[str] = mapped_column(String(24))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(String(16), default="waiting")  # rules.STATUSES
    reason: Mapped[str | None] = mapped_column(String(32))  # why declined or withdrawn
    suggested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(String(64))

    ambassador: Mapped[Ambassador] = relationship()


class SuggestionRound(Base):
    """One row: how far the sweep came. `seen` counts its decisions by rule and reason in this round, `last_seen` in the
    one that ended at `ended_at`: why people were not suggested is never a riddle."""

    __tablename__ = "suggestion_rounds"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    swept_to: Mapped[int] = mapped_column(BigId, default=0)
    seen: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    last_seen: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Rotation(Base):
    """Whether new people get an owner by turn: one row. Who came to the stage before `since` has no turn; who came
    before `looked_until` was looked at."""

    __tablename__ = "owner_rotation"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    active: Mapped[bool] = mapped_column(default=False)
    stage: Mapped[str] = mapped_column(String(16), default="reviewed")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    looked_until: Mapped[datetime] = mapped_column(UtcDateTime)


class Turn(Base):
    """A colleague who takes part, and when they were given somebody last."""

    __tablename__ = "owner_turns"

    staff_id: Mapped[int] = mapped_column(BigId, ForeignKey("staff.id"), primary_key=True, autoincrement=False)
    given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given: Mapped[int] = mapped_column(default=0)

    staff: Mapped[Staff] = relationship()
