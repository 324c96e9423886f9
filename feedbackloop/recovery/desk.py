"""The list of cases for staff: the most pressing first."""

from __future__ import annotations

from itertools import groupby

from flask import Blueprint, render_template, request

from feedbackloop.config import settings
from feedbackloop.core import access, clock, moments, periods
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.recovery import lists, rules, urgency, words
from feedbackloop.recovery.lists import After, Filters
from feedbackloop.recovery.models import RecoveryCase

PAGE_SIZE = 50
STATUSES = ("", "open", "overdue", "due_today", "closed", "all")
SORTS = ("", "priority")
_LONGEST_ADDRESS = 320

staff = Blueprint("recovery_staff", __name__, url_prefix="/staff/recovery")


@staff.get("/")
@access.requires(*rules.READERS)
def listing() -> str:
    """Open cases by deadline or by priority; what is shown is in the address. Late ones stand in groups by age."""
    now, zone = clock.now(), settings().timezone
    tomorrow = periods.days_end(now, zone)
    filters = _filters()
    rows = lists.listed(filters, now, tomorrow, _cursor(request.args.get("after")), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    by_age = filters.status == "overdue" and not filters.by_priority
    return render_template(
        "staff/recovery/list.html",
        groups=[
            (age, [(one, rules.shown_status(one.status, one.due_at, now, zone)) for one in cases])
            for age, cases in groupby(shown, key=lambda one: urgency.age(one.due_at, now) if by_age else "")
        ],
        counts=lists.counts(now, tomorrow),
        filters=filters,
        opened_from=request.args.get("opened_from", ""),
        sort=request.args.get("sort", ""),
        owners=lists.owners(),
        older=_after(shown[-1]) if len(rows) > PAGE_SIZE else None,
        answers=lists.answers_of(shown),
        level=urgency.level,
        link=access.link,
        words=words,
    )


def _filters() -> Filters:
    given = request.args
    filters = Filters(
        status=given.get("status", ""),
        owner=given.get("owner", "")[:_LONGEST_ADDRESS],
        opened_from=periods.day_start(given.get("opened_from"), settings().timezone),
        priority=given.get("priority", ""),
        age=given.get("age", ""),
        outcome=given.get("outcome", ""),
        escalated=given.get("escalated") == "1",
        by_priority=given.get("sort") == "priority",
    )
    offered = (
        (filters.status, STATUSES),
        (filters.priority, ("", *urgency.LEVELS)),
        (filters.age, ("", *urgency.AGES)),
        (filters.outcome, ("", *rules.OUTCOMES)),
        (given.get("sort", ""), SORTS),
    )
    if any(value not in known for value, known in offered):
        raise NotFound
    return filters


def _after(case: RecoveryCase) -> str:
    return f"{moments.show(case.due_at)},{case.id},{case.priority}"


def _cursor(given: str | None) -> After | None:
    if not given:
        return None
    moment, _, rest = given.partition(",")
    number, _, priority = rest.partition(",")
    case_id = row_id(number)
    try:
        if case_id is not None:
            return After(moments.read(moment), case_id, row_id(priority) or 0)
    except ValueError:
        pass
    raise BadInput
