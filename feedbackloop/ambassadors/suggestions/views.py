"""What the rules suggest, with why; what marketing decide; how the rules are set, and who gets new people by turn."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import rules as board_rules
from feedbackloop.ambassadors.forms import COLUMN_WORDS, CONSENT_WORDS
from feedbackloop.ambassadors.service import MovedMeanwhile
from feedbackloop.ambassadors.suggestions import queries, rules, service, turns, words
from feedbackloop.ambassadors.suggestions.forms import AcceptForm, DeclineForm, RuleForm, TurnsForm
from feedbackloop.ambassadors.suggestions.models import Suggestion
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db
from feedbackloop.core.errors import NotFound
from feedbackloop.core.fields import row_id
from feedbackloop.staff import queries as colleagues

READERS = ("marketing", "quality")
MOVERS = ("marketing",)
PAGE_SIZE = 10
_DECIDED = 10

staff = Blueprint("suggestions_staff", __name__, url_prefix="/staff/ambassadors/suggestions")


def register(app: Flask) -> None:
    app.register_blueprint(staff)
    # For the line on the board: nobody else counts them.
    app.jinja_env.globals["suggestions_waiting"] = lambda: queries.count_waiting(_today())


@staff.get("/")
@access.requires(*READERS)
def listing() -> str:
    """Who is suggested, the newest first."""
    found = queries.waiting(_today(), row_id(request.args.get("after")), PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    decided = queries.decided(_DECIDED)
    cards = queries.cards([one.ambassador_id for one in (*shown, *decided)])
    return render_template(
        "staff/suggestions/listing.html",
        waiting=[(one, cards[one.ambassador_id], words.why(one.facts)) for one in shown],
        number=queries.count_waiting(_today()),
        first="after" not in request.args,
        older=shown[-1].id if len(found) > PAGE_SIZE else None,
        decided=[(one, cards[one.ambassador_id]) for one in decided],
        names=_names(decided),
        accept_form=AcceptForm(formdata=None),
        any_on=any(one.active for one in queries.rule_settings().values()),
        **_frame(),
    )


def _names(decided: Any) -> dict[str, str]:
    ids = {int(one.decided_by[6:]) for one in decided if one.decided_by and one.decided_by.startswith("staff:")}
    return {f"staff:{one}": name for one, name in colleagues.names(sorted(ids)).items()}


@staff.post("/<int:suggestion_id>/accept")
@access.requires(*MOVERS)
def accept(suggestion_id: int) -> Any:
    """Makes the person an ambassador, as by hand."""
    form, before = AcceptForm(), _existing(suggestion_id)
    number = queries.cards([before.ambassador_id])[before.ambassador_id].number
    try:
        with db.transaction():
            service.accept(suggestion_id, form.seen(), access.actor())
    except (service.NoLongerTrue, MovedMeanwhile):
        return _changed(number)
    flash(_("%(number)s is now at %(column)s.", number=number, column=COLUMN_WORDS[rules.SUGGESTED_STAGE]))
    return redirect(url_for("suggestions_staff.listing"), 303)


@staff.route("/<int:suggestion_id>/decline", methods=["GET", "POST"])
@access.requires(*MOVERS)
def decline(suggestion_id: int) -> Any:
    """Asks why not; the person stays where they are."""
    one = _existing(suggestion_id)
    card = queries.cards([one.ambassador_id])[one.ambassador_id]
    form = DeclineForm()
    if not form.validate_on_submit():
        said = words.why(one.facts)
        page = render_template("staff/suggestions/decline.html", one=one, card=card, why=said, form=form, **_frame())
        return page, 400 if form.is_submitted() else 200
    try:
        with db.transaction():
            service.decline(suggestion_id, str(form.reason.data), access.actor())
    except service.NoLongerTrue:
        return _changed(card.number)
    flash(_("%(number)s is not suggested by this rule again.", number=card.number))
    return redirect(url_for("suggestions_staff.listing"), 303)


def _changed(number: str) -> Any:
    """Tells calmly that somebody, or the person, was ahead."""
    return render_template("staff/suggestions/changed.html", number=number), 409


@staff.get("/rules")
@access.requires(*READERS)
def rules_page() -> str:
    """Every rule: what it says, how it is set, and what the last round found."""
    return _rules_page()


@staff.post("/rules/<rule>")
@access.requires(*MOVERS)
def set_rule(rule: str) -> Any:
    if rule not in rules.RULES:
        raise NotFound
    form = RuleForm(rule)
    if not form.validate():
        return _rules_page(rule, form), 400
    with db.transaction():
        service.set_rule(rule, form.setting(), access.actor())
    flash(_("Saved. The rule looks at everybody again within the hour."))
    return redirect(url_for("suggestions_staff.rules_page"), 303)


@staff.post("/turns")
@access.requires(*MOVERS)
def set_turns() -> Any:
    form = _turns_form(TurnsForm())
    able = {one.id for one in turns.colleagues()}
    chosen = set(form.members.data or ()) & able
    if not form.validate():
        return _rules_page(turns_form=form), 400
    if form.active.data and not chosen:
        form.members.errors = [_("Choose who takes part.")]
        return _rules_page(turns_form=form), 400
    with db.transaction():
        turns.set_rotation(bool(form.active.data), str(form.stage.data), chosen, access.actor())
    flash(_("Saved."))
    return redirect(url_for("suggestions_staff.rules_page"), 303)


def _rules_page(wrong: str | None = None, form: RuleForm | None = None, turns_form: TurnsForm | None = None) -> str:
    settings_of = queries.rule_settings()
    last = queries.last_round()
    seen = last.last_seen if last else {}
    shown = []
    for rule, setting in settings_of.items():
        own = form if form is not None and rule == wrong else RuleForm(rule, formdata=None, obj=setting)
        for field in own:
            field.id = field.label.field_id = f"{rule}-{field.short_name}"
        shown.append((rule, setting, own, words.round_lines(rule, seen)))
    return render_template(
        "staff/suggestions/rules.html",
        rules=shown,
        wrong=form or turns_form,
        turns_form=turns_form or _turns_form(TurnsForm(formdata=None, **_turns_kept())),
        taking_part=turns.taking_part(),
        rotation=turns.rotation(),
        ended_at=last.ended_at if last else None,
        looked=seen.get("looked", 0),
        nothing_allowed=seen.get("nothing_allowed", 0),
        setting_words=words.setting,
        names={one.id: one.name for one in turns.colleagues()},
        **_frame(),
    )


def _turns_form(form: TurnsForm) -> TurnsForm:
    form.members.choices = [(one.id, one.name) for one in turns.colleagues()]
    for field in form:
        field.id = field.label.field_id = f"turns-{field.short_name}"
    return form


def _turns_kept() -> dict[str, Any]:
    kept = turns.rotation()
    here = sorted(turns.taking_part())
    return {"active": bool(kept and kept.active), "stage": kept.stage if kept else "reviewed", "members": here}


def _existing(suggestion_id: int) -> Suggestion:
    found = queries.by_id(suggestion_id)
    if found is None:
        raise NotFound(_("This suggestion does not exist."))
    return found


def _today() -> date:
    return clock.now().astimezone(settings().timezone).date()


def _frame() -> dict[str, Any]:
    return {
        "rule_words": words.RULE_WORDS,
        "rule_means": words.RULE_MEANS,
        "decline_words": words.DECLINE_WORDS,
        "consent_words": CONSENT_WORDS,
        "columns_words": COLUMN_WORDS,
        "age": lambda card: board_rules.days_in_stage(card.stage_since, _today(), settings().timezone),
        "may_move": g.staff.role in (*MOVERS, "admin"),
    }
