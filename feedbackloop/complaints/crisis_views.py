"""A case that is a crisis: its person is called, and gets no question by mail."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedbackloop.complaints import queries, service, words
from feedbackloop.complaints.forms import CrisisForm
from feedbackloop.core import access, db
from feedbackloop.core.errors import NotFound

WORKERS = ("handler", "quality")

pages = Blueprint("crisis_staff", __name__, url_prefix="/staff/complaints/<int:complaint_id>/crisis")


@pages.route("", methods=["GET", "POST"])
@access.requires(*WORKERS)
def mark(complaint_id: int) -> ResponseReturnValue:
    """Marks the case as a crisis, for a reason of the list."""
    complaint = queries.by_ids([complaint_id]).get(complaint_id)
    if complaint is None:
        raise NotFound
    form = CrisisForm()
    if not form.validate_on_submit():
        context = {"form": form, "complaint": complaint, "number": complaint.external_id, "crises": words.CRISES}
        return render_template("staff/complaints/crisis.html", **context), 400 if form.is_submitted() else 200
    with db.transaction():
        service.mark_crisis(complaint_id, str(form.crisis.data), access.actor())
    flash(_("The case is marked as a crisis. The customer is called, and gets no question by mail."))
    return redirect(url_for("complaints_staff.case", complaint_id=complaint_id), 303)


@pages.post("/end")
@access.requires(*WORKERS)
def end(complaint_id: int) -> ResponseReturnValue:
    """Says that it is over: what was not asked yet is asked by mail, where that still makes sense."""
    with db.transaction():
        service.mark_crisis(complaint_id, None, access.actor())
    flash(_("The case is no crisis any more."))
    return redirect(url_for("complaints_staff.case", complaint_id=complaint_id), 303)
