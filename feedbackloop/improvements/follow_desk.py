"""Who follows the log, as staff see it: numbers, the issues that went out, and taking one address out."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from feedbackloop.core import access, db
from feedbackloop.improvements import follow, follow_queries
from feedbackloop.improvements.desk import READERS, staff
from feedbackloop.improvements.follow_forms import RemoveForm
from feedbackloop.mailing import queries as mails

_ISSUES = 20
_REMOVERS = ("quality", "handler")


@staff.get("/followers")
@access.requires(*READERS)
def followers() -> str:
    """No address is shown: nobody here needs one to write what is new."""
    return _page(RemoveForm(formdata=None))


@staff.post("/followers/remove")
@access.requires(*_REMOVERS)
def remove_follower() -> Any:
    """Takes an address out that somebody asked about. A POST, so that no log keeps the address."""
    form = RemoveForm()
    if not form.validate():
        return _page(form), 400
    with db.transaction():
        found = follow.remove(str(form.address.data), access.actor())
    flash(_("This address does not follow the log any more.") if found else _("Nobody follows with this address."))
    return redirect(url_for("improvements_staff.followers"), 303)


def _page(form: RemoveForm) -> str:
    issues = follow_queries.digests(_ISSUES)
    return render_template(
        "staff/improvements/followers.html",
        form=form,
        counts=follow_queries.counts(),
        issues=issues,
        sent=mails.cycle_counts(follow.DIGEST, [one.number for one in issues]),
        may_remove=access.may_open("improvements_staff.remove_follower"),
    )
