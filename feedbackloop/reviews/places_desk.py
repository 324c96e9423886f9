"""The places where a review may be written, as staff keep them: each with whom it asks and what its site allows."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from feedbackloop.core import access, db
from feedbackloop.core.errors import NotFound
from feedbackloop.reviews import destinations, forms, queries, rules
from feedbackloop.reviews.desk import READERS, staff
from feedbackloop.reviews.forms import DestinationForm, OwnPageForm
from feedbackloop.reviews.models import Destination


@staff.get("/destinations")
@access.requires(*READERS)
def places() -> str:
    """Where a review may be written."""
    found = list(queries.destinations())
    if not any(one.kind == "own" for one in found):
        found.insert(0, destinations.own_page_to_be())
    return render_template(
        "staff/reviews/places.html",
        destinations=found,
        asks_everybody=any(one.audience == "everyone" for one in found if one.active),
        audiences=forms.AUDIENCE_WORDS,
        platform_of=lambda one: rules.BY_CODE.get(one.platform),
    )


@staff.get("/destinations/own")
@access.requires(*READERS)
def own_place() -> str:
    own = queries.own_destination() or destinations.own_page_to_be()
    return render_template("staff/reviews/own_place.html", form=OwnPageForm(formdata=None, obj=own))


@staff.post("/destinations/own")
@access.requires(*READERS)
def change_own_place() -> Any:
    form = OwnPageForm()
    if not form.validate():
        return render_template("staff/reviews/own_place.html", form=form), 400
    with db.transaction():
        destinations.change_own(bool(form.active.data), form.position.data or 0, access.actor(), form.audience.data)
    return _saved()


@staff.get("/destinations/new")
@access.requires(*READERS)
def new_place() -> str:
    return _place(DestinationForm(formdata=None), None)


@staff.post("/destinations/new")
@access.requires(*READERS)
def add_place() -> Any:
    form = DestinationForm()
    if not form.validate():
        return _place(form, None), 400
    with db.transaction():
        destinations.add_destination(form.given(), access.actor())
    return _saved()


@staff.get("/destinations/<int:destination_id>")
@access.requires(*READERS)
def place(destination_id: int) -> str:
    found = _found(destination_id)
    return _place(DestinationForm(formdata=None, obj=found, data={"link": found.url}), found)


@staff.post("/destinations/<int:destination_id>")
@access.requires(*READERS)
def change_place(destination_id: int) -> Any:
    found, form = _found(destination_id), DestinationForm()
    if not form.validate():
        return _place(form, found), 400
    with db.transaction():
        destinations.change_destination(destination_id, form.given(), access.actor())
    return _saved()


def _found(destination_id: int) -> Destination:
    found = queries.destination(destination_id)
    if found is None or found.kind != "link":
        raise NotFound
    return found


def _place(form: DestinationForm, found: Destination | None) -> str:
    known = [(one.name, forms.rule_words(one), one.source) for one in rules.PLATFORMS]
    return render_template("staff/reviews/place.html", form=form, destination=found, platforms=known)


def _saved() -> Any:
    flash(_("The places are saved. They hold for every invitation that is opened from now on."))
    return redirect(url_for("reviews_staff.places"), 303)
