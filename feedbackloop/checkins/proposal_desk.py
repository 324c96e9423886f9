"""What staff put to a person, and what they do with the answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedbackloop.checkins import proposal_queries, proposal_rules, proposals, story, words
from feedbackloop.checkins.proposal_forms import PUT_FORMS
from feedbackloop.checkins.proposal_rules import STEP, SUMMARY
from feedbackloop.complaints import promise_guard, queries
from feedbackloop.complaints import words as complaint_words
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import access, db
from feedbackloop.core.errors import BadInput, Conflict, NotFound

WORKERS = ("handler", "quality")

pages = Blueprint("proposals_staff", __name__, url_prefix="/staff/complaints/<int:complaint_id>/put")


@pages.route("/summary", methods=["GET", "POST"])
@access.requires(*WORKERS)
def summary(complaint_id: int) -> ResponseReturnValue:
    """Puts a summary to the person, once it was read here. One is under way at a time."""
    return _put(complaint_id, SUMMARY)


@pages.route("/step", methods=["GET", "POST"])
@access.requires(*WORKERS)
def step(complaint_id: int) -> ResponseReturnValue:
    """Puts a step against a repeat to the person, once it was read here. One is under way at a time."""
    return _put(complaint_id, STEP)


@pages.post("/<int:proposal_id>/decide")
@access.requires(*WORKERS)
def decide(complaint_id: int, proposal_id: int) -> ResponseReturnValue:
    """What we do with the person's idea, or that somebody read why a step is not fine."""
    found = proposal_queries.by_id(proposal_id)
    if found is None or found.complaint_id != complaint_id:
        raise NotFound
    wanted = request.form.get("decision", "")
    if wanted not in words.DECISIONS:
        raise BadInput(fields={"decision": [_("Choose one of the answers.")]})
    with db.transaction():
        proposals.decide(proposal_id, wanted, access.actor())
    flash(_("This is kept with your name."))
    return redirect(url_for("complaints_staff.case", complaint_id=complaint_id, _anchor="step"), 303)


def _put(complaint_id: int, kind: str) -> ResponseReturnValue:
    complaint = queries.by_ids([complaint_id]).get(complaint_id)
    if complaint is None:
        raise NotFound
    form: Any = PUT_FORMS[kind]()
    if not form.is_submitted():
        form.text.data = _offered(complaint, kind)
        return _page(complaint, kind, form)
    if not form.validate() or not _is_founded(form, complaint):
        return _page(complaint, kind, form), 400
    try:
        with db.transaction():
            sent = proposals.put(complaint_id, kind, form.text.data, access.actor())
    except Conflict:
        form.form_errors.append(_("The last one was not answered yet. Wait for the answer."))
        return _page(complaint, kind, form), 409
    if sent:
        flash(_("It goes to the customer by e-mail. The answer appears on this page."))
    else:
        flash(_("Not sent: %(reason)s.", reason=words.not_asked(sent.reason)), "warning")
    return redirect(url_for("complaints_staff.case", complaint_id=complaint_id, _anchor=kind), 303)


def _offered(complaint: Complaint, kind: str) -> str | None:
    found = story.said(complaint) if kind == SUMMARY else complaint.prevention
    return found[: proposal_rules.LIMITS[kind]] if found else None


def _is_founded(form: Any, complaint: Complaint) -> bool:
    """A step that promises more than it names is not sent: see complaints.promise_guard."""
    text = form.text.data
    found = promise_guard.unfounded({"text": text}, complaint.root_cause, text)
    if found is not None:
        form.text.errors = [complaint_words.unfounded(found.missing)]
    return found is None


def _page(complaint: Complaint, kind: str, form: Any) -> str:
    last = proposal_queries.newest(complaint.id, kind)
    return render_template(
        "staff/checkins/put.html",
        complaint=complaint,
        number=complaint.external_id,
        kind=kind,
        form=form,
        under_way=last is not None and proposals.is_under_way(last),
        erased=complaint.customer is not None and complaint.customer.erased_at is not None,
        reachable=complaint.customer is not None and complaint.customer.email is not None,
    )
