"""The page of one case for a handler without an account. The link is the key; a GET or HEAD never changes anything."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh
from flask_limiter.util import get_remote_address

from feedbackloop.checkins import promises, story
from feedbackloop.checkins import queries as checkins
from feedbackloop.complaints import queries as complaints
from feedbackloop.config import settings
from feedbackloop.core import clock, db, tokens, web
from feedbackloop.core.errors import Conflict, Gone, NotFound
from feedbackloop.extensions import csrf, limiter
from feedbackloop.recovery import (
    casework,
    desk,
    discretion_desk,
    public_desk,
    queries,
    replies,
    rounds,
    rules,
    service,
    texts_desk,
    words,
)
from feedbackloop.recovery.forms import SOLUTION_LIMIT, SolvedForm
from feedbackloop.recovery.models import RecoveryCase

# The pages of these put themselves beside those of the desk.
__all__ = ["casework", "discretion_desk", "public", "public_desk", "register", "staff", "texts_desk"]

public = Blueprint("recovery", __name__)
staff = desk.staff
csrf.exempt(public)  # the token in the address is the key
public.before_request(web.bound_form)

register = promises.come_from(queries.promise_for)


def _token() -> str:
    return str((request.view_args or {}).get("token", ""))


@public.get("/case/<token>")
def case(token: str) -> ResponseReturnValue:
    """The case with what its owner needs to act; once it is closed, only how it ended."""
    return _page(_open(token), SolvedForm())


@public.post("/case/<token>")
@limiter.limit("10/minute", key_func=_token)
@limiter.limit("600/minute", key_func=get_remote_address)
def solve(token: str) -> ResponseReturnValue:
    """The second solution: resolves the complaint, which leads to the next check-in."""
    found = _open(token)
    form = SolvedForm(request.form)
    if not form.validate() or not form.is_founded(found.complaint):
        return _page(found, form), 400
    case_id = found.id
    try:
        with db.transaction():
            said = str(form.done.data), form.promised.data, form.cause.data
            service.solve(case_id, f"handler-link:{case_id}", *said)
    except Conflict:
        return _page(_open(token), form), 409
    return redirect(url_for(".case", token=token), 303)


@public.get("/reply/<token>")
def reply(token: str) -> ResponseReturnValue:
    """What a customer wrote back, for a handler without an account. Raises NotFound, and Gone after the link's life."""
    g.locale = settings().default_locale
    refresh()
    found = replies.by_id(tokens.read_id("reply", token))
    complaint = (
        complaints.by_ids([found.complaint_id]).get(found.complaint_id) if found and found.complaint_id else None
    )
    if found is None or complaint is None:
        raise NotFound
    if clock.now() >= found.received_at + settings().scaled(settings().link_life):
        raise Gone
    context = {"reply": found, "complaint": complaint, "customer": complaint.customer}
    return render_template("public/recovery/reply.html", **context)


def _open(token: str) -> RecoveryCase:
    """The case behind a link. Raises NotFound, and Gone where the link has lived its time."""
    g.locale = settings().default_locale  # a colleague's language is not known; the page offers the others
    refresh()
    found = queries.by_id(tokens.read_id("case", token))
    customer = found.complaint.customer if found else None
    if found is None or (customer is not None and customer.erased_at is not None):
        raise NotFound
    if clock.now() >= found.opened_at + settings().scaled(settings().link_life):
        raise Gone
    return found


def _page(found: RecoveryCase, form: SolvedForm) -> str:
    answer = checkins.latest_answers([found.check_in_id]).get(found.check_in_id)
    context: dict[str, Any] = {
        "case": found,
        "complaint": found.complaint,
        "customer": found.complaint.customer,
        "story": story.of(found.complaint),
        "answer": answer,
        "satisfied": rounds.answer_words(answer.satisfied) if answer else "",
        "reasons": rounds.reason_words(answer.codes) if answer else "",
        "pressing": words.priority_sentence(found.priority, found.priority_reasons),
        "outcome": words.outcome(found.outcome),
        "status": rules.shown_status(found.status, found.due_at, clock.now(), settings().timezone),
        "form": form,
        "limit": SOLUTION_LIMIT,
    }
    return render_template("public/recovery/case.html", **context)
