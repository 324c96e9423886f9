"""The lists of reasons, as quality keeps them. Nothing is deleted: what is not offered any more is retired."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from feedbackloop.checkins import reasons
from feedbackloop.checkins.desk import staff
from feedbackloop.checkins.reason_forms import ReasonForm
from feedbackloop.complaints import lists as complaints
from feedbackloop.core import access, db

KEEPERS = ("quality",)


@staff.get("/reasons")
@access.requires(*KEEPERS)
def reason_lists() -> str:
    """The general list, and those of categories."""
    found = groupby(reasons.every(), key=lambda one: one.category)
    lists = [(category, list(listed)) for category, listed in found]
    lists.sort(key=lambda one: one[0] is not None)
    return render_template("staff/checkins/reasons.html", lists=lists)


@staff.get("/reasons/new")
@access.requires(*KEEPERS)
def new_reason() -> str:
    return _page(ReasonForm(formdata=None), None)


@staff.post("/reasons/new")
@access.requires(*KEEPERS)
def add_reason() -> Any:
    form = ReasonForm()
    if not form.validate():
        return _page(form, None), 400
    with db.transaction():
        reasons.add(form.given(), access.actor())
    return _saved()


@staff.get("/reasons/<code>")
@access.requires(*KEEPERS)
def reason(code: str) -> str:
    found = reasons.find(code)
    return _page(ReasonForm.of(found), found)


@staff.post("/reasons/<code>")
@access.requires(*KEEPERS)
def change_reason(code: str) -> Any:
    found = reasons.find(code)
    form = ReasonForm()
    if not form.validate():
        return _page(form, found), 400
    with db.transaction():
        reasons.change(code, form.given(), access.actor())
    return _saved()


def _page(form: ReasonForm, found: reasons.Listed | None) -> str:
    return render_template("staff/checkins/reason.html", form=form, reason=found, categories=complaints.categories())


def _saved() -> Any:
    flash(_("The reasons are saved. They hold for every form that is opened from now on."))
    return redirect(url_for("checkins_staff.reason_lists"), 303)
