"""The form behind a check-in mail. Nothing in it is chosen beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Form, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from feedbackloop.checkins import reasons, rules, words
from feedbackloop.checkins.rules import AnswerInput
from feedbackloop.core.fields import Choice, Clean
from feedbackloop.core.filetypes import StoredFile
from feedbackloop.core.uploads import Files

_LONGEST_NAME = 120
_TICKED, _UNTICKED = ("1", "on", "true", "yes"), ("", "0", "off", "false", "no")


class Ticks(SelectMultipleField):
    """Any of `codes`, of which `offer` shows some: a form that was open while the list changed still counts."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[], **kwargs)
        self.type = SelectMultipleField.__name__
        self.codes: frozenset[str] = frozenset()

    def offer(self, listed: Sequence[reasons.Listed]) -> None:
        self.codes = frozenset(one.code for one in listed)
        self.choices = [(one.code, one.text) for one in reasons.chosen(listed, self.data or ())]

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
        label=_l("Answer"),
        choices=[(code, words.SATISFIED[code]) for code in rules.SATISFIED],
        validators=[InputRequired(_l("Choose one of the four answers."))],
        wrong=_l("Choose one of the four answers."),
    )
    reason = Ticks(label=_l("What is not right yet?"), validators=[Optional()])
    comment = TextAreaField(_l("What would you like to tell us?"), validators=[Clean(rules.COMMENT_LIMIT, lines=True)])
    rating = Choice(
        label=_l("How did we deal with your complaint?"),
        choices=[(str(n), str(n)) for n in range(1, 6)],
        validators=[Optional()],
        wrong=_l("Choose a number from 1 to 5."),
    )
    recommend = Choice(
        label=_l("Would you recommend us to others?"),
        choices=[(str(n), str(n)) for n in range(11)],
        validators=[Optional()],
        wrong=_l("Choose a number from 0 to 10."),
    )
    attachment = Files(rules.MOST_FILES, _l("Photo or document"))
    call_me = Box(_l("Please call me about this"))
    meet = Box(_l("I would like to meet"))
    quote_consent = Box(words.QUOTE_TEXT)

    def __init__(
        self,
        formdata: Any = None,
        *,
        category: str | None = None,
        listed: Sequence[reasons.Listed] | None = None,
        files: Sequence[FileStorage] = (),
        **kwargs: Any,
    ) -> None:
        """`category` is the complaint's: it says which reasons can be ticked, unless they were read already (`listed`).

        `files` came with `formdata`.
        """
        super().__init__(formdata, **kwargs)
        self.listed = reasons.of_category(category) if listed is None else listed
        self.reason.offer(self.listed)
        self.attachment.take(files)

    @classmethod
    def of(cls, answer: AnswerInput | None, category: str | None = None, *, marks: bool = True) -> AnswerForm:
        """The form as it is shown: what was added to an earlier answer stands in it, the answer itself does not.

        Without `marks` the figures do not either: on a page behind a mailed link nothing is chosen for anybody.
        """
        if answer is None:
            return cls(category=category)
        return cls(
            category=category,
            data={
                "reason": list(answer.reasons),
                "comment": answer.comment,
                "rating": _text(answer.rating) if marks else None,
                "recommend": _text(answer.recommend) if marks else None,
                "call_me": answer.call_me,
                "meet": answer.meet,
                "quote_consent": answer.quote_consent,
            },
        )

    def answer(self, locale: str, files: Sequence[StoredFile] = ()) -> AnswerInput:
        """What a valid form says. What is not right is asked with partly and no alone, so another answer has none."""
        satisfied = str(self.satisfied.data)
        return AnswerInput(
            satisfied=satisfied,
            rating=_number(self.rating.data),
            recommend=_number(self.recommend.data),
            reasons=tuple(sorted(set(self.reason.data or []))) if satisfied in ("partly", "no") else (),
            comment=self.comment.data,
            quote_consent=bool(self.quote_consent.data),
            call_me=bool(self.call_me.data),
            meet=bool(self.meet.data),
            locale=locale,
            files=tuple(files),
        )


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
