"""The pages behind the mails that ask people for something. No cookie, no script; a GET or HEAD records nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, refresh
from flask_babel import gettext as _

from feedbackloop.ambassadors import agreements as agreed
from feedbackloop.ambassadors import ask_pictures, ask_rules, ask_words, asks
from feedbackloop.ambassadors import ask_queries as queries
from feedbackloop.ambassadors.ask_forms import AgreementsForm, AnswerForm, answer_form
from feedbackloop.ambassadors.ask_models import Ask
from feedbackloop.complaints import queries as complaints
from feedbackloop.config import settings
from feedbackloop.core import access, db, links, tokens, uploads, web
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.filetypes import LARGEST_FILE
from feedbackloop.core.limits import mailed_link
from feedbackloop.extensions import csrf

# A picture, and what a form needs around it.
LARGEST_BODY = LARGEST_FILE + 2**20

pages = Blueprint("asks", __name__)
csrf.exempt(pages)  # the token in the address is the key
pages.before_request(web.bound_form)


@pages.get("/ask/<token>")
def page(token: str) -> ResponseReturnValue:
    """What is asked, what it means and how to take it back; after an answer also what was recorded."""
    found, decision = _open(token)
    return _page(found, decision, _form(found))


@pages.post("/ask/<token>")
@mailed_link
@web.takes_files(LARGEST_BODY)
def answer(token: str) -> ResponseReturnValue:
    """Keeps what the person chose: each thing by itself, and nothing that they did not choose."""
    access.refuse_colleagues()
    found, decision = _open(token)
    form = _form(found, request.form)
    if not decision:
        return _page(found, decision, form), 409
    if not form.validate():
        return _page(found, decision, form), 400
    ask_id, actor = found.id, f"customer:{found.customer_id}"
    sent = form.picture_file.data if form.drawn is not None else []
    keeping = uploads.kept(
        sent, lambda _stream, _name, _type: ask_pictures.keep(form.drawn or b""), ask_pictures.discard
    )
    with keeping as kept:
        said = asks.Said(
            answers=form.answers(),
            locale=settings().pick_locale(str(get_locale())),
            words_id=form.words(),
            picture=kept[0] if kept else None,
            uses=form.chosen_uses(),
        )
        try:
            with db.transaction():
                asks.answer(ask_id, said, actor)
        except Conflict:
            # Their words changed, or a complaint was opened again, while this page was open.
            ask_pictures.discard(kept)
            found, decision = _open(token)
            return _page(found, decision, _form(found), changed=True), 409
    return redirect(url_for(".page", token=token, **_language()), 303)


@pages.get("/agreements/<token>")
def agreements(token: str) -> ResponseReturnValue:
    """Everything that the person allows, each with its date, its words and a button to take it back."""
    return _agreements(_whose(token), AgreementsForm())


@pages.post("/agreements/<token>")
@mailed_link
def take_back(token: str) -> ResponseReturnValue:
    """Ends what they ticked. What was taken back before stays so."""
    access.refuse_colleagues()
    customer_id = _whose(token)
    form = AgreementsForm(request.form)
    form.consent.choices = [(str(one.id), one.text) for one in agreed.listed(customer_id)]
    if not form.validate():
        return _agreements(customer_id, form), 400
    with db.transaction():
        for one in form.chosen():
            agreed.take_back(customer_id, one, f"customer:{customer_id}")
    return redirect(url_for(".agreements", token=token, **_language()), 303)


def _open(token: str) -> tuple[Ask, Decision]:
    """What stands behind a link, in its person's language, and whether it takes an answer now.

    Raises NotFound and Gone; a decision against it means that it can only be read.
    """
    found = queries.by_ids([ask_id := tokens.read_id("ask", token)]).get(ask_id)
    if found is None:
        raise NotFound
    decision = asks.may_answer(found)
    if decision.reason != "not_found":
        _speak(queries.people([found.ambassador_id])[found.ambassador_id].customer.locale)
    if decision.reason in ("not_found", "expired"):
        asks.refuse(decision)
    return found, decision


def _whose(token: str) -> int:
    """Whose agreements these are. Such a link never expires; it ends with the person's data."""
    customer = agreed.person(tokens.read_id("agreements", token))
    _speak(customer.locale)
    return customer.id


def _speak(locale: str | None) -> None:
    g.locale = settings().pick_locale(locale)
    refresh()


def _form(found: Ask, formdata: Any = None) -> AnswerForm:
    purposes = asks.asked_purposes(found)
    words = queries.words([found.complaint_id]).get(found.complaint_id)
    picture = queries.picture(found.customer_id, found.complaint_id) if "picture" in purposes else None
    return answer_form(
        purposes,
        formdata,
        words_id=words.id if words else None,
        kept=picture is not None,
        uses=picture.uses if picture else (),
        files=request.files.getlist("picture_file") if formdata is not None else (),
    )


def _page(found: Ask, decision: Decision, form: AnswerForm, changed: bool = False) -> str:
    words = queries.words([found.complaint_id]).get(found.complaint_id)
    asks_for_words = "quote" in ask_rules.PURPOSES[found.kind]
    complaint = complaints.by_ids([found.complaint_id])[found.complaint_id]
    return render_template(
        "public/ambassadors/ask.html",
        ask=found,
        complaint=complaint,
        form=form,
        words=words if asks_for_words else None,
        title=ask_words.TITLES[found.kind],
        means=ask_words.MEANS[found.kind],
        used=ask_words.USED[found.kind],
        recorded=_recorded(found),
        may_answer=bool(decision),
        changed=changed,
        mb=LARGEST_FILE // 2**20,
        agreements=links.signed("asks.agreements", "agreements", found.customer_id),
    )


def _recorded(found: Ask) -> list[tuple[Any, Any]]:
    """What they chose: each question with the choice in the words that stood on the page."""
    answers = found.answers or {}
    holds = asks.holding(found) if answers else set()
    named = [one for one in (*ask_rules.PURPOSES[found.kind], ask_rules.CONTACT) if one in answers]
    return [(ask_words.QUESTIONS[one], _choice(one, answers[one], one in holds)) for one in named]


def _choice(purpose: str, said: str, holds: bool) -> Any:
    return _("You took this back") if said == "yes" and not holds else ask_words.CHOICES[purpose][said == "no"]


def _agreements(customer_id: int, form: AgreementsForm) -> str:
    return render_template("public/ambassadors/agreements.html", given=agreed.listed(customer_id), form=form)


def _language() -> dict[str, Any]:
    asked = request.args.get("lang")
    return {"lang": asked} if asked in settings().locales else {}
