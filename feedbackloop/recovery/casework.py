"""The page of one case for staff, and what they do with it: write, spend, record how it ended."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from feedbackloop.checkins import queries as checkins
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db, money
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.mailing import words as mail_words
from feedbackloop.recovery import (
    discretion,
    letters,
    public_replies,
    queries,
    rounds,
    rules,
    service,
    spendings,
    texts,
    urgency,
    words,
)
from feedbackloop.recovery.desk import staff
from feedbackloop.recovery.discretion import Wish
from feedbackloop.recovery.forms import REASON_LIMIT, LetterForm, OutcomeForm, SpendForm, body_is_founded
from feedbackloop.recovery.letters import Letter
from feedbackloop.recovery.models import RecoveryCase

_CASE = "/<int:case_id>"


@staff.get(_CASE)
@access.requires(*rules.READERS)
def case(case_id: int) -> str:
    """Where a mail to a colleague leads: what its person said in every round, and what to do with it."""
    found = _existing(case_id)
    answer = checkins.latest_answers([found.check_in_id]).get(found.check_in_id)
    complaint = found.complaint
    return render_template(
        "staff/recovery/case.html",
        **_about(found),
        answer=answer,
        rounds=rounds.of(complaint),
        letters=letters.of_case(case_id),
        spendings=spendings.of_case(case_id),
        may_write=letters.may_write(complaint.customer),
        public=public_replies.of_complaint(complaint.id),
        in_public=rules.is_public(complaint.channel),
        mail_words=mail_words,
        euro=money.euro,
        link=access.link,
    )


@staff.route(f"{_CASE}/outcome", methods=["GET", "POST"])
@access.requires(*rules.READERS)
def outcome(case_id: int) -> ResponseReturnValue:
    """How the case ended, as a colleague says. What ended meanwhile in another way stays so."""
    found = _existing(case_id)
    form = OutcomeForm()
    if not form.validate_on_submit():
        page = render_template("staff/recovery/outcome.html", **_about(found), form=form, limit=REASON_LIMIT)
        return page, 400 if form.is_submitted() else 200
    with db.transaction():
        service.record_outcome(case_id, str(form.outcome.data), str(form.reason.data), access.actor())
    flash(_("The case is closed: %(how)s.", how=words.outcome(form.outcome.data)))
    return redirect(url_for(".case", case_id=case_id), 303)


@staff.route(f"{_CASE}/spend", methods=["GET", "POST"])
@access.requires(*rules.READERS)
def spend(case_id: int) -> ResponseReturnValue:
    """Money for the person: at once where the budget has room, else as a request to a second person."""
    found = _existing(case_id)
    if found.outcome == "erased":
        raise Conflict
    form = SpendForm()
    if request.method == "GET" and found.complaint.rule:
        form.rule.data = found.complaint.rule
    if not form.validate_on_submit():
        room = discretion.room_of(g.staff.id)
        page = render_template("staff/recovery/spend.html", **_about(found), form=form, room=room, euro=money.euro)
        return page, 400 if form.is_submitted() else 200
    wish = Wish(str(form.once.data), form.amount.cents, str(form.rule.data), str(form.reason.data))
    with db.transaction():
        status = discretion.spend(case_id, wish, g.staff.id, access.actor()).status
    if status == rules.ASKED:
        flash(_("This is more than you have left this month. A second person is asked."), "warning")
    else:
        flash(_("%(amount)s is noted as spent.", amount=money.euro(wish.amount_cents)))
    return redirect(url_for(".case", case_id=case_id, _anchor="spendings"), 303)


@staff.get(f"{_CASE}/write")
@access.requires(*rules.READERS)
def choose_text(case_id: int) -> ResponseReturnValue:
    """The texts to begin with; ?text= opens the editor with one of them, filled for this case."""
    found = _existing(case_id)
    chosen = request.args.get("text")
    locale = letters.language_of(found)
    if chosen is None:
        offered = texts.library("mail", locale)
        decision = letters.may_write(found.complaint.customer)
        return render_template(
            "staff/recovery/texts_to_choose.html", **_about(found), offered=offered, decision=decision, locale=locale
        )
    text = texts.one("mail", chosen, locale) if chosen else None
    if chosen and (text is None or not text.in_use):
        raise NotFound
    form = LetterForm(formdata=None)
    form.situation.data = chosen
    form.body.data = letters.begin(text.body if text else "{greeting}\n\n", found, g.staff.name)
    return _editor(found, form)


@staff.post(f"{_CASE}/write")
@access.requires(*rules.READERS)
def write(case_id: int) -> ResponseReturnValue:
    """Sends what was read: without the box, or with something still to be written, nothing goes."""
    found = _existing(case_id)
    form = LetterForm()
    if not form.validate() or not body_is_founded(form, found.complaint):
        return _editor(found, form), 400
    situation = form.situation.data or None
    if situation and texts.one("mail", situation, letters.language_of(found)) is None:
        raise NotFound
    letter = Letter(str(form.once.data), str(form.body.data), situation)
    with db.transaction():
        refused = letters.send(case_id, letter, g.staff.id, access.actor()).refused
    if refused:
        reason = mail_words.reason(refused)
        flash(_("Kept with the case, and not sent: %(reason)s.", reason=reason), "warning")
    else:
        flash(_("Your letter goes out now."))
    return redirect(url_for(".case", case_id=case_id, _anchor="letters"), 303)


def _editor(found: RecoveryCase, form: LetterForm) -> str:
    decision = letters.may_write(found.complaint.customer)
    locale = letters.language_of(found)
    return render_template("staff/recovery/write.html", **_about(found), form=form, decision=decision, locale=locale)


def _existing(case_id: int) -> RecoveryCase:
    found = queries.by_id(case_id)
    if found is None:
        raise NotFound
    return found


def _about(found: RecoveryCase) -> dict[str, Any]:
    """What every page about a case opens with."""
    return {
        "case": found,
        "complaint": found.complaint,
        "customer": found.complaint.customer,
        "status": rules.shown_status(found.status, found.due_at, clock.now(), settings().timezone),
        "level": urgency.level(found.priority),
        "words": words,
    }
