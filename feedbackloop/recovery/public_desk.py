"""Public replies, as staff write, place and mark them."""

from __future__ import annotations

from datetime import date, datetime, time

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.recovery import filling, public_replies, rules, texts, words
from feedbackloop.recovery.desk import PAGE_SIZE, staff
from feedbackloop.recovery.forms import PlacedForm, PublicReplyForm, body_is_founded
from feedbackloop.recovery.models import PublicReply
from feedbackloop.recovery.public_replies import DisclosureFound, Draft
from feedbackloop.staff import queries as accounts


@staff.get("/public-replies/")
@access.requires(*rules.READERS)
def public_listing() -> str:
    """Complaints that stand in public without a reply, drafts to be placed, and what was placed where."""
    status = request.args.get("status", "draft")
    if status not in words.PUBLIC_STATUSES:
        raise NotFound
    rows = public_replies.listed(status, row_id(request.args.get("after")), PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    return render_template(
        "staff/recovery/public_list.html",
        status=status,
        replies=shown,
        unanswered=public_replies.unanswered(),
        names=accounts.names([one.placed_by for one in shown if one.placed_by]),
        older=shown[-1].id if len(rows) > PAGE_SIZE else None,
        words=words,
    )


@staff.get("/public-replies/of/<int:complaint_id>")
@access.requires(*rules.READERS)
def public_reply(complaint_id: int) -> ResponseReturnValue:
    """The reply to one complaint; ?text= begins the draft with that text."""
    complaint = _existing(complaint_id)
    reply = public_replies.of_complaint(complaint_id)
    form = PublicReplyForm(formdata=None)
    chosen, locale = request.args.get("text"), _locale_of(complaint)
    if chosen:
        text = texts.one("public", chosen, locale)
        if text is None or not text.in_use:
            raise NotFound
        form.body.data = filling.fill(text.body, {"organisation": settings().organisation})
        form.situation.data = chosen
    elif reply is not None:
        form.body.data, form.situation.data = reply.body, reply.situation or ""
    form.version.data = str(reply.version if reply else 0)
    return _page(complaint, reply, form)


@staff.post("/public-replies/of/<int:complaint_id>")
@access.requires(*rules.READERS)
def save_public_reply(complaint_id: int) -> ResponseReturnValue:
    """Keeps the draft, unless it tells whose complaint it answers."""
    complaint = _existing(complaint_id)
    form = PublicReplyForm()
    if not form.validate() or not body_is_founded(form, complaint):
        return _page(complaint, public_replies.of_complaint(complaint_id), form), 400
    seen = row_id(form.version.data)
    draft = Draft(str(form.body.data), _locale_of(complaint), _situation(form), -1 if seen is None else seen)
    try:
        with db.transaction():
            public_replies.save(complaint_id, draft, access.actor())
    except DisclosureFound as stopped:
        again = _existing(complaint_id)
        return _page(again, public_replies.of_complaint(complaint_id), form, stopped), 400
    flash(_("The draft is kept. Place it on the site, then mark here where it stands."))
    return redirect(url_for(".public_reply", complaint_id=complaint_id), 303)


@staff.post("/public-replies/<int:reply_id>/placed")
@access.requires(*rules.READERS)
def mark_placed(reply_id: int) -> ResponseReturnValue:
    """Notes that it stands there: where, when and by whom."""
    reply = _existing_reply(reply_id)
    form = PlacedForm()
    valid = form.validate()
    if valid and not form.told.data and public_replies.last_message_to(reply.complaint) is None:
        form.told.errors = [_("It says that we sent a message. Send one first, or tick that you did so elsewhere.")]
        valid = False
    if not valid or form.on.data is None:
        return _page(reply.complaint, reply, _form_of(reply), None, form), 400
    complaint_id = reply.complaint_id
    seen = row_id(form.version.data)
    at = _moment(form.on.data)
    try:
        with db.transaction():
            version = -1 if seen is None else seen
            public_replies.place(reply_id, version, str(form.address.data), at, g.staff.id, access.actor())
    except DisclosureFound as stopped:
        again = _existing_reply(reply_id)
        return _page(again.complaint, again, _form_of(again), stopped, form), 409
    flash(_("It is noted where the reply stands."))
    return redirect(url_for(".public_reply", complaint_id=complaint_id), 303)


@staff.post("/public-replies/<int:reply_id>/take-back")
@access.requires(*rules.READERS)
def take_back_public_reply(reply_id: int) -> ResponseReturnValue:
    """Notes that it does not stand there any more."""
    complaint_id = _existing_reply(reply_id).complaint_id
    seen = row_id(request.form.get("version"))
    with db.transaction():
        public_replies.take_back(reply_id, -1 if seen is None else seen, access.actor())
    flash(_("The reply is a draft again."))
    return redirect(url_for(".public_reply", complaint_id=complaint_id), 303)


def _page(
    complaint: Complaint,
    reply: PublicReply | None,
    form: PublicReplyForm,
    stopped: DisclosureFound | None = None,
    placed: PlacedForm | None = None,
) -> str:
    if placed is None:
        placed = PlacedForm(formdata=None)
        placed.version.data = str(reply.version if reply else 0)
    return render_template(
        "staff/recovery/public_reply.html",
        complaint=complaint,
        reply=reply,
        form=form,
        placed=placed,
        stopped=stopped,
        offered=texts.library("public", _locale_of(complaint)),
        in_public=rules.is_public(complaint.channel),
        locale=_locale_of(complaint),
        last_message=public_replies.last_message_to(complaint),
        placed_by=accounts.names([reply.placed_by]).get(reply.placed_by) if reply and reply.placed_by else None,
        words=words,
    )


def _form_of(reply: PublicReply) -> PublicReplyForm:
    form = PublicReplyForm(formdata=None)
    form.body.data, form.situation.data = reply.body, reply.situation or ""
    form.version.data = str(reply.version)
    return form


def _situation(form: PublicReplyForm) -> str | None:
    given = form.situation.data or ""
    return given if given and texts.languages_of("public", given) else None


def _locale_of(complaint: Complaint) -> str:
    return settings().pick_locale(complaint.customer.locale if complaint.customer else None)


def _moment(day: date) -> datetime:
    """Now for today, else the middle of that day: the hour is not known."""
    now, zone = clock.now(), settings().timezone
    return now if day == now.astimezone(zone).date() else datetime.combine(day, time(12), zone)


def _existing(complaint_id: int) -> Complaint:
    found = complaints.by_ids([complaint_id]).get(complaint_id)
    if found is None:
        raise NotFound
    return found


def _existing_reply(reply_id: int) -> PublicReply:
    found = public_replies.by_id(reply_id)
    if found is None:
        raise NotFound
    return found
