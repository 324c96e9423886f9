"""What staff send about a story, and what its person says to it. Nothing in it is chosen beforehand."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired

from feedbackloop.ambassadors import story_words
from feedbackloop.ambassadors.stories import Words
from feedbackloop.ambassadors.story_rules import NAME_LIMIT, TEXT_LIMIT, TITLE_LIMIT
from feedbackloop.config import settings
from feedbackloop.core.fields import Choice, Clean, PageForm, row_id

LANGUAGES = {"nl": "Nederlands", "en": "English"}


class AnswerForm(Form):
    """One of three answers; other words where they are wanted, and whether a name stands with it."""

    answer = Choice(
        choices=list(story_words.ANSWERS.items()),
        validators=[InputRequired(_l("Choose one of the three answers."))],
        wrong=_l("Choose one of the three answers."),
    )
    words = TextAreaField(_l("The text as you would like it"), validators=[Clean(TEXT_LIMIT, lines=True)])
    naming = Choice(choices=list(story_words.NAMES.items()), validators=[], wrong=_l("Choose with or without a name."))
    name = StringField(
        _l("The name that others may read"), [Clean(NAME_LIMIT)], render_kw={"autocomplete": "given-name"}
    )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        if self.answer.data == "no":
            return True
        if self.answer.data == "changes" and not self.words.data:
            self.words.errors = [_("Write the text as you would like it.")]
        if self.naming.data not in story_words.NAMES:
            self.naming.errors = [_("Choose with or without a name.")]
        elif self.naming.data == "with" and not self.name.data:
            self.name.errors = [_("Write the name that others may read.")]
        return not self.errors

    def said(self) -> tuple[str, str | None, str | None]:
        """The answer, the other words, and the name, of a valid form."""
        answer = str(self.answer.data)
        named = answer != "no" and self.naming.data == "with"
        return answer, self.words.data if answer == "changes" else None, self.name.data if named else None


class WriteForm(PageForm):
    """The words of a story. `version` is what was on the screen."""

    version = HiddenField()
    title = StringField(_l("Title"), [Clean(TITLE_LIMIT), DataRequired(_l("Give it a title."))])
    text = TextAreaField(
        _l("Text"),
        [Clean(TEXT_LIMIT, lines=True), DataRequired(_l("Write the text."))],
        render_kw={"rows": 10},
    )

    def seen(self) -> int:
        return row_id(self.version.data) or 0

    def words(self) -> Words:
        return Words(str(self.text.data), self.title.data)


class QuoteForm(WriteForm):
    """The words of a quote: it has no title."""

    title = None  # type: ignore[assignment]

    def words(self) -> Words:
        return Words(str(self.text.data))


class NewForm(WriteForm):
    """A story that is begun here, about somebody on the board or about a case."""

    about = HiddenField()
    locale = SelectField(_l("Language"), validate_choice=False)
    who = SelectField(
        _l("Whom it names"),
        [AnyOf(("person", "nobody"), _l("Choose one of these."))],
        choices=[
            ("", _l("Choose")),
            ("person", _l("Its person, who reads and agrees first")),
            ("nobody", _l("Nobody: nothing in it tells whose case it was")),
        ],
        validate_choice=False,
    )

    def offer(self) -> None:
        self.locale.choices = [(one, LANGUAGES.get(one, one)) for one in settings().locales]

    def validate_locale(self, field: Any) -> None:
        if field.data not in settings().locales:
            field.data = settings().default_locale


class PublishForm(PageForm):
    """That somebody looked at what could tell who it is about."""

    looked = BooleanField(_l("I looked at this. Nobody is shown who did not agree to it."))
