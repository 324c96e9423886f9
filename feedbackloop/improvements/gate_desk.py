"""What a second person does with what the gate found, and with corrections that wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from feedbackloop.core import access, db
from feedbackloop.improvements import gate, service, waiting, words
from feedbackloop.improvements.desk import WRITERS, staff
from feedbackloop.improvements.gate import NotByYou


@staff.post("/<int:improvement_id>/ask")
@access.requires(*WRITERS)
def ask(improvement_id: int) -> Any:
    with db.transaction():
        service.ask(improvement_id, access.actor())
    flash(_("A colleague can look at it now. It stands on their home page."))
    return _back(improvement_id)


@staff.post("/<int:improvement_id>/overrule")
@access.requires(*WRITERS)
def overrule(improvement_id: int) -> Any:
    """Lets one thing stand in the words of a draft."""
    return _overrule(improvement_id, service.overrule)


@staff.post("/<int:improvement_id>/waiting/overrule")
@access.requires(*WRITERS)
def overrule_waiting(improvement_id: int) -> Any:
    """Lets one thing stand in a correction that waits."""
    return _overrule(improvement_id, waiting.overrule)


@staff.post("/<int:improvement_id>/waiting/publish")
@access.requires(*WRITERS)
def publish_waiting(improvement_id: int) -> Any:
    try:
        with db.transaction():
            waiting.make_public(improvement_id, access.actor())
    except gate.PersonalDataFound:
        flash(_("Not made public: something in it still needs a second person."), "error")
    else:
        flash(_("The correction is public now."))
    return _back(improvement_id)


@staff.post("/<int:improvement_id>/waiting/withdraw")
@access.requires(*WRITERS)
def withdraw_waiting(improvement_id: int) -> Any:
    with db.transaction():
        waiting.withdraw(improvement_id, access.actor())
    flash(_("The correction is withdrawn. The public page stays as it is."))
    return _back(improvement_id)


def _overrule(improvement_id: int, verb: Callable[[int, str, str], None]) -> Any:
    try:
        with db.transaction():
            verb(improvement_id, request.form.get("ref", ""), access.actor())
    except NotByYou as refused:
        flash(words.NOT_BY_YOU[refused.code or "not_staff"], "error")
    else:
        flash(_("It may stand there. That is kept with your name."))
    return _back(improvement_id)


def _back(improvement_id: int) -> Any:
    return redirect(url_for("improvements_staff.detail", improvement_id=improvement_id, _anchor="publish"), 303)
