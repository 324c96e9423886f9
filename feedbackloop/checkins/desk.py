"""The list of check-ins for staff: who was asked, who was not and why, and what people answered."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request, send_file
from flask_babel import gettext as _

from feedbackloop.checkins import file_queries, files, lists, rules, words
from feedbackloop.checkins.lists import Filters, Line
from feedbackloop.config import settings
from feedbackloop.core import access, clock, periods
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id

PAGE_SIZE = 50
READERS = ("handler", "quality")
_SHOWN_STATUSES = ("scheduled", "queued", *rules.STATUSES[1:])
_LONGEST_REASON = 200

staff = Blueprint("checkins_staff", __name__, url_prefix="/staff/check-ins")


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """Check-ins, the newest first; status, reason, answer and the day from which they were sent are in the address."""
    filters, now = _filters(), clock.now()
    rows = lists.listed(filters, now, row_id(request.args.get("after")), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "staff/checkins/list.html",
        lines=[_line(row) for row in shown],
        filters=filters,
        sent_from=request.args.get("sent_from", ""),
        statuses=_SHOWN_STATUSES,
        answer_options=[("", _("All")), *words.SATISFIED.items()],
        status_counts=lists.status_counts(filters, now),
        reason_counts=[(code, words.not_asked(code), n) for code, n in lists.reason_counts(filters, now).items()],
        older=shown[-1].check_in.id if len(rows) > PAGE_SIZE else None,
        reasons_page=access.link("checkins_staff.reason_lists"),
    )


@staff.get("/files/<int:attachment_id>")
@access.requires(*READERS)
def file(attachment_id: int) -> Response:
    """A file that came with an answer: for downloading, never shown by us, whatever it claims to be."""
    found = file_queries.by_id(attachment_id)
    place = files.path_of(found.file) if found else None
    if found is None or place is None or not place.is_file():
        raise NotFound
    response = send_file(place, found.type, as_attachment=True, download_name=found.name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _filters() -> Filters:
    given = request.args
    filters = Filters(
        status=given.get("status", ""),
        reason=given.get("reason", "")[:_LONGEST_REASON],
        satisfied=given.get("satisfied", ""),
        answered=given.get("answered") == "1",
        sent_from=periods.day_start(given.get("sent_from"), settings().timezone),
    )
    if filters.status not in ("", *_SHOWN_STATUSES) or filters.satisfied not in ("", *rules.SATISFIED):
        raise NotFound
    return filters


def _line(row: Line) -> dict[str, Any]:
    check_in = row.check_in
    status, reason = rules.shown_status(
        check_in.status, check_in.reason, row.mail_status, row.mail_due_at, clock.now(), row.mail_reason
    )
    return {
        "check_in": check_in,
        "complaint": check_in.complaint,
        "customer": check_in.complaint.customer,
        "answer": row.answer,
        "due_at": rules.shown_due(check_in.due_at, reason, row.mail_due_at),
        "status": status,
        "reason": words.not_asked(reason),
    }
