"""The texts that letters and public replies begin with, as staff keep them."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import access, db
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.recovery import filling, rules, texts
from feedbackloop.recovery.desk import staff
from feedbackloop.recovery.forms import NewTextForm, TextForm
from feedbackloop.recovery.texts import Text

_KEEPERS = ("quality",)
_TEXT = "/texts/<purpose>/<situation>/<locale>"


@staff.get("/texts/")
@access.requires(*rules.READERS)
def text_listing() -> str:
    """Every text in the language of the page, with the languages that each exists in."""
    locale = str(get_locale())
    return render_template(
        "staff/recovery/texts.html",
        mail=texts.library("mail", locale, all_of_them=True),
        public=texts.library("public", locale, all_of_them=True),
        locales=settings().locales,
        may_change=access.may_open("recovery_staff.edit_text"),
    )


@staff.route("/texts/<purpose>/new", methods=["GET", "POST"])
@access.requires(*_KEEPERS)
def new_text(purpose: str) -> ResponseReturnValue:
    """A text for a situation that the product does not know."""
    if purpose not in texts.PURPOSES:
        raise NotFound
    form = NewTextForm()
    form.offer()
    form.allowed = filling.ALLOWED[purpose]
    if request.method == "GET":
        form.locale.data, form.in_use.data = str(get_locale()), True
    if not form.validate_on_submit():
        page = render_template("staff/recovery/text.html", form=form, purpose=purpose, text=None, languages={})
        return page, 400 if form.is_submitted() else 200
    made = Text(purpose, texts.new_situation(), str(form.locale.data), str(form.title.data), str(form.body.data))
    with db.transaction():
        texts.save(replace(made, in_use=bool(form.in_use.data)), access.actor())
    flash(_("The text is saved."))
    return redirect(url_for(".text_listing"), 303)


@staff.route(_TEXT, methods=["GET", "POST"])
@access.requires(*_KEEPERS)
def edit_text(purpose: str, situation: str, locale: str) -> ResponseReturnValue:
    """One text in one language. What somebody else changed meanwhile is not overwritten."""
    languages = texts.languages_of(purpose, situation)
    if not languages or locale not in settings().locales:
        raise NotFound
    # A language that it does not exist in yet begins empty.
    text = languages.get(locale) or Text(purpose, situation, locale, "", "", own=True)
    form = TextForm()
    form.allowed = filling.ALLOWED[purpose]
    if request.method == "GET":
        form.version.data, form.in_use.data = str(text.version), text.in_use
        form.title.data, form.body.data = text.title, text.body
    if not form.validate_on_submit():
        page = render_template(
            "staff/recovery/text.html", form=form, purpose=purpose, text=text, languages=settings().locales
        )
        return page, 400 if form.is_submitted() else 200
    seen = row_id(form.version.data)
    changed = replace(
        text,
        title=str(form.title.data),
        body=str(form.body.data),
        in_use=bool(form.in_use.data),
        version=-1 if seen is None else seen,
    )
    with db.transaction():
        texts.save(changed, access.actor())
    flash(_("The text is saved."))
    return redirect(url_for(".text_listing"), 303)
