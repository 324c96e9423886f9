"""The pages behind a check-in mail. No cookie, and no script is needed; a GET or HEAD never records anything."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, refresh
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address

from feedbackloop.checkins import (
    again_queries,
    answers,
    call_desk,
    desk,
    file_queries,
    files,
    pages,
    promises,
    proposal_desk,
    proposal_pages,
    queries,
    reason_desk,
    reasons,
    rules,
    service,
    story,
    words,
)
from feedbackloop.checkins.forms import AnswerForm
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.checkins.pages import LARGEST_BODY
from feedbackloop.config import settings
from feedbackloop.core import access, db, formats, tokens, uploads, web
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.extensions import csrf, limiter

log = logging.getLogger(__name__)

public = Blueprint("checkins", __name__)
staff = desk.staff
staff_pages = (desk, reason_desk)  # the second adds its pages to the first's blueprint
csrf.exempt(public)  # the token in the address is the key
public.before_request(web.bound_form)


def register(app: Flask) -> None:
    for more in (call_desk.pages, proposal_desk.pages, proposal_pages.pages):
        app.register_blueprint(more)
    app.jinja_env.filters["why_not_asked"] = words.not_asked


def _token() -> str:
    return str((request.view_args or {}).get("token", ""))


@dataclass(frozen=True)
class Opened:
    """A check-in behind a link, the answer that counts now, and whether another one is still taken."""

    check_in: CheckIn
    answer: Answer | None
    decision: Decision


@public.get("/check-in/<token>")
def form(token: str) -> ResponseReturnValue:
    """The question; after an answer also what was recorded. `?satisfied=` points at a choice and chooses nothing."""
    found = _open(token)
    if not found.decision:
        return _recorded_page(found)
    if found.answer is None:
        return _form_page(found, None)
    said, category = queries.as_input(found.answer), found.check_in.complaint.category
    return _form_page(found, AnswerForm.of(said, category, marks=False))


@public.post("/check-in/<token>")
@limiter.limit("10/minute", key_func=_token)
@limiter.limit("600/minute", key_func=get_remote_address)
@web.takes_files(LARGEST_BODY)
def record(token: str) -> ResponseReturnValue:
    """Records the answer, or a change of it; the same again changes nothing. A colleague cannot answer for a person."""
    access.refuse_colleagues()
    found = _open(token)
    if not found.decision:
        return _recorded_page(found), 409
    check_in = found.check_in
    answer_form = AnswerForm(
        request.form, category=check_in.complaint.category, files=request.files.getlist("attachment")
    )
    if not answer_form.validate() or not _has_room(check_in, answer_form):
        return _form_page(found, answer_form), 400
    check_in_id, customer_id = check_in.id, check_in.complaint.customer_id
    # The source may have taken the person from the complaint since they were mailed.
    actor = f"customer:{customer_id}" if customer_id is not None else f"check-in-link:{check_in_id}"
    with uploads.kept(answer_form.attachment.data, files.keep, files.discard) as kept:
        try:
            with db.transaction():
                given = answer_form.answer(str(get_locale()), kept)
                done = service.record_answer(check_in_id, given, actor, answer_form.listed)
        except Conflict:
            # Resolved again while this page was open.
            files.discard(kept)
            return _recorded_page(_open(token)), 409
        if not done.changed:
            files.discard(kept)
    return redirect(url_for(".thanks", token=token, **_language()), 303)


def _has_room(check_in: CheckIn, answer_form: AnswerForm) -> bool:
    """Whether this link still takes so many files; the form says so where it does not."""
    wanted = len(answer_form.attachment.data)
    if not wanted or file_queries.count(check_in.id) + wanted <= rules.MOST_FILES_IN_ALL:
        return True
    answer_form.attachment.errors = [
        _("You have sent us many files already. Reply to our e-mail if there is more to see.")
    ]
    return False


@public.get("/check-in/<token>/thanks")
def thanks(token: str) -> ResponseReturnValue:
    """What was recorded, what happens next, and how to change it."""
    found = _open(token)
    if not found.decision:
        return _recorded_page(found)
    check_in, answer = found.check_in, found.answer
    if answer is None:
        return redirect(url_for(".form", token=token, **_language()), 303)
    life = settings().scaled(settings().link_life)
    again = again_queries.standing(check_in.id) if answer.satisfied == "later" else None
    return render_template(
        "public/checkins/thanks.html",
        **_about(found),
        promise=promises.made_for(check_in.id) if answer.satisfied != "yes" else None,
        again_at=again.due_at if again and again.waits else None,
        reopened=check_in.complaint.status == "reopened",
        form_path=url_for(".form", token=token),
        change_url=url_for(".form", token=token, **_language()),
        change_until=rules.link_ends_at(check_in.sent_at, check_in.due_at, life),
    )


def _open(token: str) -> Opened:
    """The check-in behind a link, in its person's language, and whether it still takes an answer.

    Raises NotFound and Gone; a decision against it means that a newer solution was given.
    """
    row = queries.opened(tokens.read_id("check-in", token))
    if row is None:
        raise NotFound
    found = Opened(*row, answers.may_answer(row[0]))
    if found.decision.reason != "not_found":
        customer = found.check_in.complaint.customer
        g.locale = settings().pick_locale(customer.locale if customer else None)
        refresh()
    if found.decision.reason != "resolved_again":
        answers.refuse(found.decision)
    return found


def _form_page(found: Opened, answer_form: AnswerForm | None) -> str:
    """The question, with the fields of this form; without one, with empty fields."""
    asked = request.args.get("satisfied")
    pointed = asked if asked in rules.SATISFIED else None
    if answer_form is None:
        fields = pages.fresh(pointed, found.check_in.complaint.category)
    else:
        sent_before = _names_of_files(found.answer) if found.answer else []
        fields = pages.filled(answer_form, pointed, found.answer, sent_before)
    return render_template(
        "public/checkins/form.html",
        **_about(found),
        form=answer_form,
        fields=fields,
        form_path=request.path,
        most_mb=LARGEST_BODY // 2**20,
    )


def _names_of_files(answer: Answer) -> list[str]:
    """What came along with any version, and stays."""
    found = file_queries.of_check_ins([answer.check_in_id])
    return [one.name for version in found.values() for one in version if one.name]


def _recorded_page(found: Opened) -> str:
    return render_template("public/checkins/recorded.html", **_about(found))


def _about(found: Opened) -> dict[str, Any]:
    told = story.of(found.check_in.complaint)
    return {"story": told, "answer": found.answer, "rows": _rows(found.answer, told) if found.answer else []}


def _rows(answer: Answer, told: story.Story) -> list[tuple[str, ...]]:
    """What was recorded, as rows of a panel: a label, the words, and `voice` where they are the person's own.

    The first two say what was answered and when; the form shows them alone, because the rest stands in its fields.
    """
    allowed = [str(words.QUOTE_SHORT)] if answer.quote_consent else []
    asked = [str(words.CALL_SHORT)] if answer.call_me else []
    asked += [str(words.MEET_SHORT)] if answer.meet else []
    date = formats.date_month(told.told_at) if told.recent else formats.date_plain(told.told_at)
    about = _("of %(date)s", date=date)
    return [
        (_("Your answer"), str(words.SATISFIED_LONG[answer.satisfied])),
        (_("Sent"), formats.datetime_long(answer.answered_at)),
        (_("What is not right yet"), "; ".join(reasons.texts(answer.codes))),
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
