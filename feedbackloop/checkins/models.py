"""Tables of the station `checkins`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base


class CheckIn(Base):
    """The question put once per complaint and resolution cycle. Its mail is the outbox row of kind `check_in`."""

    __tablename__ = "check_ins"
    __table_args__ = (
        UniqueConstraint("complaint_id", "cycle"),
        Index("ix_check_ins_status", "status", "due_at", "id"),
        Index("ix_check_ins_sent", "sent_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"))
    cycle: Mapped[int] = mapped_column()
    # scheduled, sent, answered, expired, suppressed, bounced, cancelled; `queued` is read off the outbox row
    status: Mapped[str] = mapped_column(String(16), default="scheduled")
    reason: Mapped[str | None] = mapped_column(String(200))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    complaint: Mapped[Complaint] = relationship()


class Answer(Base):
    """One version of what a person answered; the highest version counts, every version is kept."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("check_in_id", "version"),
        Index(
            "ix_answers_latest",
            "check_in_id",
            unique=True,
            sqlite_where=text("latest"),
            postgresql_where=text("latest"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    check_in_id: Mapped[int] = mapped_column(BigId, ForeignKey("check_ins.id"))
    version: Mapped[int] = mapped_column()
    latest: Mapped[bool] = mapped_column(default=True)
    satisfied: Mapped[str] = mapped_column(String(8))  # yes, partly, no, later
    # Whether it opened the complaint again, by the reasons as they were marked when it was given.
    reopens: Mapped[bool] = mapped_column(default=False)
    rating: Mapped[int | None] = mapped_column()  # 1 to 5
    recommend: Mapped[int | None] = mapped_column()  # 0 to 10
    comment: Mapped[str | None] = mapped_column(Text)
    quote_consent: Mapped[bool] = mapped_column(default=False)
    call_me: Mapped[bool] = mapped_column(default=False)
    meet: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str | None] = mapped_column(String(16))
    recorded_by: Mapped[str] = mapped_column(String(64))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    check_in: Mapped[CheckIn] = relationship()
    reasons: Mapped[list[AnswerReason]] = relationship(lazy="selectin", order_by="AnswerReason.code")

    @property
    def codes(self) -> tuple[str, ...]:
        """What is not right yet, as codes of the lists that staff keep."""
        return tuple(one.code for one in self.reasons)


class AnswerReason(Base):
    """One thing that a person ticked as not right yet; an answer may have several, so that each can be counted."""

    __tablename__ = "answer_reasons"

    answer_id: Mapped[int] = mapped_column(BigId, ForeignKey("answers.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), primary_key=True)


class Reason(Base):
    """Something that can be not right yet, in the lists that staff keep. Never deleted: answers hold its code."""

    __tablename__ = "reasons"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    category: Mapped[str | None] = mapped_column(String(100))  # of complaints; None: the general list
    text_nl: Mapped[str | None] = mapped_column(String(200))
    text_en: Mapped[str | None] = mapped_column(String(200))
    reopens: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=10)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attachment(Base):
    """A file that came with a version of an answer. It lies in the instance folder under a name that says nothing."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    check_in_id: Mapped[int] = mapped_column(BigId, ForeignKey("check_ins.id"), index=True)
    answer_id: Mapped[int] = mapped_column(BigId, ForeignKey("answers.id"), index=True)
    file: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str | None] = mapped_column(String(120))  # as the person called it; goes with them
    type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column()
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
