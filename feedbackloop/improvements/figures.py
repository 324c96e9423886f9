"""The numbers above the log: what came in, how it ended, what changed. Counted from the raw rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import and_, case, func, select

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock, periods
from feedbackloop.extensions import db
from feedbackloop.improvements import rules
from feedbackloop.improvements.models import Improvement

# A change is visible within five seconds: `core.kept.watching` counts on this being the smallest part of them.
_KEPT_FOR = timedelta(seconds=1)
_ASKED = ("sent", "expired")


@dataclass(frozen=True)
class Scoreboard:
    """Complaints of the past twelve months. `groups` add up to `received`; None where a group is not shown."""

    received: int
    groups: Mapping[str, int | None]
    changes: int

    @property
    def shown(self) -> bool:
        """Whether there is enough to show anything of people at all."""
        return self.received >= rules.SMALLEST_GROUP


def scoreboard() -> Scoreboard:
    """The numbers as they stood a second ago at most: on a large site counting takes longer than all the rest."""
    kept: dict[str, tuple[datetime, Scoreboard]] = current_app.extensions.setdefault("feedbackloop.scoreboard", {})
    now = clock.now()
    counted_at, found = kept.get("log", (None, None))
    if found is None or counted_at is None or not counted_at <= now < counted_at + _KEPT_FOR:
        found = count(periods.read("12m", now, settings().timezone).start)
        kept["log"] = (now, found)
    return found


def count(since: datetime) -> Scoreboard:
    """The numbers of complaints that were opened, and of changes that were done, from this moment on.

    `confirmed`: the person said that it is solved. `not_solved`: reopened, and not resolved since. `no_answer`:
    resolved and asked, without an answer so far. `busy`: everything else, still open or not asked.
    """
    asked = and_(CheckIn.complaint_id == Complaint.id, CheckIn.cycle == Complaint.cycle, CheckIn.status.in_(_ASKED))
    silent = and_(Complaint.status == "resolved", CheckIn.id.is_not(None))
    row = db.session.execute(
        select(
            func.count(Complaint.id).label("received"),
            func.sum(case((Complaint.status == "confirmed", 1), else_=0)).label("confirmed"),
            func.sum(case((Complaint.status == "reopened", 1), else_=0)).label("not_solved"),
            func.sum(case((silent, 1), else_=0)).label("no_answer"),
        )
        .select_from(Complaint)
        .outerjoin(CheckIn, asked)
        .where(Complaint.opened_at >= since)
    ).one()
    groups = {name: int(getattr(row, name) or 0) for name in ("confirmed", "not_solved", "no_answer")}
    groups["busy"] = row.received - sum(groups.values())
    public = and_(Improvement.published_at.is_not(None), Improvement.unpublished_at.is_(None))
    changes = db.session.scalar(
        select(func.count()).where(public, Improvement.status == "done", Improvement.done_at >= since)
    )
    return Scoreboard(row.received, rules.withheld(groups), changes or 0)
