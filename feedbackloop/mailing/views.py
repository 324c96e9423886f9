"""The page that ends mail to a person."""

from __future__ import annotations

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.core import db, tokens
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.extensions import csrf
from feedbackloop.mailing import listed_views, optouts
from feedbackloop.mailing.incoming import views as incoming
from feedbackloop.people.models import Customer

public = Blueprint("mailing", __name__)
staff = listed_views.staff
# The token in the path is the key, and a mail program that presses the button has no cookie.
csrf.exempt(public)

Answer = str | tuple[str, int] | BaseResponse


def register(app: Flask) -> None:
    incoming.register(app)


@public.get("/unsubscribe/<token>")
def unsubscribe(token: str) -> Answer:
    """Says how it stands and offers the button. Opening it changes nothing."""
    return _page(*_read(token))


@public.post("/unsubscribe/<token>")
def change_subscription(token: str) -> Answer:
    """The page's own buttons, and RFC 8058: a mail program's single POST, answered at once and never redirected."""
    person, purpose = _read(token)
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    choice = "stop" if one_click else request.form.get("choice")
    if choice == "stop":
        with db.transaction():
            optouts.opt_out(person.id, purpose, "one_click" if one_click else "page")
        if one_click:
            return _page(*_read(token))
    elif choice == "resume":
        if request.form.get("again") != "yes":
            return _page(person, purpose, missing=True), 400
        with db.transaction():
            optouts.opt_in(person.id, purpose)
    else:
        raise BadInput
    return redirect(url_for("mailing.unsubscribe", token=token, lang=request.args.get("lang")), 303)


def _read(token: str) -> tuple[Customer, str]:
    """The person and the purpose. An opt-out link never expires; it ends with the person's data."""
    value = tokens.read("unsubscribe", token)
    person_id, _, purpose = value.partition("-")
    if purpose not in optouts.PURPOSES or not person_id.isdecimal():
        raise NotFound
    person = optouts.person(int(person_id))
    g.locale = person.locale
    return person, purpose


def _page(person: Customer, purpose: str, *, missing: bool = False) -> str:
    state = "stopped" if optouts.has_opted_out(person, purpose) else "running"
    return render_template("public/mailing/unsubscribe.html", purpose=purpose, state=state, missing=missing)
