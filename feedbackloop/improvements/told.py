"""The page that a told-you-so mail leads to: what they said, what was done, and whether that helps."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import get_locale

from feedbackloop.config import settings
from feedbackloop.core import clock, db, tokens, web
from feedbackloop.core.errors import Gone, NotFound
from feedbackloop.core.limits import mailed_link
from feedbackloop.extensions import csrf
from feedbackloop.improvements import entries, mails, rules, telling_queries, tellings, words
from feedbackloop.improvements.forms import HelpsForm
from feedbackloop.improvements.models import Telling

pages = Blueprint("told", __name__)
csrf.exempt(pages)
pages.before_request(web.bound_form)


@pages.get("/told/<token>")
def page(token: str) -> str:
    """The question, or what was answered and a way to change it. Looking at it changes nothing."""
    found = _opened(token)
    return _page(found, token, _form(found, filled=False))


@pages.post("/told/<token>")
@mailed_link
def answered(token: str) -> Any:
    """Records the answer; without one nothing is recorded."""
    found = _opened(token)
    form = _form(found, filled=True)
    if not form.validate():
        return _page(found, token, form), 400
    telling_id, helps, comment = found.id, str(form.helps.data), form.comment.data
    with db.transaction():
        tellings.record_answer(telling_id, helps, comment)
    return redirect(url_for("told.page", token=token, lang=request.args.get("lang")), 303)


def _opened(token: str) -> Telling:
    found = telling_queries.by_id(tokens.read_id("told", token))
    if found is None or found.customer.erased_at is not None or not found.improvement.public:
        raise NotFound
    g.locale = found.customer.locale
    if clock.now() >= (found.sent_at or found.created_at) + settings().scaled(settings().link_life):
        raise Gone
    return found


def _form(found: Telling, *, filled: bool) -> HelpsForm:
    form = HelpsForm() if filled else HelpsForm(formdata=None)
    form.helps.choices = list(words.helps(found.improvement.status).items())
    if not filled and found.helps == "no":
        form.comment.data = found.comment
    return form


def _page(found: Telling, token: str, form: HelpsForm) -> str:
    locale = settings().pick_locale(str(get_locale()))
    return render_template(
        "public/improvements/told.html",
        form=form,
        telling=found,
        entry=entries.entries([found.improvement], locale)[0],
        said=mails.said_of(found.complaint),
        said_lang=settings().pick_locale(found.customer.locale),
        limit=rules.COMMENT_LIMIT,
        heading=words.DID[found.improvement.status],
        answer=words.helps(found.improvement.status).get(found.helps or ""),
        languages=[(one, url_for("told.page", token=token, lang=one)) for one in settings().locales],
    )
