"""What a person says to words of ours, and what staff put to them. Nothing in it is chosen beforehand."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from feedbackloop.checkins import proposal_rules, words
from feedbackloop.checkins.proposal_rules import LIMITS, STEP, SUMMARY
from feedbackloop.core.fields import Choice, Clean, PageForm


class _AnswerForm(Form):
    """A required choice, and words of the person's own where the choice needs them."""

    answer: Choice
    words: TextAreaField

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.answer.data in proposal_rules.NEEDS_WORDS and not self.words.data:
            self.words.errors = [_("Write it in your own words.")]
            return False
        return True

    def said(self) -> tuple[str, str | None]:
        """The answer and the words of a valid form. Who accepts our words adds none."""
        answer = str(self.answer.data)
        return answer, None if answer in ("accepted", "fine") else self.words.data


class SummaryForm(_AnswerForm):
    answer = Choice(
        choices=list(words.SUMMARY_ANSWERS.items()),
        validators=[InputRequired(_l("Choose one of the two answers."))],
        wrong=_l("Choose one of the two answers."),
    )
    words = TextAreaField(_l("How would you say it?"), validators=[Clean(LIMITS[SUMMARY], lines=True)])


class StepForm(_AnswerForm):
    answer = Choice(
        choices=list(words.STEP_ANSWERS.items()),
        validators=[InputRequired(_l("Choose one of the three answers."))],
        wrong=_l("Choose one of the three answers."),
    )
    words = TextAreaField(_l("What would be better?"), validators=[Clean(LIMITS[STEP], lines=True)])


FORMS: dict[str, type[_AnswerForm]] = {SUMMARY: SummaryForm, STEP: StepForm}


class PutSummaryForm(PageForm):
    """What is put to the person, in words that they read."""

    text = TextAreaField(
        _l("The summary, as the customer reads it"),
        validators=[Clean(LIMITS[SUMMARY], lines=True), DataRequired(_l("Write the summary in one or two sentences."))],
        render_kw={"rows": 3, "maxlength": LIMITS[SUMMARY]},
    )


class PutStepForm(PageForm):
    text = TextAreaField(
        _l("From now on we …"),
        validators=[Clean(LIMITS[STEP], lines=True), DataRequired(_l("Write what you will do from now on."))],
        render_kw={"rows": 4, "maxlength": LIMITS[STEP]},
    )


PUT_FORMS: dict[str, type[PageForm]] = {SUMMARY: PutSummaryForm, STEP: PutStepForm}
