"""What a colleague may send about reports."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import AnyOf

from feedbackloop.ambassadors.reports import rules
from feedbackloop.config import settings
from feedbackloop.core.fields import PageForm

EVERY_WORDS = {rules.WEEK: _l("Every week, on Monday"), rules.MONTH: _l("Every month, on its first day")}
LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English"}


class SubscribeForm(PageForm):
    """How often, and in which language; neither is chosen beforehand but what the colleague reads already."""

    every = RadioField(
        _l("How often"),
        [AnyOf(rules.EVERY, _l("Choose how often."))],
        choices=list(EVERY_WORDS.items()),
        validate_choice=False,
    )
    locale = RadioField(_l("Language"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale.choices = [(one, LANGUAGE_NAMES.get(one, one)) for one in settings().locales]
        self.locale.validators = [AnyOf(settings().locales, _l("Choose a language."))]


class StopForm(PageForm):
    """Which report is wanted no more."""

    every = RadioField(_l("How often"), [AnyOf(rules.EVERY)], choices=list(EVERY_WORDS.items()), validate_choice=False)
