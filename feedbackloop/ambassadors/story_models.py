"""Tables of the story library: what people said or what was done for them, each version that they were shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.people.models import Customer


class Story(Base):
    """A quote, a story, or an exception to a rule that worked. `title` and `text` are those of version `version`.

    `stands_on` is the consent that it needs to be shown: quote, story, or nobody where it names nobody. A story that
    is withdrawn keeps its words for its person alone: no page shows them.
    """

    __tablename__ = "stories"
    __table_args__ = (
        Index("ix_stories_published", "status", "published_at", "id"),
        Index("ix_stories_customer", "customer_id"),
        Index("ix_stories_complaint", "complaint_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(16))  # quote, story, exception
    customer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("customers.id"))
    complaint_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("complaints.id"))
    answer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("answers.id"), unique=True)  # whose words it quotes
    review_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("reviews.id"), unique=True)
    status: Mapped[str] = mapped_column(String(16), default="draft")  # story_rules.STATUSES
    reason: Mapped[str | None] = mapped_column(String(40))  # how it came to this status, as a code
    stands_on: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=1)
    locale: Mapped[str] = mapped_column(String(16))
    category: Mapped[str | None] = mapped_column(String(100))
    title: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str | None] = mapped_column(Text)
    own_words: Mapped[bool] = mapped_column(default=False)  # the person wrote them; else we did
    shown_name: Mapped[str | None] = mapped_column(String(80))
    with_picture: Mapped[bool] = mapped_column(default=False)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last time that it became public
    sample: Mapped[bool] = mapped_column(default=False)

    customer: Mapped[Customer | None] = relationship()
    complaint: Mapped[Complaint | None] = relationship()
    versions: Mapped[list[StoryVersion]] = relationship(order_by="StoryVersion.number", back_populates="story")


class StoryVersion(Base):
    """The very words of a story as they stood, who wrote them, and what its person said when they were shown them.

    Its link opens this version and no other. `words` are what the person would rather have there.
    """

    __tablename__ = "story_versions"
    __table_args__ = (UniqueConstraint("story_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    story_id: Mapped[int] = mapped_column(BigId, ForeignKey("stories.id"))
    number: Mapped[int] = mapped_column()
    title: Mapped[str | None] = mapped_column(String(120))
    text: Mapped[str | None] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_sent: Mapped[str | None] = mapped_column(String(200))  # why its mail does not reach the person
    answer: Mapped[str | None] = mapped_column(String(8))  # yes, changes, no
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    words: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(String(8))  # taken, declined: what staff did with `words`
    named: Mapped[str | None] = mapped_column(String(80))  # the name that the person wants below it

    story: Mapped[Story] = relationship(back_populates="versions")
