"""What marketing may send about suggestions: a decision, how a rule is set, who takes part in turns."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import AnyOf, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from feedbackloop.ambassadors.forms import COLUMN_WORDS
from feedbackloop.ambassadors.rules import CONSENTS, STAGES
from feedbackloop.ambassadors.suggestions import rules
from feedbackloop.ambassadors.suggestions.rules import Setting
from feedbackloop.ambassadors.suggestions.words import CONSENT_SENTENCES, DECLINE_WORDS
from feedbackloop.core.fields import PageForm, row_id

_WHOLE = _l("Write a whole number.")


class AcceptForm(PageForm):
    """`version` is of the card on the screen."""

    version = HiddenField()

    def seen(self) -> int:
        return row_id(self.version.data) or 0


class DeclineForm(PageForm):
    reason = RadioField(
        _l("Why not"),
        [AnyOf(rules.DECLINES, _l("Choose why not."))],
        choices=list(DECLINE_WORDS.items()),
        validate_choice=False,
    )


class _Whole(IntegerField):
    """Says in our words that something is no number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(_WHOLE)) from None


class RuleForm(PageForm):
    """How a rule is set. A rule has the fields that it uses."""

    active = BooleanField(_l("This rule is on"))
    rating = _Whole(_l("Stars at least (1 to 5)"), [NumberRange(1, 5, _l("Choose 1 to 5."))])
    recommend = _Whole(_l("Mark at least (0 to 10)"), [NumberRange(0, 10, _l("Choose 0 to 10."))])
    consent = SelectField(
        _l("Only who"),
        [AnyOf(CONSENTS, _l("Choose one of these."))],
        choices=[(one, CONSENT_SENTENCES[one]) for one in CONSENTS],
        validate_choice=False,
    )
    days = _Whole(_l("Days in the stage at least"), [NumberRange(0, rules.LONGEST_DAYS, _l("Choose 0 to 730 days."))])
    cool_down = _Whole(
        _l("Days before the same person is suggested again, by whatever rule"),
        [NumberRange(1, rules.LONGEST_DAYS, _l("Choose 1 to 730 days."))],
    )

    def __init__(self, rule: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if rules.DEFAULTS[rule].rating is None:
            del self.rating
        if rules.DEFAULTS[rule].recommend is None:
            del self.recommend

    def setting(self) -> Setting:
        return Setting(
            active=bool(self.active.data),
            rating=self.rating.data if "rating" in self else None,
            recommend=self.recommend.data if "recommend" in self else None,
            consent=str(self.consent.data),
            days=self.days.data or 0,
            cool_down=self.cool_down.data or 1,
        )


class TurnsForm(PageForm):
    """Whether new people get an owner by turn, from which stage on, and who takes part."""

    active = BooleanField(_l("Give new people an owner by turn"))
    stage = SelectField(
        _l("Who comes to"),
        [AnyOf(STAGES, _l("Choose a stage."))],
        choices=[(one, COLUMN_WORDS[one]) for one in STAGES],
        validate_choice=False,
    )
    members = SelectMultipleField(
        _l("Who takes part"),
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
