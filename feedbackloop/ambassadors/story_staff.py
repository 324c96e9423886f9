"""What staff see of the story library: all of it, and what could come into it, with why."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import stories
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_rules as rules
from feedbackloop.ambassadors import story_words as words
from feedbackloop.ambassadors.stories import About
from feedbackloop.ambassadors.story_forms import LANGUAGES, NewForm
from feedbackloop.ambassadors.story_rules import EXCEPTION, STORY
from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import access, db
from feedbackloop.core.errors import BadInput, Conflict, NotFound
from feedbackloop.core.fields import row_id

PAGE_SIZE = 50
CANDIDATES = 20
READERS = ("marketing", "quality")
WRITERS = ("marketing",)
SOURCES = ("answers", "reviews", "exceptions")

staff = Blueprint("stories_staff", __name__, url_prefix="/staff/stories")


def may_write() -> bool:
    return g.staff.role in (*WRITERS, "admin")


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """The library, the newest first; the filters are in the address, and what is unknown chooses nothing."""
    known = {"status": rules.STATUSES, "kind": rules.KINDS, "locale": settings().locales}
    asked = {name: request.args.get(name, "").strip() for name in (*known, "category")}
    asked = {name: value if value in known.get(name, (value,)) else "" for name, value in asked.items()}
    before = row_id(request.args.get("after"))
    rows = queries.staff_list(asked, before, PAGE_SIZE + 1)
    return render_template(
        "staff/stories/list.html",
        rows=rows[:PAGE_SIZE],
        next=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        asked=asked,
        categories=queries.categories(),
        languages=[(one, LANGUAGES.get(one, one)) for one in settings().locales],
        words=words,
        may_write=may_write(),
    )


@staff.get("/candidates")
@access.requires(*READERS)
def candidates() -> str:
    """What could come into the library: words that people allow, and exceptions that worked. Each says why."""
    of = request.args.get("of", "answers")
    if of not in SOURCES:
        raise NotFound
    before = row_id(request.args.get("after"))
    rows: list[Any]
    if of == "exceptions":
        rows = list(queries.exceptions(before, CANDIDATES + 1))
    else:
        rows = list(_QUOTABLE[of](before, CANDIDATES + 1))
    return render_template(
        "staff/stories/candidates.html",
        of=of,
        rows=rows[:CANDIDATES],
        next=rows[CANDIDATES - 1].id if len(rows) > CANDIDATES else None,
        words=words,
        may_write=may_write(),
    )


_QUOTABLE = {"answers": queries.quotable_answers, "reviews": queries.quotable_reviews}


@staff.post("/quote")
@access.requires(*WRITERS)
def quote() -> Any:
    """Puts an allowed quote into the library, in one step."""
    of, source_id = request.form.get("of", ""), row_id(request.form.get("id"))
    if of not in _QUOTABLE or not source_id:
        raise BadInput
    with db.transaction():
        story_id = stories.quote(of.removesuffix("s"), source_id, access.actor()).id
    flash(_("It is in the library. These are their own words, which they allowed: you can publish it."))
    return redirect(url_for("stories_staff.detail", story_id=story_id), 303)


@staff.route("/new", methods=["GET", "POST"])
@access.requires(*WRITERS)
def new() -> Any:
    """Begins a story about somebody on the board (`ambassador`), or about an exception that worked (`exception`)."""
    form = NewForm()
    form.offer()
    if not form.is_submitted():
        form.about.data = _asked_about()
    kind, case, why = _about(str(form.about.data or ""))
    if not form.is_submitted():
        form.locale.data = settings().pick_locale(case.customer.locale if case.customer else None)
        return _new_page(form, kind, case, why)
    if kind == STORY or case.customer_id is None:
        form.who.data = "person" if kind == STORY else "nobody"
    if not form.validate():
        return _new_page(form, kind, case, why), 400
    customer_id = case.customer_id if form.who.data == "person" else None
    about = About(case.id, customer_id, case.category, str(form.locale.data))
    with db.transaction():
        story_id = stories.begin(kind, about, form.words(), access.actor()).id
    flash(_("Saved as a draft."))
    return redirect(url_for("stories_staff.detail", story_id=story_id), 303)


def _asked_about() -> str:
    for name in ("ambassador", "exception"):
        if row_id(request.args.get(name)):
            return f"{name}-{row_id(request.args.get(name))}"
    raise NotFound(_("Begin a story with a person on the board, or with an exception that worked."))


def _about(given: str) -> tuple[str, Complaint, queries.Exceptional | None]:
    """The kind of story and its case, out of the form; and why it is an exception."""
    name, _dash, number = given.partition("-")
    found = row_id(number) or 0
    if name == "exception":
        listed = queries.exceptions(None, 1, found)
        if not listed:
            raise Conflict(_("This exception is told already, or its person does not call it solved any more."))
        return EXCEPTION, complaints.by_ids([found])[found], listed[0]
    case = queries.case_of(found) if name == "ambassador" else None
    if case is None:
        raise NotFound(_("This person is not on the board (any more)."))
    return STORY, complaints.by_ids([case[1]])[case[1]], None


def _new_page(form: NewForm, kind: str, case: Complaint, why: queries.Exceptional | None) -> str:
    return render_template("staff/stories/new.html", form=form, kind=kind, case=case, why=why, words=words)
