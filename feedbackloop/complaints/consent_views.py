"""What a person allowed, taken back by who hears it from them: their own link does so as well, while it lives."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedbackloop.complaints import queries, service, words
from feedbackloop.complaints.forms import TakeBackForm
from feedbackloop.core import access, db
from feedbackloop.core.errors import NotFound
from feedbackloop.people import consents

WORKERS = ("handler", "quality")

pages = Blueprint("consent_staff", __name__, url_prefix="/staff/complaints/<int:complaint_id>/consent")


@pages.route("", methods=["GET", "POST"])
@access.requires(*WORKERS)
def take_back(complaint_id: int) -> ResponseReturnValue:
    """Ends one thing that the person allowed about this complaint. Nobody here can allow it again for them."""
    complaint = queries.by_ids([complaint_id]).get(complaint_id)
    if complaint is None or complaint.customer_id is None:
        raise NotFound
    form = TakeBackForm()
    form.offer([one for one in words.CONSENTS if consents.given(complaint.customer_id, complaint_id, one)])
    if not form.validate_on_submit():
        context = {"form": form, "complaint": complaint, "number": complaint.external_id}
        return render_template("staff/complaints/consent.html", **context), 400 if form.is_submitted() else 200
    with db.transaction():
        service.take_back_consent(complaint_id, str(form.purpose.data), access.actor())
    flash(_("The customer no longer allows this. It is not used from now on."))
    return redirect(url_for("complaints_staff.case", complaint_id=complaint_id), 303)
