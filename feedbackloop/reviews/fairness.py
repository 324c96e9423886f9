"""Who was invited to write a review, by what they answered: figures without a person in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.extensions import db
from feedbackloop.reviews.models import Invitation

# In this order they stand in the report. `none`: nobody answered.
GROUPS = ("yes", "partly", "no", "later", "none")


@dataclass(frozen=True)
class Group:
    """Cases with one answer. `rate` is the share that was invited; `behind` how many points that lies under the group
    that was invited most. Both are None where there are no cases."""

    answer: str
    cases: int
    invited: int
    to_be_sent: int
    not_invited: int
    rate: float | None
    behind: float | None


def report(start: datetime, end: datetime) -> list[Group]:
    """Cases that were asked about in this stretch, by the last answer; each case counts once, in its last round."""
    found = {row.answer: row for row in db.session.execute(_counts(start, end))}
    return grouped({one: (row.cases, row.invited or 0, row.to_be_sent or 0) for one, row in found.items()})


def grouped(counts: Mapping[str, tuple[int, int, int]]) -> list[Group]:
    """Every group with its rate, from how many cases it has, how many were invited, and how many are still to be."""
    rates = {
        one: round(100 * counts[one][1] / counts[one][0], 1) if counts.get(one, (0, 0, 0))[0] else None
        for one in GROUPS
    }
    highest = max((rate for rate in rates.values() if rate is not None), default=0.0)
    groups = []
    for one in GROUPS:
        cases, invited, to_be_sent = counts.get(one, (0, 0, 0))
        rate = rates[one]
        behind = round(highest - rate, 1) if rate is not None else None
        groups.append(Group(one, cases, invited, to_be_sent, cases - invited - to_be_sent, rate, behind))
    return groups


def spread(groups: Sequence[Group]) -> float | None:
    """How many points lie between the group that was invited most and the one that was invited least."""
    behind = [one.behind for one in groups if one.behind is not None]
    return max(behind) if len(behind) > 1 else None


def _counts(start: datetime, end: datetime) -> Any:
    later = aliased(CheckIn)
    asked_at = func.coalesce(CheckIn.sent_at, CheckIn.answered_at)
    # A round that was followed by another question is not where the case ended.
    went_on = exists().where(
        later.complaint_id == CheckIn.complaint_id,
        later.cycle > CheckIn.cycle,
        or_(later.sent_at.is_not(None), later.answered_at.is_not(None)),
    )
    of_case = Invitation.complaint_id == CheckIn.complaint_id
    reached = exists().where(of_case, or_(Invitation.sent_at.is_not(None), Invitation.clicked_at.is_not(None)))
    waits = exists().where(of_case, Invitation.status == "scheduled", Invitation.clicked_at.is_(None))
    answer = func.coalesce(Answer.satisfied, "none").label("answer")
    in_time = or_(
        and_(CheckIn.sent_at >= start, CheckIn.sent_at < end),
        and_(CheckIn.sent_at.is_(None), asked_at >= start, asked_at < end),
    )
    return (
        select(
            answer,
            func.count().label("cases"),
            func.sum(case((reached, 1), else_=0)).label("invited"),
            func.sum(case((and_(~reached, waits), 1), else_=0)).label("to_be_sent"),
        )
        .select_from(CheckIn)
        .outerjoin(Answer, and_(Answer.check_in_id == CheckIn.id, Answer.latest))
        .where(in_time, ~went_on)
        .group_by(answer)
    )
