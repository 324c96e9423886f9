"""The page behind the mail that shows a person their story. No cookie; a GET or HEAD records nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from feedbackloop.ambassadors import story_answers as answers
from feedbackloop.ambassadors import story_entries as entries
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_words as words
from feedbackloop.ambassadors.rules import first_name
from feedbackloop.ambassadors.story_forms import AnswerForm
from feedbackloop.ambassadors.story_models import Story, StoryVersion
from feedbackloop.ambassadors.story_rules import TEXT_LIMIT
from feedbackloop.config import settings
from feedbackloop.core import access, db, tokens, web
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.limits import mailed_link
from feedbackloop.extensions import csrf

PURPOSE = "story"

pages = Blueprint("story", __name__)
csrf.exempt(pages)  # the token in the address is the key
pages.before_request(web.bound_form)


@pages.get("/story/<token>")
def page(token: str) -> ResponseReturnValue:
    """The very words, as others would read them. After an answer also what was recorded, and the way back."""
    version, story, decision = _open(token)
    known = first_name(story.customer.name) if story.customer else None
    form = AnswerForm(data={"words": version.words or version.text, "name": version.named or known})
    return _page(version, story, decision, form)


@pages.post("/story/<token>")
@mailed_link
def answer(token: str) -> ResponseReturnValue:
    """Keeps yes, yes in other words, or no; and whether a name stands with it."""
    access.refuse_colleagues()
    version, story, decision = _open(token)
    form = AnswerForm(request.form)
    if not form.validate():
        return _page(version, story, decision, form), 400
    version_id = version.id
    try:
        with db.transaction():
            answers.answer(version_id, *form.said())
    except Conflict:
        # Another text was written while this page was open.
        return _page(*_open(token), form), 409
    asked = request.args.get("lang")
    return redirect(url_for(".page", token=token, lang=asked if asked in settings().locales else None), 303)


def _open(token: str) -> tuple[StoryVersion, Story, Decision]:
    """What stands behind a link, in its person's language, and whether it still takes a 'yes'.

    Raises NotFound and Gone; a decision against it means that it can be read, and taken back.
    """
    version = queries.version(tokens.read_id(PURPOSE, token))
    story = queries.by_id(version.story_id) if version else None
    if version is None or story is None:
        raise NotFound
    decision = answers.may_answer(version, story)
    if decision.reason != "not_found":
        g.locale = settings().pick_locale(story.customer.locale if story.customer else None)
        refresh()
    answers.refuse(decision)
    return version, story, decision


def _page(version: StoryVersion, story: Story, decision: Decision, form: Any) -> str:
    shown = entries.entry(story, name=version.named, title=version.title or "", text=version.text)
    return render_template(
        "public/stories/agreement.html",
        entry=shown,
        story=story,
        version=version,
        answers=words.ANSWERS,
        form=form,
        limit=TEXT_LIMIT,
        story_text=words.STORY_TEXT,
        newest=bool(decision),
        can_take_back=story.status != "withdrawn",
    )
