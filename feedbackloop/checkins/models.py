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
        Index("ix_check_ins_sent", "sent_at", "id"),
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
            postgresql_include=["satisfied"],
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


class Call(Base):
    """A check-in that is put by telephone, and why: one for each reason, worked off by tries.

    `rank` and `due_at` are the order of the list: the most urgent first. `reason` says why it ended.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("check_in_id", "why"),
        Index("ix_calls_order", "status", "rank", "due_at", "id"),
        Index("ix_calls_closed", "closed_at", "id"),
        Index("ix_calls_complaint", "complaint_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    check_in_id: Mapped[int] = mapped_column(BigId, ForeignKey("check_ins.id"))
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"))
    why: Mapped[str] = mapped_column(String(16))  # crisis, asked, no_address
    rank: Mapped[int] = mapped_column()  # rules.RANKS of `why`
    status: Mapped[str] = mapped_column(String(16), default="open")  # open, reached, refused, ended
    reason: Mapped[str | None] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    check_in: Mapped[CheckIn] = relationship()
    complaint: Mapped[Complaint] = relationship()


class CallTry(Base):
    """One time that somebody dialled: who, when, and what came of it."""

    __tablename__ = "call_tries"
    __table_args__ = (UniqueConstraint("call_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[int] = mapped_column(BigId, ForeignKey("calls.id"))
    number: Mapped[int] = mapped_column()
    outcome: Mapped[str] = mapped_column(String(16))  # reached, no_answer, refused, no_number
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tried_by: Mapped[str] = mapped_column(String(64))
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Proposal(Base):
    """Words of ours that are put to their person by a link, once a number: a summary, or a step that is to prevent it.

    `agreed_text` are the words that hold: ours once accepted, else theirs. `decision` is what staff did with an answer
    that needs one. There is at most one of a kind on its way for a complaint.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        UniqueConstraint("complaint_id", "kind", "number"),
        Index(
            "uq_proposals_under_way",
            "complaint_id",
            "kind",
            unique=True,
            sqlite_where=text("status IN ('scheduled', 'sent')"),
            postgresql_where=text("status IN ('scheduled', 'sent')"),
        ),
        Index("ix_proposals_undecided", "kind", "answer", "decision", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"))
    kind: Mapped[str] = mapped_column(String(16))  # summary, step
    number: Mapped[int] = mapped_column()
    text: Mapped[str | None] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(64))
    # scheduled, sent, answered, suppressed, bounced, expired, cancelled
    status: Mapped[str] = mapped_column(String(16), default="scheduled")
    reason: Mapped[str | None] = mapped_column(String(200))
    answer: Mapped[str | None] = mapped_column(String(16))  # accepted, corrected; fine, not_fine, other
    agreed_text: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(String(16))  # taken, declined, read
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    complaint: Mapped[Complaint] = relationship()
    answers: Mapped[list[ProposalAnswer]] = relationship(order_by="ProposalAnswer.version")


class ProposalAnswer(Base):
    """One version of what the person said to it; the highest counts, every one is kept."""

    __tablename__ = "proposal_answers"
    __table_args__ = (UniqueConstraint("proposal_id", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    proposal_id: Mapped[int] = mapped_column(BigId, ForeignKey("proposals.id"))
    version: Mapped[int] = mapped_column()
    answer: Mapped[str] = mapped_column(String(16))
    words: Mapped[str | None] = mapped_column(Text)
    said_by: Mapped[str] = mapped_column(String(64))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
