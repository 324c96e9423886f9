"""Told-you-so as one list over all improvements: who was told, who waits, and what people said of it."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import get_locale

from feedbackloop.config import settings
from feedbackloop.core import access, periods
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.improvements import entries, markdown, telling_queries, words
from feedbackloop.improvements.desk import PAGE_SIZE, READERS, staff
from feedbackloop.improvements.models import Improvement

_STATUSES = ("scheduled", "sent", "suppressed", "cancelled", "expired", "bounced")
_ASKED = ("status", "helps", "sent_from", "answered_from")


@staff.get("/told")
@access.requires(*READERS)
def tellings() -> str:
    """Tellings, the newest first; status, answer and the days from which on are in the address."""
    asked = {name: request.args.get(name, "") for name in _ASKED}
    if asked["status"] not in ("", *_STATUSES) or asked["helps"] not in ("", *words.HELPS):
        raise NotFound
    zone = settings().timezone
    wanted = telling_queries.Wanted(
        status=asked["status"],
        helps=asked["helps"],
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
        older=shown[-1].id if len(rows) > PAGE_SIZE else None,
        case_address=lambda complaint_id: access.link("complaints_staff.case", complaint_id=complaint_id),
    )


def _said(improvement: Improvement) -> str:
    text = entries.shown_text(improvement, str(get_locale()))
    return markdown.opening(text.you_said)[0]
