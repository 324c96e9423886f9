"""The list of cases for staff: the most pressing first."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from feedbackloop.config import settings
from feedbackloop.core import access, clock, moments, periods
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.recovery import lists, queries, rules
from feedbackloop.recovery.lists import Filters
from feedbackloop.recovery.models import RecoveryCase

PAGE_SIZE = 50
STATUSES = ("", "open", "overdue", "due_today", "closed", "all")
_LONGEST_ADDRESS = 320

staff = Blueprint("recovery_staff", __name__, url_prefix="/staff/recovery")


@staff.get("/")
@access.requires(*rules.READERS)
def listing() -> str:
    """Open cases by deadline; status, owner and the day from which they were opened are in the address."""
    now, zone = clock.now(), settings().timezone
    tomorrow = periods.midnight(now.astimezone(zone).date() + timedelta(days=1), zone)
    filters = Filters(
        status=request.args.get("status", ""),
        owner=request.args.get("owner", "")[:_LONGEST_ADDRESS],
        opened_from=periods.day_start(request.args.get("opened_from"), zone),
    )
    if filters.status not in STATUSES:
        raise NotFound
    rows = lists.listed(filters, now, tomorrow, _cursor(request.args.get("after")), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "staff/recovery/list.html",
        cases=[(one, rules.shown_status(one.status, one.due_at, now, zone)) for one in shown],
        counts=lists.counts(now, tomorrow),
        filters=filters,
        opened_from=request.args.get("opened_from", ""),
        owners=lists.owners(),
        older=_after(shown[-1]) if len(rows) > PAGE_SIZE else None,
        answers=lists.answers_of(shown),
    )


@staff.get("/<int(max=9223372036854775807):case_id>")
@access.requires(*rules.READERS)
def case(case_id: int) -> ResponseReturnValue:
    """Where a mail to a colleague leads: the complaint, on whose page the case is worked on."""
    found = queries.by_id(case_id)
    if found is None:
        raise NotFound
    return redirect(f"/staff/complaints/{found.complaint_id}", 303)


def _after(case: RecoveryCase) -> str:
    return f"{moments.show(case.due_at)},{case.id}"


def _cursor(given: str | None) -> tuple[datetime, int] | None:
    if not given:
        return None
    moment, _, number = given.partition(",")
    case_id = row_id(number)
    try:
        if case_id is not None:
            return moments.read(moment), case_id
    except ValueError:
        pass
    raise BadInput
