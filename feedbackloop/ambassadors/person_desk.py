"""One person's page for marketing: what was done, what they allowed, how they moved, what comes next."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import person as people
from feedbackloop.ambassadors import rules, service
from feedbackloop.ambassadors.forms import (
    COLUMN_WORDS,
    CONSENT_WORDS,
    REASON_WORDS,
    CardForm,
    MoveForm,
    PlanForm,
    PutOffForm,
)
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import NotFound
from feedbackloop.staff import queries as colleagues

READERS = ("marketing", "quality")
MOVERS = ("marketing",)

# The board's pages are added to it in `views.py`.
staff = Blueprint("ambassadors_staff", __name__, url_prefix="/staff/ambassadors")


def today() -> date:
    return clock.now().astimezone(settings().timezone).date()


def age(card: boards.Card) -> int:
    return rules.days_in_stage(card.stage_since, today(), settings().timezone)


def may_move() -> bool:
    return g.staff.role in (*MOVERS, "admin")


@staff.get("/<int:ambassador_id>")
@access.requires(*READERS)
def person(ambassador_id: int) -> str:
    """One person: what was done, what they allowed, how they moved, what comes next."""
    return person_page(card_of(ambassador_id))


def card_of(ambassador_id: int) -> boards.Card:
    found = boards.card(ambassador_id)
    if found is None:
        raise NotFound(_("This person is not on the board (any more)."))
    return found


def person_page(card: boards.Card, wrong: CardForm | None = None) -> str:
    more = people.details(card)
    seen = {"version": card.version, "back": "person"}
    plan = {"next_step": card.next_step, "next_step_on": card.next_step_on, "note": more.note}
    put_off = {"reason": card.not_now_reason, "until": card.not_now_until}
    actors = {int(row.actor[6:]) for row in more.history if row.actor.startswith("staff:")}
    names = colleagues.names(sorted(actors))
    return render_template(
        "staff/ambassadors/person.html",
        card=card,
        more=more,
        put_off=rules.is_put_off(card.not_now_until, today()),
        move_form=_form(MoveForm, wrong, seen),
        put_off_form=_form(PutOffForm, wrong, {**seen, **put_off}),
        plan_form=_form(PlanForm, wrong, {**seen, **plan}),
        names={f"staff:{one}": name for one, name in names.items()},
        columns_words=COLUMN_WORDS,
        reason_words=REASON_WORDS,
        consent_words=CONSENT_WORDS,
        age=age(card),
        may_move=may_move(),
    )


def _form(kind: type[CardForm], wrong: CardForm | None, data: dict[str, Any]) -> CardForm:
    """The form with what was sent, where that was wrong; else with what is stored. Ids differ between the forms."""
    form = wrong if isinstance(wrong, kind) else kind(formdata=None, data=data)
    for field in form:
        field.id = field.label.field_id = f"{kind.__name__.lower()}-{field.short_name}"
    return form


@staff.post("/<int:ambassador_id>/plan")
@access.requires(*MOVERS)
def plan(ambassador_id: int) -> Any:
    form, before = PlanForm(), card_of(ambassador_id)
    if not form.validate():
        return person_page(before, form), 400
    wanted = service.Plan(form.next_step.data, form.next_step_on.data, form.note.data)
    try:
        with db.transaction():
            service.plan_next(ambassador_id, form.seen(), wanted, access.actor())
    except service.MovedMeanwhile:
        return moved_meanwhile(ambassador_id, url_for("ambassadors_staff.board"))
    flash(_("Saved."))
    return redirect(url_for("ambassadors_staff.person", ambassador_id=ambassador_id), 303)


def moved_meanwhile(ambassador_id: int, back: str) -> Any:
    """Tells calmly that somebody was ahead; nothing was changed."""
    card = boards.card(ambassador_id)
    column = "not_now" if card and rules.is_put_off(card.not_now_until, today()) else card.stage if card else None
    page = render_template(
        "staff/ambassadors/conflict.html",
        card=card,
        column=COLUMN_WORDS[column] if column else None,
        back=back,
    )
    return page, 409
