"""What colleagues spent on people without a rule for it: by month and person, and what waits for a second person."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from feedbackloop.config import settings
from feedbackloop.core import access, clock, db, money, sheets
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.recovery import discretion, rules, spendings, words
from feedbackloop.recovery.desk import PAGE_SIZE, staff
from feedbackloop.recovery.forms import BudgetForm, DecideForm
from feedbackloop.recovery.models import Spending
from feedbackloop.staff import queries as accounts
from feedbackloop.staff.models import Staff

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_MOST_EXPORTED = 20_000
_HEADS = ("date", "colleague", "complaint", "amount", "status", "rule", "reason", "decided", "decision", "case_outcome")


@staff.get("/discretion")
@access.requires(*rules.READERS)
def discretion_listing() -> str:
    """Totals by person for a month, the requests that wait, and every spending of the month; ?status=asked: only what
    waits."""
    status = request.args.get("status", "")
    if status not in ("", rules.ASKED):
        raise NotFound
    month, who = _month(), row_id(request.args.get("who"))
    rows = spendings.listed(month, who, row_id(request.args.get("after")), PAGE_SIZE + 1)
    totals = spendings.totals(month)
    present = rules.month_of(clock.now(), settings().timezone)
    return render_template(
        "staff/recovery/discretion.html",
        month=month,
        months=[(one, _in_words(one)) for one in sorted({present, month, *spendings.months()}, reverse=True)],
        month_in_words=_in_words(month),
        who=who,
        totals=totals,
        default_budget=settings().discretion_budget,
        asked=spendings.asked(),
        only_asked=status == rules.ASKED,
        spendings=rows[:PAGE_SIZE],
        older=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        may_decide=access.may_open("recovery_staff.decide_spending"),
        link=access.link,
        euro=money.euro,
        words=words,
    )


@staff.get("/discretion.csv")
@access.requires(*rules.READERS)
def discretion_sheet() -> Response:
    """The month as a sheet. What people typed never becomes a formula."""
    month = _month()
    rows = spendings.listed(month, None, None, _MOST_EXPORTED)
    return sheets.download(f"discretion-{month}.csv", _HEADS, [_line(one) for one in rows])


def _line(one: Spending) -> tuple[Any, ...]:
    zone = settings().timezone
    decided = one.decided_at.astimezone(zone).date().isoformat() if one.decided_at else None
    return (
        one.created_at.astimezone(zone).date().isoformat(),
        one.staff.name,
        one.complaint.external_id,
        money.plain(one.amount_cents),
        one.status,
        one.rule,
        one.reason,
        decided,
        one.decision_reason,
        one.case.outcome,
    )


@staff.get("/discretion/<int:spending_id>")
@access.requires(*rules.READERS)
def spending(spending_id: int) -> str:
    """One request or spending, with what was decided."""
    return _spending_page(_existing(spending_id), DecideForm(formdata=None))


@staff.post("/discretion/<int:spending_id>")
@access.requires(*rules.DECIDERS)
def decide_spending(spending_id: int) -> ResponseReturnValue:
    """A second person approves or refuses, with a reason; nobody decides on their own request."""
    found = _existing(spending_id)
    form = DecideForm()
    if not form.validate():
        return _spending_page(found, form), 400
    approve = form.decision.data == "approve"
    with db.transaction():
        discretion.decide(spending_id, approve, str(form.reason.data), g.staff.id, g.staff.role, access.actor())
    flash(_("The request is approved.") if approve else _("The request is refused."))
    return redirect(url_for(".discretion_listing"), 303)


def _spending_page(found: Spending, form: DecideForm) -> str:
    decision = rules.may_decide(found.status, g.staff.role, found.staff_id == g.staff.id)
    decided_by = accounts.names([found.decided_by]).get(found.decided_by) if found.decided_by else None
    return render_template(
        "staff/recovery/spending.html",
        one=found,
        form=form,
        decision=decision,
        decided_by=decided_by,
        euro=money.euro,
        words=words,
    )


@staff.get("/discretion/budgets")
@access.requires("admin")
def budgets() -> str:
    """What each colleague may spend in a month."""
    month = rules.month_of(clock.now(), settings().timezone)
    return render_template(
        "staff/recovery/budgets.html",
        totals=[one for one in spendings.totals(month) if one.active],
        default_budget=settings().discretion_budget,
        euro=money.euro,
    )


@staff.route("/discretion/budgets/<int:staff_id>", methods=["GET", "POST"])
@access.requires("admin")
def budget(staff_id: int) -> ResponseReturnValue:
    """One colleague's budget; nothing filled in means what the setting says."""
    who = _colleague(staff_id)
    form = BudgetForm()
    if request.method == "GET":
        own = spendings.own_budget(staff_id)
        form.amount.data = "" if own is None else money.plain(own)
    if not form.validate_on_submit():
        context = {"form": form, "who": who, "default_budget": settings().discretion_budget, "euro": money.euro}
        return render_template("staff/recovery/budget.html", **context), 400 if form.is_submitted() else 200
    name = who.name
    with db.transaction():
        discretion.set_budget(staff_id, form.cents, access.actor())
    flash(_("The budget of %(name)s is saved.", name=name))
    return redirect(url_for(".budgets"), 303)


def _colleague(staff_id: int) -> Staff:
    found = accounts.by_id(staff_id)
    if found is None or found.role not in spendings.WORKERS:
        raise NotFound
    return found


def _existing(spending_id: int) -> Spending:
    found = spendings.by_id(spending_id)
    if found is None:
        raise NotFound
    return found


def _in_words(month: str) -> str:
    """'november 2026'"""
    return str(format_date(date.fromisoformat(f"{month}-01"), "MMMM y"))


def _month() -> str:
    given = request.args.get("month", "")
    if given and not _MONTH.fullmatch(given):
        raise BadInput(fields={"month": ["must be a month such as 2026-11"]})
    return given or rules.month_of(clock.now(), settings().timezone)
