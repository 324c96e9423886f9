"""Told-you-so as one list over all improvements: who was told, who waits, and what people said of it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import access, db, periods
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.improvements import entries, markdown, telling_queries, words
from feedbackloop.improvements import tellings as tellings_service
from feedbackloop.improvements.desk import PAGE_SIZE, READERS, SEES_CASES, WRITERS, staff
from feedbackloop.improvements.models import Improvement

_STATUSES = ("scheduled", "sent", "suppressed", "cancelled", "expired", "bounced")
_ASKED = ("status", "helps", "look", "sent_from", "answered_from")
_LOOKS = ("waiting",)


@staff.get("/told")
@access.requires(*READERS)
def tellings() -> str:
    """Tellings, the newest first; status, answer and the days from which on are in the address."""
    asked = {name: request.args.get(name, "") for name in _ASKED}
    known = {"status": _STATUSES, "helps": words.HELPS, "look": _LOOKS}
    if any(asked[name] not in ("", *values) for name, values in known.items()):
        raise NotFound
    zone = settings().timezone
    wanted = telling_queries.Wanted(
        status=asked["status"],
        helps=asked["helps"],
        look=asked["look"],
        sent_from=periods.day_start(asked["sent_from"], zone),
        answered_from=periods.day_start(asked["answered_from"], zone),
    )
    rows = telling_queries.page(wanted, row_id(request.args.get("after")), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "staff/improvements/told.html",
        asked=asked,
        rows=[(one, _said(one.improvement), words.helps(one.improvement.status)) for one in shown],
        statuses=_STATUSES,
        answers=words.HELPS_LATER,
        not_told=words.not_told,
        waiting=telling_queries.not_looked_at(),
        sees_words=g.staff.role in SEES_CASES,
        may_look=access.may_open("improvements_staff.look_at_telling"),
        older=shown[-1].id if len(rows) > PAGE_SIZE else None,
        case_address=lambda complaint_id: access.link("complaints_staff.case", complaint_id=complaint_id),
    )


@staff.post("/told/<int:telling_id>/looked-at")
@access.requires(*WRITERS)
def look_at_telling(telling_id: int) -> Any:
    """Takes an answer off the list of those that wait for quality; what was said stays."""
    with db.transaction():
        found = tellings_service.look_at(telling_id, access.actor())
    if not found:
        raise NotFound
    flash(_("Looked at."))
    return redirect(url_for("improvements_staff.tellings", look="waiting"), 303)


def _said(improvement: Improvement) -> str:
    text = entries.shown_text(improvement, str(get_locale()))
    return markdown.opening(text.you_said)[0]
