"""The board that marketing watches, its columns, and one person's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import person as people
from feedbackloop.ambassadors import rules, service
from feedbackloop.ambassadors.exports import views as exports
from feedbackloop.ambassadors.forms import (
    COLUMN_WORDS,
    CONSENT_WORDS,
    REASON_WORDS,
    CardForm,
    MoveForm,
    PlanForm,
    PutOffForm,
)
from feedbackloop.ambassadors.numbers import views as numbers
from feedbackloop.ambassadors.reports import views as reports
from feedbackloop.ambassadors.suggestions import views as suggestions
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db, periods
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.staff import queries as colleagues

COLUMN_SIZE = 20
READERS = ("marketing", "quality")
MOVERS = ("marketing",)
_FILTERS = ("category", "locale", "period", "consent")

staff = Blueprint("ambassadors_staff", __name__, url_prefix="/staff/ambassadors")


def register(app: Flask) -> None:
    numbers.register(app)
    exports.register(app)
    reports.register(app)
    suggestions.register(app)


@dataclass(frozen=True)
class Column:
    """One column as the board shows it; `more` people are not on it."""

    name: str
    title: str
    count: int
    cards: list[boards.Card]
    more: int
    href: str


def _today() -> date:
    return clock.now().astimezone(settings().timezone).date()


def _chosen() -> dict[str, Any]:
    """The filter in the address: what is known and makes sense."""
    asked: dict[str, Any] = {name: request.args.get(name, "")[:100] for name in _FILTERS}
    known = {"locale": settings().locales, "period": periods.KEYS, "consent": rules.CONSENTS}
    return {name: value for name, value in asked.items() if value and value in known.get(name, (value,))}


def _filter(chosen: dict[str, Any]) -> boards.Filter:
    period = chosen.get("period")
    return boards.Filter(
        category=chosen.get("category"),
        locale=chosen.get("locale"),
        since=periods.read(period, clock.now(), settings().timezone).start if period else None,
        consent=chosen.get("consent"),
        locales=settings().locales,
    )


@staff.get("/")
@access.requires(*READERS)
def board() -> str:
    """All columns, with the newest of each."""
    chosen = _chosen()
    wanted = _filter(chosen)
    counts = boards.counts(wanted)
    shown = boards.columns(wanted, COLUMN_SIZE, counts)
    columns = []
    for name in rules.COLUMNS:
        found = shown[name]
        href = url_for("ambassadors_staff.column", column=name, **chosen)
        count = counts.get(name, 0)
        columns.append(Column(name, str(COLUMN_WORDS[name]), count, found, count - len(found), href))
    empty = not any(counts.values()) and not chosen
    return render_template(
        "staff/ambassadors/board.html",
        columns=columns,
        empty=empty,
        waiting=boards.waiting_check_ins() if empty else 0,
        back=urlencode(chosen),
        **_frame(chosen),
    )


@staff.get("/column/<column>")
@access.requires(*READERS)
def column(column: str) -> str:
    """One column as a list, page by page."""
    if column not in rules.COLUMNS:
        raise NotFound
    chosen = _chosen()
    wanted = _filter(chosen)
    after = boards.Cursor.read(request.args.get("after"))
    found, goes_on = boards.cards(column, wanted, after, COLUMN_SIZE)
    return render_template(
        "staff/ambassadors/column.html",
        column=column,
        title=COLUMN_WORDS[column],
        count=boards.counts(wanted).get(column, 0),
        cards=found,
        first=after is None,
        goes_on=goes_on,
        **_frame(chosen),
    )


def _frame(chosen: dict[str, Any]) -> dict[str, Any]:
    """What both views of the board show around their cards."""
    return {
        "chosen": chosen,
        "categories": boards.categories(),
        "columns_words": COLUMN_WORDS,
        "consent_words": CONSENT_WORDS,
        "periods": periods.KEYS,
        "today": _today(),
        "age": _age,
        "may_move": _may_move(),
    }


def _age(card: boards.Card) -> int:
    return rules.days_in_stage(card.stage_since, _today(), settings().timezone)


def _may_move() -> bool:
    return g.staff.role in (*MOVERS, "admin")


@staff.get("/<int:ambassador_id>")
@access.requires(*READERS)
def person(ambassador_id: int) -> str:
    """One person: what was done, what they allowed, how they moved, what comes next."""
    return _person(_card(ambassador_id))


def _card(ambassador_id: int) -> boards.Card:
    found = boards.card(ambassador_id)
    if found is None:
        raise NotFound(_("This person is not on the board (any more)."))
    return found


def _person(card: boards.Card, wrong: CardForm | None = None) -> str:
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
        put_off=rules.is_put_off(card.not_now_until, _today()),
        move_form=_form(MoveForm, wrong, seen),
        put_off_form=_form(PutOffForm, wrong, {**seen, **put_off}),
        plan_form=_form(PlanForm, wrong, {**seen, **plan}),
        names={f"staff:{one}": name for one, name in names.items()},
        columns_words=COLUMN_WORDS,
        reason_words=REASON_WORDS,
        consent_words=CONSENT_WORDS,
        age=_age(card),
        may_move=_may_move(),
    )


def _form(kind: type[CardForm], wrong: CardForm | None, data: dict[str, Any]) -> CardForm:
    """The form with what was sent, where that was wrong; else with what is stored. Ids differ between the forms."""
    form = wrong if isinstance(wrong, kind) else kind(formdata=None, data=data)
    for field in form:
        field.id = field.label.field_id = f"{kind.__name__.lower()}-{field.short_name}"
    return form


@staff.post("/<int:ambassador_id>/move")
@access.requires(*MOVERS)
def move(ambassador_id: int) -> Any:
    """A move by menu, key, drag or form, and its undo."""
    form, before = MoveForm(), _card(ambassador_id)
    if not form.validate():
        if form.back.data != "person":
            raise BadInput
        return _person(before, form), 400
    wanted = str(form.stage.data)
    if wanted == "not_now":
        flash(_("Say why %(number)s is for later, and when to look again.", number=before.number), "warning")
        return redirect(url_for("ambassadors_staff.person", ambassador_id=ambassador_id, _anchor="not-now"), 303)
    try:
        with db.transaction():
            if form.undo.data:
                kept = (form.until.data, form.reason.data)
                after = service.undo(ambassador_id, form.seen(), wanted, *kept, access.actor()).version
            else:
                why = form.why.data or "by_hand"
                after = service.move(ambassador_id, form.seen(), wanted, access.actor(), why).version
    except service.MovedMeanwhile:
        return _moved_meanwhile(ambassador_id, form)
    if form.undo.data:
        flash(_("%(number)s is back where it was.", number=before.number))
    else:
        _say_moved(before, wanted, after, form)
    return _back(ambassador_id, form)


@staff.post("/<int:ambassador_id>/not-now")
@access.requires(*MOVERS)
def put_off(ambassador_id: int) -> Any:
    form, before = PutOffForm(), _card(ambassador_id)
    if not form.validate():
        return _person(before, form), 400
    try:
        with db.transaction():
            kept = (cast(date, form.until.data), str(form.reason.data))
            after = service.put_off(ambassador_id, form.seen(), *kept, access.actor()).version
    except service.MovedMeanwhile:
        return _moved_meanwhile(ambassador_id, form)
    _say_moved(before, "not_now", after, form)
    return _back(ambassador_id, form)


@staff.post("/<int:ambassador_id>/plan")
@access.requires(*MOVERS)
def plan(ambassador_id: int) -> Any:
    form, before = PlanForm(), _card(ambassador_id)
    if not form.validate():
        return _person(before, form), 400
    wanted = service.Plan(form.next_step.data, form.next_step_on.data, form.note.data)
    try:
        with db.transaction():
            service.plan_next(ambassador_id, form.seen(), wanted, access.actor())
    except service.MovedMeanwhile:
        return _moved_meanwhile(ambassador_id, form)
    flash(_("Saved."))
    return _back(ambassador_id, form)


def _say_moved(before: boards.Card, column: str, version: int, form: CardForm) -> None:
    """Says where the card is now, with a way back to where it was."""
    fields = {"stage": before.stage, "version": version, "undo": "1", "back": form.back.data or ""}
    if before.not_now_until is not None:
        fields |= {"until": before.not_now_until.isoformat(), "reason": before.not_now_reason or ""}
    text = _("%(number)s is now at %(column)s.", number=before.number, column=COLUMN_WORDS[column])
    undo = url_for("ambassadors_staff.move", ambassador_id=before.id)
    flash(cast(Any, {"text": text, "undo": undo, "fields": fields}))


def _moved_meanwhile(ambassador_id: int, form: CardForm) -> Any:
    """Tells calmly that somebody was ahead; nothing was changed."""
    card = boards.card(ambassador_id)
    column = "not_now" if card and rules.is_put_off(card.not_now_until, _today()) else card.stage if card else None
    page = render_template(
        "staff/ambassadors/conflict.html",
        card=card,
        column=COLUMN_WORDS[column] if column else None,
        back=_board_address(form),
    )
    return page, 409


def _back(ambassador_id: int, form: CardForm) -> Any:
    if form.back.data == "person":
        return redirect(url_for("ambassadors_staff.person", ambassador_id=ambassador_id), 303)
    return redirect(_board_address(form), 303)


def _board_address(form: CardForm) -> str:
    """The board with the filter that was on it; only filters of ours are taken over."""
    try:
        given: dict[str, Any] = dict(parse_qsl(form.back.data or "", max_num_fields=len(_FILTERS)))
    except ValueError:
        given = {}
    return url_for("ambassadors_staff.board", **{name: given[name][:100] for name in _FILTERS if name in given})
