"""Asking a person for something: what the mail will say, and sending it; stopping one that did not go yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import ask_mails, ask_queries, ask_rules, ask_words, asks
from feedbackloop.ambassadors.ask_forms import AskForm
from feedbackloop.ambassadors.person import Shown
from feedbackloop.ambassadors.person_desk import MOVERS, shown, staff
from feedbackloop.config import settings
from feedbackloop.core import access, db
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.mailing import rendering


@dataclass(frozen=True)
class Preview:
    """The mail as its receiver reads it, in their language; without their name, and with links that lead nowhere."""

    locale: str
    subject: str
    text: str


@staff.route("/<int:ambassador_id>/asks/<kind>", methods=["GET", "POST"])
@access.requires(*MOVERS)
def ask(ambassador_id: int, kind: str) -> Any:
    """The mail to look at, with a line of one's own; the second button sends it."""
    one = shown(ambassador_id)
    if kind not in ask_rules.KINDS:
        raise NotFound
    form, may = AskForm(), one.may_ask[kind]
    if not form.is_submitted():
        return _page(one, kind, form, may)
    if not form.validate():
        return _page(one, kind, form, may), 400
    if request.form.get("step") != "send":
        return _page(one, kind, form, may)
    told = bool(form.told.data) and may.reason in ask_words.MAY_DECIDE_OTHERWISE
    with db.transaction():
        done = asks.ask(ambassador_id, kind, form.line.data, told, access.actor())
    if done:
        flash(_("The e-mail goes within the hours in which we mail people."))
    else:
        flash(_("Not asked: %(why)s", why=ask_words.why_not(done.reason)), "warning")
    return redirect(url_for("ambassadors_staff.person", ambassador_id=ambassador_id, _anchor="asks"), 303)


@staff.post("/<int:ambassador_id>/asks/<int:ask_id>/stop")
@access.requires(*MOVERS)
def stop_ask(ambassador_id: int, ask_id: int) -> Any:
    """Stops an ask whose mail did not go yet."""
    found = ask_queries.by_ids([ask_id]).get(ask_id)
    if found is None or found.ambassador_id != ambassador_id:
        raise NotFound
    try:
        with db.transaction():
            asks.stop(ask_id, access.actor())
    except Conflict:
        flash(_("It went already, or somebody stopped it before you."), "warning")
    else:
        flash(_("Stopped. The person was not mailed."))
    return redirect(url_for("ambassadors_staff.person", ambassador_id=ambassador_id, _anchor="asks"), 303)


def _page(one: Shown, kind: str, form: AskForm, may: Decision) -> str:
    line = form.line.data if not form.errors else None
    return render_template(
        "staff/ambassadors/ask.html",
        card=one,
        kind=kind,
        title=ask_words.KINDS[kind],
        form=form,
        may=may,
        why_not=ask_words.why_not(may.reason) if not may else None,
        decides=may.reason in ask_words.MAY_DECIDE_OTHERWISE,
        limit=ask_rules.LINE_LIMIT,
        preview=_preview(one, kind, line),
    )


def _preview(one: Shown, kind: str, line: str | None) -> Preview:
    locale = settings().pick_locale(one.locale)
    with rendering.speaking(locale):
        nowhere = f"{settings().public_url}/…"
        values = {
            **ask_mails.said(kind, one.opened_at, one.number, line),
            "recipient_name": f"({_('name')})",
            "url": nowhere,
            "agreements_url": nowhere,
            "unsubscribe_url": nowhere,
        }
        subject, text = (render_template(f"mail/ask/{part}", **values) for part in ("subject.txt", "body.txt"))
    return Preview(locale, subject.strip(), text.strip())
