"""The form behind a check-in mail. Nothing in it is chosen beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, RadioField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from feedbackloop.checkins import rules, words
from feedbackloop.checkins.rules import AnswerInput
from feedbackloop.core.fields import Clean

_TICKED, _UNTICKED = ("1", "on", "true", "yes"), ("", "0", "off", "false", "no")


class Choice(RadioField):
    """One of its choices as it is spelled, or nothing; `wrong` is said of anything else."""

    def __init__(self, choices: Sequence[tuple[str, Any]], wrong: Any, **kwargs: Any) -> None:
        super().__init__(choices=list(choices), **kwargs)
        self.type = RadioField.__name__  # what the templates' macros know it as
        self.codes = {code for code, _label in choices}
        self.wrong = wrong

    def pre_validate(self, form: Any) -> None:
        if self.data and self.data not in self.codes:
            raise StopValidation(str(self.wrong))


class Ticks(SelectMultipleField):
    """Any of its choices."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, choices: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(choices=list(choices), **kwargs)
        self.type = SelectMultipleField.__name__
        self.codes = {code for code, _label in choices}

    def pre_validate(self, form: Any) -> None:
        if set(self.data or []) - self.codes:
            raise StopValidation(_("Choose from the list."))


class Box(BooleanField):
    """A box that is ticked or not; any other word is refused, because a consent must not be a guess."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        given = valuelist[0].strip().lower() if valuelist else ""
        self.data = given in _TICKED
        if given not in (*_TICKED, *_UNTICKED):
            raise ValueError(_("Tick the box, or leave it empty."))


class AnswerForm(Form):
    """The answer to a check-in, read from a form's fields and nothing else: what a JSON body says is no answer."""

    satisfied = Choice(
        choices=[(code, words.SATISFIED[code]) for code in rules.SATISFIED],
        validators=[InputRequired(_l("Choose yes, partly or no."))],
        wrong=_l("Choose yes, partly or no."),
    )
    reason = Ticks(choices=[(code, words.REASONS[code]) for code in rules.REASONS], validators=[Optional()])
    comment = TextAreaField(_l("What would you like to tell us?"), validators=[Clean(rules.COMMENT_LIMIT, lines=True)])
    rating = Choice(
        choices=[(str(n), str(n)) for n in range(1, 6)],
        validators=[Optional()],
        wrong=_l("Choose a number from 1 to 5."),
    )
    recommend = Choice(
        choices=[(str(n), str(n)) for n in range(11)],
        validators=[Optional()],
        wrong=_l("Choose a number from 0 to 10."),
    )
    call_me = Box(_l("Please call me about this"))
    quote_consent = Box(words.QUOTE_TEXT)

    @classmethod
    def of(cls, answer: AnswerInput | None) -> AnswerForm:
        """The form as it is shown: what was added to an earlier answer stands in it, the answer itself does not."""
        if answer is None:
            return cls()
        return cls(
            data={
                "reason": list(answer.reasons),
                "comment": answer.comment,
                "rating": _text(answer.rating),
                "recommend": _text(answer.recommend),
                "call_me": answer.call_me,
                "quote_consent": answer.quote_consent,
            }
        )

    def answer(self, locale: str) -> AnswerInput:
        """What a valid form says. What is not right is asked with partly and no alone, so a 'yes' has none of it."""
        satisfied = str(self.satisfied.data)
        return AnswerInput(
            satisfied=satisfied,
            rating=_number(self.rating.data),
            recommend=_number(self.recommend.data),
            reasons=() if satisfied == "yes" else tuple(sorted(set(self.reason.data or []))),
            comment=self.comment.data,
            quote_consent=bool(self.quote_consent.data),
            call_me=bool(self.call_me.data),
            locale=locale,
        )


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
