"""Discretion: what a colleague spends on a person without a rule that says so; over the budget a second one decides.

Only what was spent without asking counts against a budget. What a second person approved is shown beside it and leaves
the budget as it is: the asking is what it cost, and the next person in need does not pay for the last one.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.errors import Conflict, Forbidden, NotFound
from feedbackloop.core.history import Change
from feedbackloop.recovery import rules, service
from feedbackloop.recovery import spendings as queries
from feedbackloop.recovery.models import Spending


@dataclass(frozen=True)
class Wish:
    """What a colleague wants to spend on a case. `once` is the form's own mark: sent twice, it is spent once."""

    once: str
    amount_cents: int
    rule: str
    reason: str


@dataclass(frozen=True)
class Room:
    """How a colleague stands this month, in cents."""

    budget: int
    spent: int

    @property
    def left(self) -> int:
        return max(0, self.budget - self.spent)


def room_of(staff_id: int) -> Room:
    """What a colleague may still spend without asking in the present month."""
    month = rules.month_of(clock.now(), settings().timezone)
    return Room(budget_of(staff_id), queries.spent_in(staff_id, month))


def budget_of(staff_id: int) -> int:
    """What a colleague may spend in a month: as an admin set it, else as the setting says."""
    own = queries.own_budget(staff_id)
    return settings().discretion_budget if own is None else own


def spend(case_id: int, wish: Wish, staff_id: int, actor: str) -> Spending:
    """Spends it where the budget has room, and asks a second person where it has not.

    Of any number at once by one colleague each sees what the others spent. Raises NotFound, and Conflict where the
    person was erased or the mark is another form's.
    """
    case = service.held(case_id)
    if case.outcome == "erased":
        raise Conflict(code="erased")
    queries.lock_colleague(staff_id)
    sent = queries.by_once(wish.once)
    if sent is not None:
        if (sent.case_id, sent.staff_id) != (case_id, staff_id):
            raise Conflict
        return sent
    room = room_of(staff_id)
    now = clock.now()
    status = rules.SPENT if rules.may_spend(wish.amount_cents, room.budget, room.spent) else rules.ASKED
    spending = Spending(
        once=wish.once,
        case_id=case.id,
        complaint_id=case.complaint_id,
        staff_id=staff_id,
        month=rules.month_of(now, settings().timezone),
        amount_cents=wish.amount_cents,
        rule=wish.rule,
        reason=wish.reason,
        status=status,
        created_at=now,
    )
    queries.add(spending)
    _record(spending, actor, status, None)
    return spending


def decide(spending_id: int, approve: bool, reason: str, decider_id: int, role: str, actor: str) -> Spending:
    """A second person's word on a request. Raises NotFound, Forbidden for one's own, Conflict where it was decided."""
    spending = queries.lock(spending_id)
    if spending is None:
        raise NotFound
    decision = rules.may_decide(spending.status, role, spending.staff_id == decider_id)
    if decision.reason == "decided":
        raise Conflict(code="decided")
    if not decision:
        raise Forbidden
    before = spending.status
    spending.status = rules.APPROVED if approve else rules.REFUSED
    spending.decided_by, spending.decided_at, spending.decision_reason = decider_id, clock.now(), reason
    _record(spending, actor, spending.status, before)
    return spending


def set_budget(staff_id: int, monthly_cents: int | None, actor: str) -> None:
    """What a colleague may spend in a month from now on; None: as the setting says."""
    if monthly_cents == queries.own_budget(staff_id):
        return
    queries.keep_budget(staff_id, monthly_cents, clock.now())
    history.record(Change(actor, "staff", staff_id, "budget_set", detail={"monthly_cents": monthly_cents}))


def _record(spending: Spending, actor: str, status: str, before: str | None) -> None:
    detail = {"amount_cents": spending.amount_cents, "case": spending.case_id}
    history.record(Change(actor, "spending", spending.id, status, spending.complaint_id, before, status, detail=detail))
