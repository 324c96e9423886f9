"""The pages of the list of addresses that are not mailed. An address never stands in the address of a page."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import BadInput
from feedbackloop.core.fields import row_id
from feedbackloop.mailing import listed, optouts, staff_views, standing, words
from feedbackloop.mailing.forms import AddressForm, PutOnForm, TakeOffForm

# One station, one set of pages: these stand beside the ones about mails.
staff = staff_views.staff

_ROW = "/not-mailed/<int(max=9223372036854775807):listed_id>"


@staff.get("/not-mailed/")
@access.requires("handler", "quality")
def not_mailed() -> str:
    """The list, filtered by its address; `key` is the hash of an address that was looked up."""
    return _page(AddressForm(formdata=None))


@staff.post("/not-mailed/find")
@access.requires("handler", "quality")
def find_address() -> Any:
    """Looks an address up: changes nothing, and is a POST so that no log keeps the address."""
    form = AddressForm()
    if not form.validate():
        return _page(form), 400
    return redirect(url_for("mailing_staff.not_mailed", key=listed.key_of(form.address.data or "")), 303)


@staff.get("/not-mailed/new")
@access.requires("quality", "handler")
def new_not_mailed() -> str:
    return _new(PutOnForm(formdata=None))


@staff.post("/not-mailed/new")
@access.requires("quality", "handler")
def put_on() -> Any:
    form = PutOnForm()
    if not form.validate():
        return _new(form), 400
    address = form.address.data or ""
    with db.transaction():
        done = listed.put_on(address, form.purpose.data, form.reason.data, access.actor())
    flash(_("This address is not mailed any more.") if done else _("This address was on the list already."))
    return redirect(url_for("mailing_staff.not_mailed", key=listed.key_of(address)), 303)


@staff.get(_ROW)
@access.requires("handler", "quality")
def listed_address(listed_id: int) -> str:
    return _row(listed_id, TakeOffForm(formdata=None))


@staff.post(_ROW + "/take-off")
@access.requires("quality")
def take_off(listed_id: int) -> Any:
    form = TakeOffForm()
    if not form.validate():
        return _row(listed_id, form), 400
    with db.transaction():
        listed.take_off(listed_id, form.reason.data, access.actor())
    flash(_("This address may be mailed again."))
    return redirect(url_for("mailing_staff.not_mailed"), 303)


def _page(form: AddressForm) -> str:
    key = request.args.get("key")
    if key is not None and not listed.is_key(key):
        raise BadInput(fields={"key": ["must be a hash"]})
    given = request.args.get("before")
    before = row_id(given)
    if given and before is None:
        raise BadInput(fields={"before": ["must be a number"]})
    rows, older = listed.page(request.args.get("purpose"), request.args.get("reason"), key, before)
    return render_template(
        "staff/mailing/not_mailed.html",
        form=form,
        key=key,
        rows=rows,
        older=older,
        purposes=(*optouts.PURPOSES, optouts.EVERYTHING),
        reasons=listed.reasons(),
        now=clock.now(),
        trouble=standing.trouble(),
        words=words,
    )


def _new(form: PutOnForm) -> str:
    return render_template("staff/mailing/not_mailed_new.html", form=form, trouble=standing.trouble())


def _row(listed_id: int, form: TakeOffForm) -> str:
    row = listed.get(listed_id)
    return render_template(
        "staff/mailing/not_mailed_one.html",
        one=row,
        changes=listed.changes_of(row),
        form=form,
        may_decide=access.may_open("mailing_staff.take_off"),
        their_own=listed.THEIR_OWN,
        now=clock.now(),
        trouble=standing.trouble(),
        actor_name=standing.actor_name,
        words=words,
    )
