"""Tables of the station `ambassadors`: the people on the board, and how many there are."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.types import BigId, Json, UtcDateTime
from feedbackloop.extensions import Base
from feedbackloop.people.models import Customer

# A column of which the old value is known when it changes, as the counts need it.
_told = partial(mapped_column, active_history=True)
# Who has no next step comes after those who have one.
NO_STEP = date(9999, 12, 31)
# A number as people read it: by code point, the same in both databases.
_BY_CODE = String(200).with_variant(String(200, collation="C"), "postgresql")


# What stands in an index besides its order, so that who does not fit is passed over without a look at their row.
SORTED_BY = ("stage_since", "next_key", "number_key", "not_now_until")
FILTERED_BY = ("board_column", "category", "locale", "owner_id", "consents", "recommend")


def _on_board(name: str, *columns: str, only: str = "", besides: tuple[str, ...] = ()) -> Index:
    """An index of those who are on the board."""
    where = text(" AND ".join(filter(None, ("left_at IS NULL", only))))
    more: dict[str, Any] = {"postgresql_include": [one for one in besides if one not in columns]} if besides else {}
    return Index(name, *columns, sqlite_where=where, postgresql_where=where, **more)


class Ambassador(Base):
    """A satisfied person, once each. `complaint_id` is the case they are shown by; `version` guards moves.

    `board_column` and what stands below `owner_id` are kept copies, so that the board reads and counts one table: where
    the person stands today, their case's category, their language, what they allow and their latest marks. `kind` is
    what rules.Kind makes of them: by it the few who fit a filter are found in the order of the board. Whatever writes a
    person, counts.py keeps `board_column`, `next_key` and `kind`, and says what changed.
    """

    __tablename__ = "ambassadors"
    __table_args__ = (
        Index("ix_ambassadors_stage", "stage", "stage_since", "id"),
        _on_board("ix_ambassadors_column", "board_column", "stage_since", "id", besides=FILTERED_BY),
        _on_board("ix_ambassadors_since", "stage_since", "id", besides=(*FILTERED_BY, *SORTED_BY)),
        _on_board("ix_ambassadors_kind", "kind", "stage_since", "id", besides=SORTED_BY),
        _on_board("ix_ambassadors_number", "number_key", "id", besides=(*FILTERED_BY, "stage_since")),
        _on_board("ix_ambassadors_next", "next_key", "id", besides=(*FILTERED_BY, "stage_since")),
        _on_board("ix_ambassadors_later", "not_now_until", "id", only="board_column = 'not_now'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(BigId, ForeignKey("customers.id"), unique=True)
    complaint_id: Mapped[int] = mapped_column(BigId, ForeignKey("complaints.id"), index=True)
    stage: Mapped[str] = _told(String(16))  # satisfied, invited, clicked, reviewed, ambassador
    stage_since: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = _told(UtcDateTime)  # no longer satisfied: off the board, kept
    not_now_until: Mapped[date | None] = _told(Date)
    not_now_reason: Mapped[str | None] = mapped_column(String(200))
    next_step: Mapped[str | None] = mapped_column(String(200))
    next_step_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner_id: Mapped[int | None] = _told(BigId, ForeignKey("staff.id"), index=True)
    board_column: Mapped[str] = _told(String(16), default="satisfied")  # rules.COLUMNS
    category: Mapped[str | None] = _told(String(100))
    locale: Mapped[str | None] = _told(String(16))  # as the person's row has it, lower-cased, first part
    consents: Mapped[int] = _told(default=0)  # the sum of rules.CONSENT_BITS that hold
    recommend: Mapped[int | None] = _told()  # 0 to 10, of the latest answer
    quote_answer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("answers.id"))  # whose words they allow
    number_key: Mapped[str] = mapped_column(_BY_CODE, default="")  # the case number, to sort by: rules.number_key
    next_key: Mapped[date] = mapped_column(Date, default=NO_STEP)  # the day of the next step, to sort by
    kind: Mapped[int] = mapped_column(BigInteger, default=0)

    customer: Mapped[Customer] = relationship()
    complaint: Mapped[Complaint] = relationship()


class Tag(Base):
    """A word that marketing put on a person, to find them by."""

    __tablename__ = "ambassador_tags"
    __table_args__ = (Index("ix_ambassador_tags_tag", "tag", "ambassador_id"),)

    ambassador_id: Mapped[int] = mapped_column(BigId, ForeignKey("ambassadors.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)


class BoardCount(Base):
    """How many people of one kind stand in a column. '' and 0 stand for what is not known: no column here is empty."""

    __tablename__ = "board_counts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    board_column: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(100))
    locale: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int] = mapped_column(BigId)
    consents: Mapped[int] = mapped_column()
    band: Mapped[str] = mapped_column(String(16))  # rules.BANDS, or '' for who gave no mark
    kind: Mapped[int] = mapped_column(BigInteger, unique=True)  # rules.Kind.key of the six above
    people: Mapped[int] = mapped_column()


class BoardChange(Base):
    """One change of the board that is not folded into the counts yet: written with what changed, folded by a job.

    Rows are only added, so that a thousand answers at once never wait for one counter. `people` is 1, -1, or 0 for a
    change that moves nobody and must be seen all the same.
    """

    __tablename__ = "board_changes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    board_column: Mapped[str] = mapped_column(String(16))
    category: Mapped[str] = mapped_column(String(100))
    locale: Mapped[str] = mapped_column(String(16))
    owner_id: Mapped[int] = mapped_column(BigId)
    consents: Mapped[int] = mapped_column()
    band: Mapped[str] = mapped_column(String(16))
    kind: Mapped[int] = mapped_column(BigInteger)
    people: Mapped[int] = mapped_column()


class BoardState(Base):
    """One row: how many changes are folded, and how many people the board, a column and a category hold by them."""

    __tablename__ = "board_state"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    folded: Mapped[int] = mapped_column(BigId, default=0)
    people: Mapped[int] = mapped_column(default=0)
    totals: Mapped[dict[str, Any]] = mapped_column(Json)  # people by column
    categories: Mapped[dict[str, Any]] = mapped_column(Json)  # people by category
    folded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
