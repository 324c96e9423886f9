"""The pages behind a check-in mail. No cookie, no script; a GET or HEAD never records anything."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, refresh
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from feedbackloop.checkins import (
    answers,
    call_desk,
    desk,
    promises,
    proposal_desk,
    proposal_pages,
    queries,
    rules,
    service,
    story,
    words,
)
from feedbackloop.checkins.forms import AnswerForm
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.config import settings
from feedbackloop.core import access, db, formats, tokens, web
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.extensions import csrf, limiter

public = Blueprint("checkins", __name__)
staff = desk.staff
csrf.exempt(public)  # the token in the address is the key
public.before_request(web.bound_form)


def register(app: Flask) -> None:
    for pages in (call_desk.pages, proposal_desk.pages, proposal_pages.pages):
        app.register_blueprint(pages)
    app.jinja_env.filters["why_not_asked"] = words.not_asked


def _token() -> str:
    return str((request.view_args or {}).get("token", ""))


@public.get("/check-in/<token>")
def form(token: str) -> ResponseReturnValue:
    """The question; after an answer also what was recorded. `?satisfied=` points at a choice and chooses nothing."""
    check_in, decision = _open(token)
    if not decision:
        return _recorded_page(check_in)
    given = queries.latest_answers([check_in.id]).get(check_in.id)
    return _form_page(check_in, AnswerForm.of(queries.as_input(given) if given else None))


@public.post("/check-in/<token>")
@limiter.limit("10/minute", key_func=_token)
@limiter.limit("600/minute", key_func=get_remote_address)
def record(token: str) -> ResponseReturnValue:
    """Records the answer, or a change of it; the same again changes nothing. A colleague cannot answer for a person."""
    access.refuse_colleagues()
    check_in, decision = _open(token)
    if not decision:
        return _recorded_page(check_in), 409
    answer_form = AnswerForm(request.form)
    if not answer_form.validate():
        return _form_page(check_in, answer_form), 400
    check_in_id, customer_id = check_in.id, check_in.complaint.customer_id
    # The source may have taken the person from the complaint since they were mailed.
    actor = f"customer:{customer_id}" if customer_id is not None else f"check-in-link:{check_in_id}"
    try:
        with db.transaction():
            service.record_answer(check_in_id, answer_form.answer(str(get_locale())), actor)
    except Conflict:
        # Resolved again while this page was open.
        return _recorded_page(_open(token)[0]), 409
    return redirect(url_for(".thanks", token=token, **_language()), 303)


@public.get("/check-in/<token>/thanks")
def thanks(token: str) -> ResponseReturnValue:
    """What was recorded, what happens next, and how to change it."""
    check_in, decision = _open(token)
    if not decision:
        return _recorded_page(check_in)
    answer = queries.latest_answers([check_in.id]).get(check_in.id)
    if answer is None:
        return redirect(url_for(".form", token=token, **_language()), 303)
    life = settings().scaled(settings().link_life)
    return render_template(
        "public/checkins/thanks.html",
        **_about(check_in, answer),
        promise=promises.made_for(check_in.id) if answer.satisfied != "yes" else None,
        change_url=url_for(".form", token=token, **_language()),
        change_until=rules.link_ends_at(check_in.sent_at, check_in.due_at, life),
    )


def _open(token: str) -> tuple[CheckIn, Decision]:
    """The check-in behind a link, in its person's language, and whether it still takes an answer.

    Raises NotFound and Gone; a decision against it means that a newer solution was given.
    """
    check_in = queries.by_id(tokens.read_id("check-in", token))
    if check_in is None:
        raise NotFound
    decision = answers.may_answer(check_in)
    if decision.reason != "not_found":
        customer = check_in.complaint.customer
        g.locale = settings().pick_locale(customer.locale if customer else None)
        refresh()
    if decision.reason != "resolved_again":
        answers.refuse(decision)
    return check_in, decision


def _form_page(check_in: CheckIn, answer_form: AnswerForm) -> str:
    pointed = request.args.get("satisfied")
    answer = queries.latest_answers([check_in.id]).get(check_in.id)
    return render_template(
        "public/checkins/form.html",
        **_about(check_in, answer),
        form=answer_form,
        pointed=pointed if pointed in rules.SATISFIED else None,
        limit=rules.COMMENT_LIMIT,
    )


def _recorded_page(check_in: CheckIn) -> str:
    answer = queries.latest_answers([check_in.id]).get(check_in.id)
    return render_template("public/checkins/recorded.html", **_about(check_in, answer))


def _about(check_in: CheckIn, answer: Answer | None) -> dict[str, Any]:
    told = story.of(check_in.complaint)
    return {"story": told, "answer": answer, "rows": _rows(answer, told) if answer else []}


def _rows(answer: Answer, told: story.Story) -> list[tuple[str, ...]]:
    """What was recorded, as rows of a panel: a label, the words, and `voice` where they are the person's own.

    The first two say what was answered and when; the form shows them alone, because the rest stands in its fields.
    """
    allowed = [str(words.QUOTE_SHORT)] if answer.quote_consent else []
    asked = [str(words.CALL_SHORT)] if answer.call_me else []
    date = formats.date_month(told.told_at) if told.recent else formats.date_plain(told.told_at)
    about = _("of %(date)s", date=date)
    return [
        (_("Your answer"), str(words.SATISFIED_LONG[answer.satisfied])),
        (_("Sent"), formats.datetime_long(answer.answered_at)),
        (_("What is not right yet"), "; ".join(str(words.REASONS.get(code, code)) for code in answer.codes)),
        (_("What you added"), answer.comment or "", "voice"),
        (_("How we dealt with it"), _("%(number)s of 5", number=answer.rating) if answer.rating else ""),
        (_("Recommend us"), _("%(number)s of 10", number=answer.recommend) if answer.recommend is not None else ""),
        (_("Besides"), ". ".join(asked + allowed)),
        (_("Your complaint"), f"{told.reference}, {about}" if told.reference else about),
    ]


def _language() -> dict[str, Any]:
    """A language that was chosen on the page stays chosen."""
    asked = request.args.get("lang")
    return {"lang": asked} if asked in settings().locales else {}
