"""Which cases are closed for good, and so lead to an invitation: all SQL of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.reviews import queries, rules
from feedbackloop.reviews.models import Invitation


@dataclass(frozen=True)
class Closing:
    """A case that was closed: whose it is, when, and by what (rules.OCCASIONS)."""

    complaint_id: int
    cycle: int
    customer_id: int | None
    at: datetime
    occasion: str


def by_yes(check_in_ids: Sequence[int]) -> list[Closing]:
    """Check-ins whose present answer is 'yes'."""
    return [
        Closing(yes.complaint_id, yes.cycle, yes.customer_id, yes.answered_at, "confirmed")
        for yes in queries.yes_answers(check_in_ids)
    ]


def by_outcome(case_ids: Sequence[int]) -> list[Closing]:
    """Recovery cases that were closed with an outcome after which nothing follows."""
    found: list[Closing] = []
    for part in chunks(case_ids):
        wanted = (
            select(RecoveryCase.complaint_id, CheckIn.cycle, Complaint.customer_id, RecoveryCase.closed_at)
            .join(CheckIn, CheckIn.id == RecoveryCase.check_in_id)
            .join(Complaint, Complaint.id == RecoveryCase.complaint_id)
            .where(RecoveryCase.id.in_(part), RecoveryCase.outcome.in_(rules.FINAL_OUTCOMES))
            .where(CheckIn.cycle == Complaint.cycle, ~_has_open_case())
        )
        for row in db.session.execute(wanted):
            closed_at = row.closed_at
            if closed_at is not None:
                found.append(Closing(row.complaint_id, row.cycle, row.customer_id, closed_at, "outcome"))
    return sorted(found, key=lambda one: one.complaint_id)


def by_expiry(check_in_ids: Sequence[int], at: datetime) -> list[Closing]:
    """Check-ins that ended without an answer, of complaints for which nothing else is still to come."""
    found: list[Closing] = []
    for part in chunks(check_in_ids):
        wanted = (
            select(CheckIn.complaint_id, CheckIn.cycle, Complaint.customer_id)
            .join(Complaint, Complaint.id == CheckIn.complaint_id)
            .where(CheckIn.id.in_(part), CheckIn.status == "expired", CheckIn.cycle == Complaint.cycle)
            .where(Complaint.status != "reopened", ~_has_open_case())
        )
        found += [Closing(*row, at, "expired") for row in db.session.execute(wanted)]
    return sorted(found, key=lambda one: one.complaint_id)


def by_limit(asked_from: datetime, asked_before: datetime, at: datetime, after: int, limit: int) -> list[Closing]:
    """Complaints that were asked about in this stretch and never came to an invitation, nor to a reason against one;
    at most `limit`, beyond the id `after`. That nothing closes a case must not keep its person from being asked."""
    invited = exists().where(Invitation.complaint_id == Complaint.id)
    wanted = (
        select(Complaint.id, Complaint.cycle, Complaint.customer_id)
        .where(
            Complaint.id.in_(
                select(CheckIn.complaint_id).where(CheckIn.sent_at >= asked_from, CheckIn.sent_at < asked_before)
            ),
            Complaint.id > after,
            Complaint.customer_id.is_not(None),
            ~invited,
        )
        .order_by(Complaint.id)
        .limit(limit)
    )
    return [Closing(*row, at, "limit") for row in db.session.execute(wanted)]


def with_open_case(complaint_ids: Sequence[int]) -> set[int]:
    """Those of these complaints of which a recovery case is open."""
    found: set[int] = set()
    for part in chunks(complaint_ids):
        wanted = select(RecoveryCase.complaint_id).where(
            RecoveryCase.complaint_id.in_(part), RecoveryCase.status == "open"
        )
        found.update(db.session.scalars(wanted))
    return found


def _has_open_case() -> Any:
    other = aliased(RecoveryCase)
    return exists().where(other.complaint_id == Complaint.id, other.status == "open")
