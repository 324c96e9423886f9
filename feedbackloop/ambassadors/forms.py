"""What marketing may send: a move, 'not now', a next step."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import to_user_timezone
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import AnyOf, InputRequired, Optional, StopValidation

from feedbackloop.ambassadors import rules
from feedbackloop.core import clock
from feedbackloop.core.fields import Clean, PageForm, row_id

COLUMN_WORDS = {
    "satisfied": _l("Satisfied"),
    "invited": _l("Invited"),
    "clicked": _l("Clicked"),
    "reviewed": _l("Reviewed"),
    "ambassador": _l("Ambassador"),
    "not_now": _l("Not now"),
}
REASON_WORDS = {
    "spoke": _l("We spoke to each other"),
    "wrote_elsewhere": _l("There is a review on another site"),
    "agreed": _l("The person wants to be an ambassador"),
    "correction": _l("It stood in the wrong place"),
}
CONSENT_WORDS = {
    "quote": _l("quote"),
    "name": _l("name"),
    "contact": _l("contact"),
    "picture": _l("picture"),
    "story": _l("story"),
    "reference": _l("reference call"),
}
_STAGES = [(stage, COLUMN_WORDS[stage]) for stage in rules.STAGES]


class CardForm(PageForm):
    """`version` is of the card on the screen; `back` says where the move was made."""

    version = HiddenField()
    back = HiddenField()

    def seen(self) -> int:
        return row_id(self.version.data) or 0


class MoveForm(CardForm):
    """A move of the board's menu, by drag or key, and its undo; `until` and `reason` belong to an undone 'not now'."""

    stage = SelectField(
        _l("Move to"),
        [AnyOf(rules.COLUMNS, _l("Choose a stage."))],
        choices=[("", _l("Choose a stage")), *_STAGES],
        validate_choice=False,
    )
    why = SelectField(
        _l("Why"),
        [AnyOf(("", *rules.REASONS), _l("Choose one of these reasons."))],
        choices=[("", _l("No reason given")), *REASON_WORDS.items()],
        default="",
        validate_choice=False,
    )
    undo = HiddenField()
    until = DateField(_l("Look again on"), [Optional()])
    reason = StringField(_l("Why not now"), [Clean(200)])


class PutOffForm(CardForm):
    """'Not now', with the day to look again."""

    reason = StringField(_l("Why not now"), [InputRequired(_l("Say why: a few words are enough.")), Clean(200)])
    until = DateField(_l("Look again on"), [InputRequired(_l("Choose a day to look again."))])

    def validate_until(self, field: Any) -> None:
        if field.data is not None and field.data <= to_user_timezone(clock.now()).date():
            raise StopValidation(_("Choose a day after today."))


class PlanForm(CardForm):
    """What to do next, and when."""

    next_step = StringField(_l("Next step"), [Clean(200)])
    next_step_on = DateField(_l("On which day"), [Optional()])
