"""The numbers counted in plain Python from the raw rows: one complaint after the other, one sentence a step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint, Round
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer
from feedbackloop.reviews.models import Invitation, OutsideReview, Review

ZONE = ZoneInfo("Europe/Amsterdam")
ORDER = ("resolved", "asked", "answered", "satisfied", "invited", "clicked", "reviewed", "ambassador")


@dataclass
class Counted:
    """One complaint: the steps it came to, with the day of each where it is known."""

    number: str
    week: date
    of: dict[str, str]
    steps: set[str]
    again: bool
    answer: str | None = None
    mark: int | None = None
    days: dict[str, date] = field(default_factory=dict)

    def took(self, step: str) -> int | None:
        before = ORDER[ORDER.index(step) - 1]
        if step not in self.steps or before not in self.days or step not in self.days:
            return None
        return max(0, (self.days[step] - self.days[before]).days)


def everybody() -> list[Counted]:
    """Every complaint that was ever resolved, by the rows as they stand."""
    people = {row.id: row for row in _all(Customer)}
    rounds = {(row.complaint_id, row.cycle): row for row in _all(Round)}
    check_ins = {(row.complaint_id, row.cycle): row for row in _all(CheckIn)}
    answers = {row.check_in_id: row for row in sorted(_all(Answer), key=lambda row: row.version)}
    invitations = {(row.complaint_id, row.cycle): row for row in _all(Invitation)}
    reviewers = {row.customer_id for row in _all(Invitation) if row.status == "reviewed"}
    reviews: dict[int | None, Any] = {row.invitation_id: row for row in _all(OutsideReview)}
    reviews.update({row.invitation_id: row for row in _all(Review)})
    board = {row.complaint_id: row for row in _all(Ambassador) if row.left_at is None}
    found = []
    for complaint in _all(Complaint):
        key = (complaint.id, complaint.cycle)
        kept = rounds.get(key)
        at = complaint.resolved_at or (kept.resolved_at if kept else None)
        if complaint.cycle == 0 or at is None:
            continue
        check_in = check_ins.get(key)
        answer = answers.get(check_in.id) if check_in else None
        invitation = invitations.get(key)
        person = people.get(complaint.customer_id)
        one = Counted(
            complaint.external_id,
            _monday(_day(at)),
            {
                "category": complaint.category or "",
                "handler": complaint.handler_name or complaint.handler_email or "",
                "locale": (person.locale if person and person.locale else "")[:2].lower(),
                "destination": "",
            },
            {"resolved"},
            complaint.cycle > 1,
        )
        one.days["resolved"] = _day(at)
        found.append(one)
        if check_in is not None:
            _ask(one, check_in, answer)
        if one.answer == "yes":
            review = reviews.get(invitation.id) if invitation else None
            row = board.get(complaint.id)
            _go_on(one, invitation, review, row, complaint.customer_id in reviewers)
    return found


def _ask(one: Counted, check_in: CheckIn, answer: Answer | None) -> None:
    mailed = check_in.sent_at is not None and check_in.status != "bounced"
    if not mailed and answer is None:
        return
    one.steps.add("asked")
    moment = check_in.sent_at if mailed else check_in.answered_at
    assert moment is not None
    one.days["asked"] = _day(moment)
    if answer is None or answer.satisfied == "later":
        return
    one.steps.add("answered")
    assert check_in.answered_at is not None
    one.days["answered"] = _day(check_in.answered_at)
    one.answer, one.mark = answer.satisfied, answer.recommend
    if answer.satisfied == "yes":
        one.steps.add("satisfied")
        one.days["satisfied"] = _day(answer.answered_at)


def _go_on(one: Counted, invitation: Invitation | None, review: Any, row: Ambassador | None, reviewer: bool) -> None:
    came = set()
    if invitation is not None and invitation.sent_at is not None and invitation.status != "bounced":
        came.add("invited")
        one.days["invited"] = _day(invitation.sent_at)
    if "invited" in came and invitation is not None and (invitation.clicked_at or invitation.status == "clicked"):
        came.add("clicked")
    if invitation is not None and invitation.clicked_at:
        one.days["clicked"] = _day(invitation.clicked_at)
    if invitation is not None and invitation.status == "reviewed":
        came.add("reviewed")
        if review is not None:
            one.days["reviewed"] = _day(review.written_at)
    if row is not None and row.stage == "reviewed" and not reviewer:
        came.add("reviewed")
    if row is not None and row.stage == "ambassador":
        came.add("ambassador")
        one.days["ambassador"] = _day(row.stage_since)
    furthest = max((ORDER.index(step) for step in came), default=3)
    one.steps |= set(ORDER[: furthest + 1])
    if invitation is not None and invitation.destination_id and "clicked" in one.steps:
        one.of["destination"] = str(invitation.destination_id)


def bands(of: Iterable[Counted]) -> tuple[int, int, int]:
    """Promoters, passives, detractors."""
    marks = [one.mark for one in of if one.mark is not None]
    return sum(m >= 9 for m in marks), sum(m in (7, 8) for m in marks), sum(m <= 6 for m in marks)


def steps(of: Iterable[Counted]) -> tuple[int, ...]:
    listed = list(of)
    return tuple(sum(step in one.steps for one in listed) for step in ORDER)


def typical(of: Iterable[Counted], step: str) -> int | None:
    took = [days for one in of if (days := one.took(step)) is not None]
    return median_low(took) if took else None


def _all(model: Any) -> list[Any]:
    return list(db.session.scalars(select(model)))


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _monday(day: date) -> date:
    while day.isoweekday() != 1:
        day -= timedelta(days=1)
    return day
