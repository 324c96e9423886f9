"""What staff do with reviews: look at them, see who was invited and who was not, keep the places."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import access, db, periods
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.mailing import words as mail_words
from feedbackloop.reviews import destinations, moderation, queries
from feedbackloop.reviews.forms import DestinationForm, OwnPageForm, PublishForm, RefusalForm
from feedbackloop.reviews.models import Review
from feedbackloop.reviews.rules import INVITATION_MOVES, REVIEW_MOVES

PAGE_SIZE = 50

# Marketing sees what was written to be published, and keeps the places; whether a review is shown is decided by those
# who have nothing to sell with it.
READERS = ("quality", "marketing")
JUDGES = ("quality",)

staff = Blueprint("reviews_staff", __name__, url_prefix="/staff/reviews")


# Reviews on the own page


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """Reviews by status; what waits longest comes first."""
    status = request.args.get("status", "pending")
    if status not in REVIEW_MOVES:
        raise NotFound
    after = row_id(request.args.get("after"))
    if status == "pending":
        rows = queries.oldest_pending(after, PAGE_SIZE)
    else:
        rows = queries.review_page(status, after, PAGE_SIZE)
    return _list(status, rows[:PAGE_SIZE], more=len(rows) > PAGE_SIZE)


def _list(status: str, rows: Any, more: bool, wrong: RefusalForm | None = None, wrong_id: int | None = None) -> str:
    return render_template(
        "staff/reviews/list.html",
        status=status,
        statuses=list(REVIEW_MOVES),
        counts=queries.review_counts(),
        reviews=[(row, wrong if row.id == wrong_id and wrong else _refusal(row)) for row in rows],
        older=rows[-1].id if more else None,
        may_judge=_is_judge(),
        case_address=_case_address,
    )


def _case_address(complaint_id: int) -> str | None:
    return access.link("complaints_staff.case", complaint_id=complaint_id)


def _refusal(review: Review) -> RefusalForm:
    form = RefusalForm(formdata=None, prefix="", data={"version": review.version})
    for field in form:
        field.id = f"{field.name}-{review.id}"
    return form


def _is_judge() -> bool:
    return g.staff.role in (*JUDGES, "admin")


@staff.post("/<int:review_id>/publish")
@access.requires(*JUDGES)
def publish(review_id: int) -> Any:
    form = PublishForm()
    with db.transaction():
        moderation.publish(review_id, _version(form), access.actor())
    flash(_("The review is shown now."))
    return redirect(url_for("reviews_staff.listing"), 303)


@staff.post("/<int:review_id>/refuse")
@access.requires(*JUDGES)
def refuse(review_id: int) -> Any:
    form = RefusalForm()
    if not form.validate():
        found = queries.review(review_id)
        if found is None:
            raise NotFound
        return _list(found.status, [found], False, form, review_id), 400
    with db.transaction():
        moderation.refuse(review_id, _version(form), form.reason.data, access.actor())
    flash(_("The review is not shown. It counts with the refused ones on the public page."))
    return redirect(url_for("reviews_staff.listing"), 303)


def _version(form: PublishForm) -> int:
    return row_id(form.version.data) or 0


# Invitations


@staff.get("/invitations")
@access.requires(*READERS)
def invitations() -> str:
    """Who was invited, who was not, and why not."""
    status, reason = request.args.get("status") or None, request.args.get("reason") or None
    if status is not None and status not in INVITATION_MOVES:
        raise NotFound
    asked = {f"{what}_from": request.args.get(f"{what}_from", "") for what in ("sent", "clicked", "written")}
    zone = settings().timezone
    since = queries.Since(*(periods.day_start(day, zone) for day in asked.values()))
    rows = queries.invitation_page(status, reason, since, row_id(request.args.get("after")), PAGE_SIZE)
    return render_template(
        "staff/reviews/invitations.html",
        status=status,
        reason=reason,
        asked=asked,
        statuses=list(INVITATION_MOVES),
        counts=queries.invitation_counts(),
        invitations=rows[:PAGE_SIZE],
        reason_word=mail_words.reason,
        older=rows[PAGE_SIZE - 1].id if len(rows) > PAGE_SIZE else None,
        case_address=_case_address,
    )


# Places


@staff.get("/destinations")
@access.requires(*READERS)
def places() -> str:
    """Where a review may be written."""
    found = list(queries.destinations())
    if not any(one.kind == "own" for one in found):
        found.insert(0, destinations.own_page_to_be())
    return render_template("staff/reviews/places.html", destinations=found)


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
        destinations.change_own(bool(form.active.data), form.position.data or 0, access.actor())
    return _saved()


@staff.get("/destinations/new")
@access.requires(*READERS)
def new_place() -> str:
    return render_template("staff/reviews/place.html", form=DestinationForm(formdata=None), destination=None)


@staff.post("/destinations/new")
@access.requires(*READERS)
def add_place() -> Any:
    form = DestinationForm()
    if not form.validate():
        return render_template("staff/reviews/place.html", form=form, destination=None), 400
    with db.transaction():
        destinations.add_destination(_given(form), access.actor())
    return _saved()


@staff.get("/destinations/<int:destination_id>")
@access.requires(*READERS)
def place(destination_id: int) -> str:
    found = queries.destination(destination_id)
    if found is None or found.kind != "link":
        raise NotFound
    form = DestinationForm(formdata=None, obj=found, data={"link": found.url})
    return render_template("staff/reviews/place.html", form=form, destination=found)


@staff.post("/destinations/<int:destination_id>")
@access.requires(*READERS)
def change_place(destination_id: int) -> Any:
    form = DestinationForm()
    if not form.validate():
        found = queries.destination(destination_id)
        return render_template("staff/reviews/place.html", form=form, destination=found), 400
    with db.transaction():
        destinations.change_destination(destination_id, _given(form), access.actor())
    return _saved()


def _given(form: DestinationForm) -> destinations.DestinationInput:
    return destinations.DestinationInput(
        name=form.name.data or "",
        link=form.link.data or "",
        locale=form.locale.data or None,
        active=bool(form.active.data),
        position=form.position.data or 0,
    )


def _saved() -> Any:
    flash(_("The places are saved. They hold for every invitation that is opened from now on."))
    return redirect(url_for("reviews_staff.places"), 303)
