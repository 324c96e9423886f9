"""The pages of complaints: the list, the whole story of one, and what staff do with it. Nothing is deleted here."""

from __future__ import annotations

import secrets
from datetime import datetime, time, timedelta
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedbackloop.complaints import consent_views, crisis_views, description, lists, queries, rules, service, words
from feedbackloop.complaints.forms import ComplaintForm, ReopenForm, ResolveForm, local_day, version
from feedbackloop.complaints.lists import Filters
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput, HandlerInput, PersonInput
from feedbackloop.complaints.timeline import Story, staff_ids
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db, periods
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.people import consents
from feedbackloop.staff import queries as accounts

WORKERS = ("handler", "quality")
PAGE_SIZE = 50
# The source of what staff write down themselves.
OWN_SOURCE = "staff"
_CASE = "/<int(max=9223372036854775807):complaint_id>"
_LONGEST_WORD = 320

staff = Blueprint("complaints_staff", __name__, url_prefix="/staff/complaints")


def register(app: Flask) -> None:
    app.register_blueprint(crisis_views.pages)
    app.register_blueprint(consent_views.pages)


@staff.get("/")
@access.requires(*WORKERS)
def listing() -> str:
    """Every complaint, newest first; what is shown is in the address, so that a view can be shared."""
    filters = _filters()
    rows = lists.page(filters, lists.read_place(request.args.get("after")), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "staff/complaints/list.html",
        complaints=shown,
        filters=filters,
        asked=request.args,
        statuses=rules.STATUSES,
        counts=lists.status_counts(),
        categories=lists.categories(),
        sources=lists.sources(),
        handlers=lists.handlers(),
        older=lists.place_of(shown[-1]) if len(rows) > PAGE_SIZE else None,
    )


@staff.get(_CASE)
@access.requires(*WORKERS)
def case(complaint_id: int) -> str:
    """The whole story of one complaint, with the facts beside it."""
    complaint = _existing(complaint_id)
    rows = queries.history_of(complaint_id)
    parts = description.case_parts(complaint_id)
    story = Story(complaint, queries.rounds(complaint_id), parts, accounts.names(staff_ids(rows)))
    customer = complaint.customer
    return render_template(
        "staff/complaints/case.html",
        complaint=complaint,
        number=complaint.external_id,
        turns=story.turns(rows),
        moves=rules.MOVES[complaint.status],
        faults=words.FAULTS,
        flags={**words.FLAGS, **words.PROMISE_FLAGS},
        crises=words.CRISES,
        calls=parts.get("calls") or [],
        proposals=parts.get("proposals") or [],
        told=parts.get("told") or [],
        link=access.link,
        ambassador=parts.get("ambassador"),
        recovery=parts.get("recovery_cases"),
        origin=parts.get("from_reviews"),
        improvements=parts.get("improvements") or [],
        replies=[one for one in parts.get("replies") or [] if one.text is not None and one.read_at is None],
        others=lists.others_of(customer.id, complaint_id) if customer else 0,
        allowed={one: bool(customer and consents.given(customer.id, complaint_id, one)) for one in words.CONSENTS},
    )


@staff.route("/new", methods=["GET", "POST"])
@access.requires(*WORKERS)
def new() -> ResponseReturnValue:
    """Writes down a complaint that somebody made by phone, by letter or in person."""
    form = ComplaintForm()
    form.offer(_colleagues(), None)
    if request.method == "GET":
        form.opened_on.data, form.handler.data = local_day(clock.now()), g.staff.email
    if not form.validate_on_submit():
        return _write(form, None), 400 if form.is_submitted() else 200
    with db.transaction():
        external_id = _own_number()
        complaint_id = service.upsert([_given(form, OWN_SOURCE, external_id, None)], access.actor())[0].id
    flash(_("The complaint is written down as %(number)s.", number=external_id))
    return redirect(url_for(".case", complaint_id=complaint_id), 303)


@staff.route(f"{_CASE}/edit", methods=["GET", "POST"])
@access.requires(*WORKERS)
def edit(complaint_id: int) -> ResponseReturnValue:
    """Corrects the facts. What somebody else changed meanwhile is not overwritten."""
    complaint = _existing(complaint_id)
    form = ComplaintForm()
    form.offer(_colleagues(), complaint)
    if request.method == "GET":
        form.show(complaint)
    if not form.validate_on_submit():
        return _write(form, complaint), 400 if form.is_submitted() else 200
    with db.transaction():
        now = queries.lock([complaint_id])[0]
        fresh = version(now) == form.seen.data
        if fresh:
            service.upsert([_given(form, now.source, now.external_id, now)], access.actor())
    if not fresh:
        form.form_errors.append(_("Somebody else changed this complaint while you were writing. Look, and save again."))
        form.seen.data = version(_existing(complaint_id))
        return _write(form, _existing(complaint_id)), 409
    flash(_("The facts are saved."))
    return redirect(url_for(".case", complaint_id=complaint_id), 303)


@staff.route(f"{_CASE}/resolve", methods=["GET", "POST"])
@access.requires(*WORKERS)
def resolve(complaint_id: int) -> ResponseReturnValue:
    """Says what was done; the check-in that asks whether it helped is planned at once."""
    complaint = _existing(complaint_id)
    form = ResolveForm()
    if request.method == "GET":
        form.show(complaint)
    if not form.validate_on_submit():
        page = render_template(
            "staff/complaints/resolve.html",
            form=form,
            complaint=complaint,
            number=complaint.external_id,
            root_causes=lists.root_causes(),
            possible="resolved" in rules.MOVES[complaint.status],
        )
        return page, 400 if form.is_submitted() else 200
    with db.transaction():
        service.resolve(complaint_id, access.actor(), summary=form.summary.data, **form.outcome())
    flash(_("The complaint is resolved. The customer will be asked whether it really is."))
    return redirect(url_for(".case", complaint_id=complaint_id), 303)


@staff.route(f"{_CASE}/reopen", methods=["GET", "POST"])
@access.requires(*WORKERS)
def reopen(complaint_id: int) -> ResponseReturnValue:
    """Opens a case again, with a reason; a question that was not sent yet is cancelled."""
    complaint = _existing(complaint_id)
    form = ReopenForm()
    if not form.validate_on_submit():
        page = render_template(
            "staff/complaints/reopen.html",
            form=form,
            complaint=complaint,
            number=complaint.external_id,
            possible="reopened" in rules.MOVES[complaint.status],
        )
        return page, 400 if form.is_submitted() else 200
    with db.transaction():
        service.reopen([complaint_id], access.actor(), by="staff", reason=form.reason.data)
    flash(_("The complaint is open again."))
    return redirect(url_for(".case", complaint_id=complaint_id), 303)


def _own_number() -> str:
    """A number that no complaint of ours has: the day and four letters, short enough to say on the telephone."""
    while True:
        number = f"S-{local_day(clock.now()):%y%m%d}-{secrets.token_hex(2)}"
        if queries.by_key(OWN_SOURCE, number) is None:
            return number


def _existing(complaint_id: int) -> Complaint:
    found = queries.by_ids([complaint_id]).get(complaint_id)
    if found is None:
        raise NotFound
    return found


def _write(form: ComplaintForm, complaint: Complaint | None) -> str:
    return render_template(
        "staff/complaints/write.html",
        form=form,
        complaint=complaint,
        number=complaint.external_id if complaint else None,
        categories=lists.categories(),
        root_causes=lists.root_causes(),
    )


def _colleagues() -> list[tuple[str, str]]:
    """Who can take care of a complaint: active colleagues whose work it is."""
    found = [one for one in accounts.accounts() if one.disabled_at is None and one.role in (*WORKERS, "admin")]
    return [(one.email, one.name) for one in found]


def _given(form: ComplaintForm, source: str, external_id: str, before: Complaint | None) -> ComplaintInput:
    """The form as one record for intake. A day that was not changed keeps its hour."""
    opened_at = before.opened_at if before else clock.now()
    if form.opened_on.data != local_day(opened_at):
        opened_at = datetime.combine(form.opened_on.data, time(), settings().timezone)  # type: ignore[arg-type]
    outcome: dict[str, Any] = form.outcome() if before is not None and before.cycle else {}
    address = form.handler.data or None
    names = dict(form.handler.choices or [])  # type: ignore[arg-type]
    return ComplaintInput(
        source=source,
        external_id=external_id,
        subject=form.subject.data,
        description=form.description.data,
        summary=form.summary.data,
        category=form.category.data,
        channel=form.channel.data,
        opened_at=opened_at,
        customer=PersonInput(
            form.customer_name.data,
            form.customer_email.data,
            form.customer_phone.data,
            form.customer_locale.data or None,
        ),
        handler=HandlerInput(str(names[address]) if address else None, address),
        **outcome,
    )


def _filters() -> Filters:
    asked = {name: value.strip()[:_LONGEST_WORD] for name, value in request.args.items()}
    if asked.get("status", "") not in ("", "unresolved", *rules.STATUSES):
        raise NotFound
    zone = settings().timezone
    until = periods.day_start(asked.get("opened_to"), zone)
    return Filters(
        **{name: asked.get(name, "") for name in ("status", "category", "root_cause", "handler", "source", "q")},
        customer=row_id(asked.get("customer")),
        opened_from=periods.day_start(asked.get("opened_from"), zone),
        opened_before=until + timedelta(days=1) if until else None,
        resolved_from=periods.day_start(asked.get("resolved_from"), zone),
    )
