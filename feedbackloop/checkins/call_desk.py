"""The call list, and the page of one call: the case, the number, the questions of the form, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedbackloop.checkins import call_queries, call_rules, calling, calls, queries, reasons, story, words
from feedbackloop.checkins.call_forms import NoAnswerForm, SeenForm
from feedbackloop.checkins.call_queries import Filters
from feedbackloop.checkins.forms import AnswerForm
from feedbackloop.checkins.models import Call
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db, formats, moments
from feedbackloop.core.errors import BadInput, Conflict, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.staff import queries as accounts

CALLERS = ("handler", "quality")
PAGE_SIZE = 50
_SHOWN = ("open", "due", "later", "closed")

pages = Blueprint("calls_staff", __name__, url_prefix="/staff/calls")


@pages.get("/")
@access.requires(*CALLERS)
def listing() -> str:
    """Whom to call, the most urgent first; status and reason are in the address."""
    given, now = request.args, clock.now()
    filters = Filters(status=given.get("status", "open") or "open", why=given.get("why", ""))
    if filters.status not in _SHOWN or filters.why not in ("", *call_rules.RANKS):
        raise NotFound
    rows = call_queries.page(filters, now, _cursor(filters.status, given.get("after")), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    answers = queries.latest_answers([one.check_in_id for one in shown])
    return render_template(
        "staff/checkins/calls.html",
        calls=[_line(one, now) for one in shown],
        answers=answers,
        counts=call_queries.counts(now),
        filters=filters,
        asked_status=given.get("status", ""),
        whys=words.CALL_WHY,
        most_tries=call_rules.MOST_TRIES,
        older=_place(filters.status, shown[-1]) if len(rows) > PAGE_SIZE else None,
    )


@pages.get("/<int:call_id>")
@access.requires(*CALLERS)
def one(call_id: int) -> str:
    """Everything that a caller needs on one page. Looking at it changes nothing."""
    found = _existing(call_id)
    return _page(found, _answer_form(found), _no_answer_form(found))


@pages.post("/<int:call_id>/reached")
@access.requires(*CALLERS)
def reached(call_id: int) -> ResponseReturnValue:
    """Writes down what the person says, in their name and with who wrote it."""
    found = _existing(call_id)
    form, seen = AnswerForm(request.form, category=found.complaint.category), SeenForm()
    if not form.validate():
        return _page(found, form, _no_answer_form(found)), 400
    customer = found.complaint.customer
    answer = form.answer(settings().pick_locale(customer.locale if customer else None))
    try:
        with db.transaction():
            calling.reached(call_id, row_id(seen.seen.data) or 0, answer, access.actor())
    except Conflict as stopped:
        return _overtaken(call_id, stopped)
    flash(_("The answer is recorded. It counts as one by the form does, and says that you wrote it down."))
    return redirect(url_for("complaints_staff.case", complaint_id=found.complaint_id), 303)


@pages.post("/<int:call_id>/no-answer")
@access.requires(*CALLERS)
def no_answer(call_id: int) -> ResponseReturnValue:
    """Keeps the try and when the next one is; after the third there is none."""
    found = _existing(call_id)
    form = NoAnswerForm()
    last = found.tries + 1 >= call_rules.MOST_TRIES
    next_at = None if last else form.moment()
    if next_at is None and not last:
        return _page(found, _answer_form(found), form), 400
    return _tried(found, form, "no_answer", next_at)


@pages.post("/<int:call_id>/refused")
@access.requires(*CALLERS)
def refused(call_id: int) -> ResponseReturnValue:
    """The person does not want to be asked: that ends it."""
    return _tried(_existing(call_id), SeenForm(), "refused", None)


@pages.post("/<int:call_id>/no-number")
@access.requires(*CALLERS)
def no_number(call_id: int) -> ResponseReturnValue:
    """The person cannot be called: that ends it."""
    return _tried(_existing(call_id), SeenForm(), "no_number", None)


def _tried(found: Call, form: SeenForm, outcome: str, next_at: datetime | None) -> ResponseReturnValue:
    call_id = found.id
    try:
        with db.transaction():
            seen = row_id(form.seen.data) or 0
            after = calling.not_reached(call_id, seen, outcome, next_at, access.actor())
    except Conflict as stopped:
        return _overtaken(call_id, stopped)
    if after.next_at is not None:
        flash(_("The try is kept. The next one is on %(moment)s.", moment=formats.datetime_short(after.next_at)))
    else:
        flash(_("The try is kept. Nobody calls about this any more."))
    return redirect(url_for(".listing"), 303)


def _overtaken(call_id: int, stopped: Conflict) -> ResponseReturnValue:
    """Somebody else was first, or the complaint went on: nothing is written, and the page says how it stands."""
    sentences = {
        "closed": _("This call was ended meanwhile. Nothing of yours was written down."),
        "tried_meanwhile": _("A colleague called meanwhile. Nothing of yours was written down. Look, and do it again."),
    }
    problem = sentences.get(str(stopped.code), _("The complaint went on meanwhile. Nothing of yours was written down."))
    found = _existing(call_id)
    form = AnswerForm(request.form, category=found.complaint.category)
    return _page(found, form, _no_answer_form(found), problem), 409


def _existing(call_id: int) -> Call:
    found = call_queries.by_id(call_id)
    if found is None:
        raise NotFound
    return found


def _answer_form(found: Call) -> AnswerForm:
    """What was added to an earlier answer stands in it, the answer itself does not."""
    before = queries.latest_answers([found.check_in_id]).get(found.check_in_id)
    return AnswerForm.of(queries.as_input(before) if before else None, found.complaint.category)


def _no_answer_form(found: Call) -> NoAnswerForm:
    """Offers the same time on the next working day."""
    now = clock.now().astimezone(settings().timezone)
    offered = calls.first_try(now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1))
    local = offered.astimezone(settings().timezone)
    return NoAnswerForm(
        formdata=None, data={"seen": str(found.tries), "next_on": local.date(), "next_at": local.time()}
    )


def _page(found: Call, form: AnswerForm, next_form: NoAnswerForm, problem: str | None = None) -> str:
    answer = queries.latest_answers([found.check_in_id]).get(found.check_in_id)
    tries = call_queries.tries_of([found.id]).get(found.id, [])
    complaint = found.complaint
    customer = complaint.customer if complaint.customer and complaint.customer.erased_at is None else None
    next_form.seen.data = str(found.tries)
    return render_template(
        "staff/checkins/call.html",
        call=found,
        complaint=complaint,
        customer=customer,
        dialled=call_rules.dialled(customer.phone) if customer else None,
        story=story.of(complaint),
        answer=answer,
        satisfied=words.SATISFIED_LONG,
        reasons=reasons.texts(answer.codes) if answer else [],
        tries=tries,
        names=accounts.names([int(one.tried_by[6:]) for one in tries if one.tried_by.startswith("staff:")]),
        outcomes=words.CALL_OUTCOMES,
        whys=words.CALL_WHY,
        ended=words.call_ended(found.reason),
        most_tries=call_rules.MOST_TRIES,
        form=form,
        next_form=next_form,
        problem=problem,
        may_record=bool(calling.may_record(found)),
        organisation=settings().organisation,
        caller=g.staff.name,
    )


def _line(found: Call, now: datetime) -> dict[str, Any]:
    customer = found.complaint.customer
    return {
        "call": found,
        "complaint": found.complaint,
        "customer": customer,
        "dialled": call_rules.dialled(customer.phone) if customer else None,
        "due": found.status == call_rules.OPEN and found.due_at <= now,
        "ended": words.call_ended(found.reason),
    }


def _place(status: str, last: Call) -> str:
    if status == "closed":
        return f"{moments.show(last.closed_at)},{last.id}"
    return f"{last.rank},{moments.show(last.due_at)},{last.id}"


def _cursor(status: str, given: str | None) -> tuple[Any, ...] | None:
    """Where the page before ended, out of the address. Raises BadInput for what is no place."""
    if not given:
        return None
    *rank, moment, number = ["", "", *given.split(",")][-(2 if status == "closed" else 3) :]
    call_id, urgency = row_id(number), row_id(rank[0]) if rank else 0
    try:
        if call_id is not None and urgency is not None and given.count(",") == len(rank) + 1:
            at = moments.read(moment)
            return (urgency, at, call_id) if rank else (at, call_id)
    except ValueError:
        pass
    raise BadInput
