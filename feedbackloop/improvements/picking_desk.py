"""The page on which staff pick the complaints behind an improvement."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from feedbackloop.complaints import lists
from feedbackloop.complaints.lists import Filters
from feedbackloop.complaints.rules import STATUSES
from feedbackloop.config import settings
from feedbackloop.core import access, db, periods
from feedbackloop.core.errors import BadInput
from feedbackloop.core.fields import row_id
from feedbackloop.improvements import linking, picking, queries, service
from feedbackloop.improvements.desk import WRITERS, existing, staff
from feedbackloop.improvements.service import PersonalDataFound

PAGE_SIZE = 50
_LONGEST_WORD = 320
_KEPT = ("q", "status", "category", "root_cause", "opened_from", "which", "after")


@staff.get("/<int:improvement_id>/complaints")
@access.requires(*WRITERS)
def pick(improvement_id: int) -> str:
    """Complaints to choose from, the newest first; what is shown is in the address."""
    found = existing(improvement_id)
    asked = {name: request.args.get(name, "").strip()[:_LONGEST_WORD] for name in _KEPT}
    which = asked["which"] if asked["which"] in picking.WHICH else ""
    filters = Filters(
        q=asked["q"],
        status=asked["status"] if asked["status"] in ("unresolved", *STATUSES) else "",
        category=asked["category"],
        root_cause=asked["root_cause"],
        opened_from=periods.day_start(asked["opened_from"], settings().timezone),
    )
    rows = picking.page(improvement_id, filters, which, lists.read_place(asked["after"]), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "staff/improvements/pick.html",
        improvement=found,
        rows=shown,
        asked=asked,
        categories=lists.categories(),
        causes=lists.root_causes(),
        linked_total=len(queries.complaint_ids([improvement_id])[improvement_id]),
        older=lists.place_of(shown[-1].complaint) if len(rows) > PAGE_SIZE else None,
    )


@staff.post("/<int:improvement_id>/complaints/pick")
@access.requires(*WRITERS)
def picked(improvement_id: int) -> Any:
    """Links the complaints that were ticked, or takes them away; back to the page that they were ticked on."""
    existing(improvement_id)
    given = request.form.getlist("complaint")[: linking.MOST]
    ids = [number for one in given if (number := row_id(one)) is not None]
    do = request.form.get("do")
    if do not in ("link", "unlink") or len(ids) != len(given):
        raise BadInput
    back = url_for("improvements_staff.pick", improvement_id=improvement_id, **_place())
    if not ids:
        flash(_("Tick a complaint first."), "error")
        return redirect(back, 303)
    try:
        with db.transaction():
            if do == "link":
                ids = service.link(improvement_id, ids, access.actor())
            else:
                service.unlink(improvement_id, ids, access.actor())
    except PersonalDataFound:
        words = _("The public words hold something that tells who made one of these complaints. Change them first.")
        flash(words, "error")
        return redirect(back, 303)
    if do == "link":
        flash(ngettext("%(num)s complaint is linked.", "%(num)s complaints are linked.", len(ids)))
    else:
        flash(ngettext("%(num)s complaint is taken away.", "%(num)s complaints are taken away.", len(ids)))
    return redirect(back, 303)


def _place() -> dict[str, Any]:
    """The filters of the page that the form stood on."""
    return {name: value for name in _KEPT if (value := request.form.get(name, "")[:_LONGEST_WORD])}
