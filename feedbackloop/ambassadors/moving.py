"""Moves on the board: by drag, key and menu, and their undo. To a script the answer is the board as it stands now,
to a form the page that it came from."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import filters, rules, service
from feedbackloop.ambassadors.board_page import board_part, is_part, owners
from feedbackloop.ambassadors.forms import COLUMN_WORDS, CardForm, MoveForm, PutOffForm
from feedbackloop.ambassadors.person_desk import MOVERS, card_of, moved_meanwhile, person_page, staff, today
from feedbackloop.core import access, db
from feedbackloop.core.errors import BadInput, NotFound

# Where a move was made, as its form says it: the page of the person, or a list with this before its filter.
PERSON, LIST = "person", "list?"


@staff.post("/<int:ambassador_id>/move")
@access.requires(*MOVERS)
def move(ambassador_id: int) -> Any:
    """A move by menu, key, drag or form, and its undo."""
    form = MoveForm()
    before = boards.card(ambassador_id)
    if before is None and is_part():
        return _told(ambassador_id, form)
    before = before or card_of(ambassador_id)
    if not form.validate():
        if form.back.data != PERSON:
            raise BadInput
        return person_page(before, form), 400
    wanted = str(form.stage.data)
    if wanted == "not_now":
        asked = url_for("ambassadors_staff.put_off", ambassador_id=ambassador_id, back=form.back.data)
        return redirect(asked, 303)
    try:
        with db.transaction():
            after = _moved(ambassador_id, form, wanted)
    except service.MovedMeanwhile:
        return _told(ambassador_id, form)
    if form.undo.data:
        said: Any = _("%(number)s is back where it was.", number=before.number)
    else:
        said = _with_undo(before, wanted, after, form)
    return _answer(ambassador_id, form, said)


def _moved(ambassador_id: int, form: MoveForm, wanted: str) -> int:
    """Moves, and gives the version that the card has then."""
    if form.undo.data:
        kept = (form.until.data, form.reason.data)
        return service.undo(ambassador_id, form.seen(), wanted, *kept, access.actor()).version
    return service.move(ambassador_id, form.seen(), wanted, access.actor(), form.why.data or "by_hand").version


@staff.route("/<int:ambassador_id>/not-now", methods=["GET", "POST"])
@access.requires(*MOVERS)
def put_off(ambassador_id: int) -> Any:
    """Asks why somebody is for later, and until when; then back to where the question came from."""
    before = card_of(ambassador_id)
    if request.method == "GET":
        kept = {"reason": before.not_now_reason, "until": before.not_now_until}
        seen = {"version": before.version, "back": request.args.get("back", "")[:1000]}
        return _asks_why(before, PutOffForm(formdata=None, data={**seen, **kept}))
    form = PutOffForm()
    if not form.validate():
        return (person_page(before, form) if form.back.data == PERSON else _asks_why(before, form)), 400
    try:
        with db.transaction():
            kept_until, why = cast(date, form.until.data), str(form.reason.data)
            after = service.put_off(ambassador_id, form.seen(), kept_until, why, access.actor()).version
    except service.MovedMeanwhile:
        return _told(ambassador_id, form)
    return _answer(ambassador_id, form, _with_undo(before, "not_now", after, form))


def _asks_why(card: boards.Card, form: PutOffForm) -> str:
    back = _address(card.id, form)
    return render_template("staff/ambassadors/put_off.html", card=card, form=form, back=back)


def _with_undo(before: boards.Card, column: str, version: int, form: CardForm) -> Any:
    """Says where the card is now, with a way back to where it was."""
    fields = {"stage": before.stage, "version": version, "undo": "1", "back": form.back.data or ""}
    if before.not_now_until is not None:
        fields |= {"until": before.not_now_until.isoformat(), "reason": before.not_now_reason or ""}
    text = _("%(number)s is now at %(column)s.", number=before.number, column=COLUMN_WORDS[column])
    return {"text": text, "undo": url_for("ambassadors_staff.move", ambassador_id=before.id), "fields": fields}


def _told(ambassador_id: int, form: CardForm) -> Any:
    """Tells calmly that somebody was ahead, or the person themselves; nothing was changed."""
    if not is_part():
        return moved_meanwhile(ambassador_id, _address(ambassador_id, form))
    card = boards.card(ambassador_id)
    if card is None:
        said = _("This person is no longer on the board. What you did was not saved.")
    else:
        column = "not_now" if rules.is_put_off(card.not_now_until, today()) else card.stage
        said = _(
            "Somebody was ahead of you, or the person did something: %(number)s is at %(column)s now. What you did "
            "was not saved.",
            number=card.number,
            column=COLUMN_WORDS[column],
        )
    response = board_part(form.back.data or "", said, "warning")
    response.status_code = 409 if card else NotFound.status
    return response


def _answer(ambassador_id: int, form: CardForm, said: Any) -> Any:
    if is_part():
        return board_part(form.back.data or "", said)
    flash(said)
    return redirect(_address(ambassador_id, form), 303)


def _address(ambassador_id: int, form: CardForm) -> str:
    """Where the move was made, with the filter that was on it; only what is ours is taken over."""
    back = form.back.data or ""
    if back == PERSON:
        return url_for("ambassadors_staff.person", ambassador_id=ambassador_id)
    known = owners()
    if not back.startswith(LIST):
        return url_for("ambassadors_staff.board", **filters.read_back(back, known).values)
    query = back.removeprefix(LIST)
    return url_for(
        "ambassadors_staff.listing", **filters.read_back(query, known).values, **filters.order_back(query).values
    )
