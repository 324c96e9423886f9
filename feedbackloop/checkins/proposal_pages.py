"""The pages behind the mails that put our words to a person. No cookie, no script; a GET or HEAD records nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from feedbackloop.checkins import proposal_queries, proposals, story, words
from feedbackloop.checkins.models import Proposal
from feedbackloop.checkins.proposal_forms import FORMS
from feedbackloop.checkins.proposal_rules import LIMITS, STEP, SUMMARY
from feedbackloop.config import settings
from feedbackloop.core import access, db, tokens, web
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.limits import mailed_link
from feedbackloop.extensions import csrf

# The purpose of a kind's tokens, which is also its page.
_PAGES = {SUMMARY: "summary", STEP: "agreement"}
_ANSWERS = {SUMMARY: words.SUMMARY_ANSWERS, STEP: words.STEP_ANSWERS}

pages = Blueprint("proposals", __name__)
csrf.exempt(pages)  # the token in the address is the key
pages.before_request(web.bound_form)


@pages.get("/summary/<token>")
def summary(token: str) -> ResponseReturnValue:
    """Is this what you told us? After an answer also what was recorded."""
    return _show(SUMMARY, token)


@pages.post("/summary/<token>")
@mailed_link
def answer_summary(token: str) -> ResponseReturnValue:
    """Keeps that it is right, or the words that the person puts in its place."""
    return _take(SUMMARY, token)


@pages.get("/agreement/<token>")
def agreement(token: str) -> ResponseReturnValue:
    """Is this step fine with you? After an answer also what was recorded."""
    return _show(STEP, token)


@pages.post("/agreement/<token>")
@mailed_link
def answer_agreement(token: str) -> ResponseReturnValue:
    """Keeps that the step is fine, that it is not, or the person's own idea."""
    return _take(STEP, token)


def _show(kind: str, token: str) -> ResponseReturnValue:
    found, decision = _open(kind, token)
    last = found.answers[-1] if found.answers else None
    return _page(found, decision, FORMS[kind](data={"words": last.words if last else None}))


def _take(kind: str, token: str) -> ResponseReturnValue:
    access.refuse_colleagues()
    found, decision = _open(kind, token)
    form = FORMS[kind](request.form)
    if not decision:
        return _page(found, decision, form), 409
    if not form.validate():
        return _page(found, decision, form), 400
    proposal_id, customer_id = found.id, found.complaint.customer_id
    try:
        with db.transaction():
            proposals.answer(proposal_id, *form.said(), f"customer:{customer_id}")
    except Conflict:
        # Another one was sent, or a colleague decided, while this page was open.
        return _page(*_open(kind, token), form), 409
    return redirect(url_for(f".{_PAGES[kind]}", token=token, **_language()), 303)


def _open(kind: str, token: str) -> tuple[Proposal, Decision]:
    """What stands behind a link, in its person's language, and whether it still takes an answer.

    Raises NotFound and Gone; a decision against it means that it can only be read.
    """
    found = proposal_queries.by_id(tokens.read_id(_PAGES[kind], token))
    if found is None or found.kind != kind:
        raise NotFound
    decision = proposals.may_answer(found)
    if decision.reason != "not_found":
        customer = found.complaint.customer
        g.locale = settings().pick_locale(customer.locale if customer else None)
        refresh()
    if decision.reason in ("not_found", "expired"):
        proposals.refuse(decision)
    return found, decision


def _page(found: Proposal, decision: Decision, form: Any) -> str:
    last = found.answers[-1] if found.answers else None
    return render_template(
        f"public/checkins/{_PAGES[found.kind]}.html",
        proposal=found,
        story=story.of(found.complaint),
        last=last,
        answers=_ANSWERS[found.kind],
        form=form,
        limit=LIMITS[found.kind],
        may_answer=bool(decision),
    )


def _language() -> dict[str, Any]:
    asked = request.args.get("lang")
    return {"lang": asked} if asked in settings().locales else {}
