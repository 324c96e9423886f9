"""What colleagues write with an ask, and what a person answers. Nothing in either is chosen beforehand."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from feedbackloop.ambassadors import ask_pictures, ask_words
from feedbackloop.ambassadors.ask_rules import ANSWERS, CONTACT, LINE_LIMIT, USES
from feedbackloop.ambassadors.forms import CardForm
from feedbackloop.core import personal
from feedbackloop.core.fields import Clean, PageForm, row_id
from feedbackloop.core.uploads import Files

_LINK = re.compile(r"(?i)\b(?:https?:|www\.|[a-z0-9-]+\.(?:nl|com|be|eu|net|org|de|info|example)\b)")
_CHOOSE = _l("Choose yes or no.")


class AskForm(PageForm):
    """A colleague's own words in the mail; and that the person changed their mind, where they had said no."""

    line = TextAreaField(
        _l("A line of your own (optional)"),
        [Clean(LINE_LIMIT, lines=True)],
        render_kw={"rows": 3},
    )
    told = BooleanField(_l("They told us themselves that we may ask this now"))

    def validate_line(self, field: Any) -> None:
        """The mail has links enough, and what tells who somebody is does not belong into it."""
        if field.data and _LINK.search(field.data):
            raise StopValidation(_("Write no link: the mail has the one that it needs."))
        found = [words for _kind, words in personal.patterns(field.data or "")]
        if found:
            raise StopValidation(_("This tells who somebody is: %(what)s.", what=", ".join(found)))


class NoteForm(PageForm):
    note = TextAreaField(
        _l("A new note"), [Clean(2000, lines=True), DataRequired(_l("Write something."))], render_kw={"rows": 3}
    )


class OwnerForm(CardForm):
    """Whose the person is: one of marketing, or nobody."""

    owner = SelectField(_l("Who looks after them"), validate_choice=False)

    def offer(self, owners: Mapping[int, str]) -> None:
        self.owner.choices = [("", _("Nobody")), *((str(one), name) for one, name in owners.items())]

    def validate_owner(self, field: Any) -> None:
        if field.data and field.data not in {value for value, _words in field.choices}:
            raise StopValidation(_("Choose a colleague of marketing, or nobody."))

    def chosen(self) -> int | None:
        return row_id(self.owner.data)


class ConsentForm(PageForm):
    """One consent, to end it."""

    consent = HiddenField()

    def chosen(self) -> int | None:
        return row_id(self.consent.data)


class TagForm(PageForm):
    """A tag to put on; or, by the button beside it, one to take off."""

    off = HiddenField(validators=[Clean(40)])
    tag = StringField(_l("Tag"), [Clean(40), DataRequired(_l("Write a tag of a word or two."))])

    def validate_tag(self, field: Any) -> None:
        field.data = " ".join(str(field.data).lower().split())


class _Uses(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=list(ask_words.USES.items()), validate_choice=False, **kwargs)
        self.type = SelectMultipleField.__name__

    def pre_validate(self, form: Any) -> None:
        if not set(self.data or ()) <= set(USES):
            raise StopValidation(_("Choose where we may show it."))


class AgreementsForm(Form):
    """What a person takes back: what they tick, and nothing where they tick nothing. A mail program that presses every
    button of a page takes nothing back for them."""

    consent = SelectMultipleField(
        _l("What do you take back?"), validators=[InputRequired(_l("Tick what you take back."))], validate_choice=False
    )

    def validate_consent(self, field: Any) -> None:
        if not set(field.data or ()) <= {value for value, _words in field.choices}:
            raise StopValidation(_("Tick what you take back."))

    def chosen(self) -> list[int]:
        return [int(one) for one in self.consent.data or ()]


class AnswerForm(Form):
    """Two equal choices for each thing that is asked. `kept`: a picture came before, so no other one is needed."""

    words_id = HiddenField()
    picture_file = Files(1, _l("Your picture"))
    uses = _Uses(label=_l("Where may we show it?"))

    purposes: Sequence[str] = ()
    kept = False
    drawn: bytes | None = None

    def answers(self) -> dict[str, str]:
        """What a valid form says, by purpose; nothing for what was left open."""
        return {one: self[one].data for one in self.purposes if self[one].data}

    def words(self) -> int | None:
        return row_id(self.words_id.data)

    def chosen_uses(self) -> list[str]:
        return [one for one in USES if one in (self.uses.data or ())]

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and self._has_picture()

    def _has_picture(self) -> bool:
        """Whether a 'yes' to a picture comes with one, and with what it may be used for."""
        if "picture" not in self.purposes or self["picture"].data != "yes":
            return True
        if self.picture_file.data:
            self.drawn = ask_pictures.drawn_again(self.picture_file.data[0].stream)
            if self.drawn is None:
                self.picture_file.errors = [_("This picture cannot be shown. Choose a JPG, PNG or WebP.")]
        elif not self.kept:
            self.picture_file.errors = [_("Choose a picture of yourself.")]
        if not self.chosen_uses():
            self.uses.errors = [_("Choose where we may show it.")]
        return not (self.picture_file.errors or self.uses.errors)


def answer_form(
    purposes: Sequence[str],
    formdata: Any = None,
    *,
    words_id: int | None = None,
    kept: bool = False,
    uses: Collection[str] = (),
    files: Sequence[FileStorage] = (),
) -> AnswerForm:
    """The form of a page that asks for these. An answer that was given before stands beside it and not in it."""
    fields = {one: _choice(one) for one in purposes}
    made: AnswerForm = type("AnswerForm", (AnswerForm,), fields)(
        formdata, data={"words_id": str(words_id or ""), "uses": list(uses) if kept else []}
    )
    made.purposes, made.kept = tuple(purposes), kept
    made.picture_file.take(files)
    return made


def _choice(purpose: str) -> RadioField:
    yes, no = ask_words.CHOICES[purpose]
    needed = Optional() if purpose == CONTACT else InputRequired(_CHOOSE)
    return RadioField(
        ask_words.QUESTIONS[purpose],
        [needed, AnyOf(ANSWERS, _CHOOSE)],
        choices=[("yes", yes), ("no", no)],
        validate_choice=False,
    )
