"""Reviews that were left on other sites, as staff see them: whose they may be, and which ask for help."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.core import access, db
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.reviews import making, outside, outside_queries, rules
from feedbackloop.reviews.desk import PAGE_SIZE, READERS, case_address, staff

STATES = {
    "": _l("All"),
    "matched": _l("Matched to an invitation"),
    "unmatched": _l("Not matched"),
    "low": _l("1 or 2, and no complaint yet"),
}
GUESSES = {
    "same_name": _l("the same name, and they chose this site around that day"),
    "first_name": _l("a name that fits, and they chose this site around that day"),
    "only_choice": _l("no name, and nobody else chose this site around that day"),
}


@staff.get("/elsewhere")
@access.requires(*READERS)
def elsewhere() -> str:
    """The newest first; site and state are in the address."""
    state = request.args.get("state", "")
    if state not in STATES:
        raise NotFound
    place = row_id(request.args.get("destination"))
    rows = outside_queries.page(place, state, row_id(request.args.get("after")), PAGE_SIZE)
    shown = rows[:PAGE_SIZE]
    return _page(shown, state, place, shown[-1].id if len(rows) > PAGE_SIZE else None)


@staff.get("/elsewhere/<int:outside_id>")
@access.requires(*READERS)
def elsewhere_one(outside_id: int) -> str:
    """One of them, to which a complaint that came of it leads back."""
    found = outside_queries.one(outside_id)
    if found is None:
        raise NotFound
    return _page([found], "", None, None, alone=True)


@staff.post("/elsewhere/<int:outside_id>/unmatch")
@access.requires(*READERS)
def unmatch(outside_id: int) -> Any:
    with db.transaction():
        outside.unmatch(outside_id, access.actor())
    flash(_("The review is nobody’s now. It does not count as what came of an invitation."))
    return redirect(url_for("reviews_staff.elsewhere"), 303)


@staff.post("/elsewhere/<int:outside_id>/complaint")
@access.requires(*READERS)
def complaint_from_elsewhere(outside_id: int) -> Any:
    with db.transaction():
        made = making.of_outside(outside_id, access.actor())
    flash(_("The review is a complaint now, for somebody to take care of."))
    return redirect(case_address(made) or url_for("reviews_staff.elsewhere_one", outside_id=outside_id), 303)


def _page(rows: Any, state: str, place: int | None, older: int | None, alone: bool = False) -> str:
    return render_template(
        "staff/reviews/elsewhere.html",
        reviews=rows,
        state=state,
        states=STATES,
        place=place,
        places=outside_queries.destinations(),
        guesses=GUESSES,
        older=older,
        alone=alone,
        is_low=rules.is_low,
        case_address=case_address,
    )
