"""How many there are of each thing of the loop, by its state: what the metrics count beside mail."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.improvements.models import Improvement

Total = tuple[str, str, str, dict[str, int]]


def all_of_them() -> Iterator[Total]:
    """(name, help, label, count by the label's value)."""
    yield "feedbackloop_complaints", "Complaints by status.", "status", _by(Complaint.status)
    yield "feedbackloop_check_ins", "Check-ins by status.", "status", _by(CheckIn.status)
    yield (
        "feedbackloop_answers",
        "Answers that count, by what they say.",
        "satisfied",
        _by(Answer.satisfied, Answer.latest.is_(True)),
    )
    yield "feedbackloop_improvements", "Improvements by status.", "status", _by(Improvement.status)


def _by(column: InstrumentedAttribute[str], condition: ColumnElement[bool] | None = None) -> dict[str, int]:
    wanted = select(column, func.count()).group_by(column)
    if condition is not None:
        wanted = wanted.where(condition)
    return dict(db.session.execute(wanted).tuples().all())
