"""The page on which staff see everything that came in, and what they do with what people wrote."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.mailing import kinds, words
from feedbackloop.mailing.incoming import lists, replies, rules
from feedbackloop.mailing.incoming import words as incoming_words

staff = Blueprint("incoming_staff", __name__, url_prefix="/staff/incoming")

READERS = ("handler", "quality")
_LOOK_BACK = timedelta(days=30)
_LONGEST_NUMBER = 128


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """What people wrote that nobody has read, and every message and event with its verdict and the reason."""
    kind, verdict = request.args.get("kind", ""), request.args.get("verdict", "")
    if kind not in ("", *rules.KINDS) or verdict not in ("", *rules.VERDICTS):
        raise NotFound
    before = request.args.get("before", "")
    if before and row_id(before) is None:
        raise BadInput(fields={"before": ["must be a number"]})
    lines, older = lists.page(kind, verdict, row_id(before))
    return render_template(
        "staff/incoming/listing.html",
        lines=lines,
        older=older,
        counts=lists.counts_since(clock.now() - _LOOK_BACK),
        unread=lists.unread_on_cases(),
        unplaced=lists.unplaced(),
        words=incoming_words,
        mail_kind=lambda name: words.kind(name) if name in kinds.names() else name,
        link=access.link,
    )


@staff.post("/replies/<int:reply_id>/read")
@access.requires(*READERS)
def read(reply_id: int) -> BaseResponse:
    """Somebody read it: the handler need not be reminded of it any more."""
    with db.transaction():
        complaint_id = replies.mark_read(reply_id, access.actor()).complaint_id
    case = access.link("complaints_staff.case", complaint_id=complaint_id) if complaint_id is not None else None
    return redirect(case or url_for(".listing"), 303)


@staff.post("/replies/<int:reply_id>/attach")
@access.requires(*READERS)
def attach(reply_id: int) -> BaseResponse:
    """Puts what has no case on the complaint with the number that was typed."""
    number = request.form.get("number", "").strip()[:_LONGEST_NUMBER]
    found = lists.complaints_of(number) if number else []
    if len(found) != 1:
        said = _("No complaint has this number.") if not found else _("More than one complaint has this number.")
        flash(said, "warning")
        return redirect(url_for(".listing"), 303)
    with db.transaction():
        replies.attach(reply_id, found[0], access.actor())
    flash(_("It is on the case now."), "success")
    return redirect(access.link("complaints_staff.case", complaint_id=found[0]) or url_for(".listing"), 303)
