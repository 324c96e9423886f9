"""One person's page for marketing: what was done, what they allowed, how they moved, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, g, jsonify, redirect, render_template, send_file, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import agreements, ask_pictures, ask_words, person_json, person_service, rules, service
from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import person as people
from feedbackloop.ambassadors.ask_forms import ConsentForm, NoteForm, OwnerForm, TagForm
from feedbackloop.ambassadors.forms import (
    COLUMN_WORDS,
    CONSENT_WORDS,
    REASON_WORDS,
    CardForm,
    MoveForm,
    PlanForm,
    PutOffForm,
)
from feedbackloop.ambassadors.person import Shown
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import BadInput, Conflict, NotFound

READERS = ("marketing", "quality")
MOVERS = ("marketing",)

# The board's pages are added to it in `views.py`, what is asked of people in `ask_desk.py`.
staff = Blueprint("ambassadors_staff", __name__, url_prefix="/staff/ambassadors")


def today() -> date:
    return clock.now().astimezone(settings().timezone).date()


def age(card: boards.Card | Shown) -> int:
    return rules.days_in_stage(card.stage_since, today(), settings().timezone)


def may_move() -> bool:
    return g.staff.role in (*MOVERS, "admin")


@staff.get("/<int:ambassador_id>")
@access.requires(*READERS)
def person(ambassador_id: int) -> str:
    """One person: the story of their case, what they allow, what was asked of them, what comes next."""
    return _page(shown(ambassador_id))


@staff.get("/<int:ambassador_id>.json")
@access.requires(*READERS)
def person_data(ambassador_id: int) -> Response:
    """The same, as JSON: it holds nothing that the page does not show."""
    return jsonify(person_json.of(shown(ambassador_id)))


@staff.get("/<int:ambassador_id>/picture")
@access.requires(*READERS)
def picture(ambassador_id: int) -> Response:
    """The picture that the person sent, as long as they allow it to be shown."""
    found = shown(ambassador_id).picture
    place = ask_pictures.path_of(found.file) if found is not None else None
    if found is None or place is None or not place.is_file():
        raise NotFound
    response = send_file(place, mimetype=found.type)
    response.headers["Cache-Control"] = "no-store"  # it may be taken back at any moment
    return response


def card_of(ambassador_id: int) -> boards.Card:
    found = boards.card(ambassador_id)
    if found is None:
        raise NotFound(_("This person is not on the board (any more)."))
    return found


def shown(ambassador_id: int) -> Shown:
    found = people.read(ambassador_id)
    if found is None:
        raise NotFound(_("This person is not on the board (any more)."))
    return found


def person_page(card: boards.Card, wrong: CardForm | None = None) -> str:
    """The page of the person on this card, with a form that was not right."""
    return _page(shown(card.id), wrong)


def _page(one: Shown, wrong: Any = None) -> str:
    seen = {"version": one.version, "back": "person"}
    plan = {"next_step": one.next_step, "next_step_on": one.next_step_on}
    put_off = {"reason": one.not_now_reason, "until": one.not_now_until}
    owner = _form(OwnerForm, wrong, {**seen, "owner": str(one.owner_id or "")})
    owner.offer(one.owners)
    return render_template(
        "staff/ambassadors/person.html",
        card=one,
        put_off=rules.is_put_off(one.not_now_until, today()),
        move_form=_form(MoveForm, wrong, seen),
        put_off_form=_form(PutOffForm, wrong, {**seen, **put_off}),
        plan_form=_form(PlanForm, wrong, {**seen, **plan}),
        owner_form=owner,
        note_form=_form(NoteForm, wrong, {}),
        tag_form=_form(TagForm, wrong, {}),
        columns_words=COLUMN_WORDS,
        reason_words=REASON_WORDS,
        consent_words=CONSENT_WORDS,
        ask_kinds=ask_words.KINDS,
        picture_uses=[ask_words.USES[use] for use in one.picture.uses] if one.picture else [],
        why_not=ask_words.why_not,
        decides=ask_words.MAY_DECIDE_OTHERWISE,
        age=age(one),
        may_move=may_move(),
    )


def _form(kind: type[Any], wrong: Any, data: dict[str, Any]) -> Any:
    """The form with what was sent, where that was wrong; else with what is stored. Ids differ between the forms."""
    form = wrong if isinstance(wrong, kind) else kind(formdata=None, data=data)
    for field in form:
        field.id = field.label.field_id = f"{kind.__name__.lower()}-{field.short_name}"
    return form


@staff.post("/<int:ambassador_id>/plan")
@access.requires(*MOVERS)
def plan(ambassador_id: int) -> Any:
    """What comes next, and on which day."""
    form, before = PlanForm(), shown(ambassador_id)
    if not form.validate():
        return _page(before, form), 400
    step, day = form.next_step.data, form.next_step_on.data
    return _done(ambassador_id, lambda: service.plan_next(ambassador_id, form.seen(), step, day, access.actor()))


@staff.post("/<int:ambassador_id>/owner")
@access.requires(*MOVERS)
def give(ambassador_id: int) -> Any:
    """Takes the person, gives them to a colleague of marketing, or to nobody."""
    form, before = OwnerForm(), shown(ambassador_id)
    form.offer(before.owners)
    if not form.validate():
        return _page(before, form), 400
    return _done(ambassador_id, lambda: person_service.give(ambassador_id, form.seen(), form.chosen(), access.actor()))


@staff.post("/<int:ambassador_id>/notes")
@access.requires(*MOVERS)
def note(ambassador_id: int) -> Any:
    """Adds a note to those that there are."""
    form, before = NoteForm(), shown(ambassador_id)
    if not form.validate():
        return _page(before, form), 400
    return _done(ambassador_id, lambda: person_service.note(ambassador_id, str(form.note.data), access.actor()))


@staff.post("/<int:ambassador_id>/tags")
@access.requires(*MOVERS)
def tag(ambassador_id: int) -> Any:
    """Puts a tag on the person; the button of one that is there takes it off."""
    form, before = TagForm(), shown(ambassador_id)
    off = form.off.data
    if off:
        return _done(ambassador_id, lambda: person_service.untag(ambassador_id, str(off), access.actor()))
    if not form.validate():
        return _page(before, form), 400
    if len(before.tags) >= person_service.MOST_TAGS:
        form.tag.errors = [_("A person takes at most %(n)s tags.", n=person_service.MOST_TAGS)]
        return _page(before, form), 400
    return _done(ambassador_id, lambda: person_service.tag(ambassador_id, str(form.tag.data), access.actor()))


@staff.post("/<int:ambassador_id>/take-back")
@access.requires(*MOVERS)
def take_back(ambassador_id: int) -> Any:
    """Ends what the person allowed, as they told a colleague. Only they can allow it again."""
    form, before = ConsentForm(), shown(ambassador_id)
    wanted = form.chosen()
    if wanted is None or wanted not in {one.id for one in before.allowed}:
        raise BadInput
    done = lambda: agreements.take_back_of(ambassador_id, wanted, access.actor())  # noqa: E731 - as the others
    return _done(ambassador_id, done, _("They no longer allow this. It is not used from now on."))


def _done(ambassador_id: int, change: Callable[[], Any], said: str | None = None) -> Any:
    """Makes one change and shows the person again; or says calmly that somebody was ahead."""
    try:
        with db.transaction():
            change()
    except service.MovedMeanwhile:
        return moved_meanwhile(ambassador_id, url_for("ambassadors_staff.board"))
    except Conflict as problem:
        if problem.code != "too_many_tags":
            raise
        said = _("A person takes at most %(n)s tags.", n=person_service.MOST_TAGS)
    flash(said or _("Saved."))
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
