"""The form in which staff keep the reasons."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.validators import AnyOf, InputRequired, NumberRange, StopValidation

from feedbackloop.checkins.reasons import Listed, ReasonInput
from feedbackloop.config import settings
from feedbackloop.core.fields import Clean, PageForm

_LONGEST_TEXT, _LONGEST_CATEGORY = 200, 100


class ReasonForm(PageForm):
    """A reason in both languages, in its list, and whether it opens a complaint again."""

    text_nl = StringField(_l("In Dutch"), [Clean(_LONGEST_TEXT)], render_kw={"lang": "nl"})
    text_en = StringField(_l("In English"), [Clean(_LONGEST_TEXT)], render_kw={"lang": "en"})
    category = StringField(
        _l("Category of the complaint"), [Clean(_LONGEST_CATEGORY)], render_kw={"list": "categories"}
    )
    reopens = RadioField(
        _l("What follows when somebody ticks it"),
        [AnyOf(("yes", "no"), _l("Choose what follows."))],
        choices=[
            ("yes", _l("The complaint is open again, and somebody takes it up")),
            ("no", _l("Somebody takes it up, and the complaint stays resolved")),
        ],
        validate_choice=False,
    )
    position = IntegerField(
        _l("Place in the list"),
        [InputRequired(_l("Give a number.")), NumberRange(0, 999, _l("Give a number from 0 to 999."))],
        default=10,
        render_kw={"class": "short"},
    )
    active = BooleanField(_l("Offer it from now on"), default=True)

    def validate_text_nl(self, field: Any) -> None:
        _offered(field, "nl")

    def validate_text_en(self, field: Any) -> None:
        _offered(field, "en")

    @classmethod
    def of(cls, reason: Listed) -> ReasonForm:
        return cls(formdata=None, data={**vars(reason), "reopens": "yes" if reason.reopens else "no"})

    def given(self) -> ReasonInput:
        """What a valid form says."""
        return ReasonInput(
            text_nl=self.text_nl.data,
            text_en=self.text_en.data,
            category=self.category.data,
            reopens=self.reopens.data == "yes",
            position=self.position.data or 0,
            active=bool(self.active.data),
        )


def _offered(field: Any, language: str) -> None:
    if not field.data and language in settings().locales:
        raise StopValidation(str(_l("People read this language: give the words.")))
