"""What the pages of recovery take. Nothing that decides about a person is chosen beforehand."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Optional, StopValidation

from feedbackloop.complaints import promise_guard
from feedbackloop.complaints import words as complaint_words
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.values import LIMITS
from feedbackloop.config import settings
from feedbackloop.core import clock, money
from feedbackloop.core.fields import Clean, PageForm
from feedbackloop.recovery import filling, letters, public_replies, texts, words

SOLUTION_LIMIT = 4000
REASON_LIMIT = 2000
RULE_LIMIT = 300
CAUSE_LIMIT = LIMITS["root_cause"]


class SolvedForm(Form):
    """What was done, in words that the customer reads."""

    done = TextAreaField(
        _l("What did you do?"),
        validators=[Clean(SOLUTION_LIMIT, lines=True), DataRequired(_l("Write what you did."))],
    )
    promised = TextAreaField(_l("What did you promise for the future?"), validators=[Clean(SOLUTION_LIMIT, lines=True)])
    cause = StringField(_l("What was the cause?"), validators=[Clean(CAUSE_LIMIT)])

    def is_founded(self, complaint: Complaint) -> bool:
        """Whether what is promised rests on a cause and a step, the complaint's own where these say nothing.

        Where not, the field that promises has the error. See complaints.promise_guard.
        """
        promised = self.promised.data or complaint.prevention
        texts = {"done": self.done.data, "promised": promised}
        found = promise_guard.unfounded(texts, self.cause.data or complaint.root_cause, promised)
        if found is not None:
            self[found.field].errors = [complaint_words.unfounded(found.missing)]
        return found is None


class Once(HiddenField):
    """A mark of the form's own, so that what is sent twice happens once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=lambda: str(uuid.uuid4()), **kwargs)

    def pre_validate(self, form: Any) -> None:
        try:
            self.data = str(uuid.UUID(self.data or ""))
        except ValueError:
            raise StopValidation(_("Open the form again and send it anew.")) from None


class Amount(StringField):
    """Money, as people type it in either language; `cents` holds it once it is valid."""

    cents = 0

    def pre_validate(self, form: Any) -> None:
        try:
            self.cents = money.cents(self.data or "")
        except ValueError:
            raise StopValidation(_("Give an amount in euro, such as 12.50 or 12,50.")) from None


class OutcomeForm(PageForm):
    """How a case ended."""

    outcome = RadioField(
        _l("How did it end?"),
        choices=list(words.OUTCOME_CHOICES.items()),
        validators=[InputRequired(_l("Choose how it ended."))],
    )
    reason = TextAreaField(
        _l("Why, and what was agreed"),
        validators=[Clean(REASON_LIMIT, lines=True), DataRequired(_l("Write why it ended so."))],
        render_kw={"rows": 4},
    )


class SpendForm(PageForm):
    """Money for a person, outside of the rules."""

    once = Once()
    amount = Amount(_l("Amount in euro"), render_kw={"inputmode": "decimal", "autocomplete": "off"})
    rule = StringField(
        _l("The rule that this is an exception to"),
        validators=[Clean(RULE_LIMIT), DataRequired(_l("Write which rule of ours this sets aside."))],
        render_kw={"autocomplete": "off"},
    )
    reason = TextAreaField(
        _l("Why"),
        validators=[Clean(REASON_LIMIT, lines=True), DataRequired(_l("Write why."))],
        render_kw={"rows": 3},
    )

    def validate_amount(self, field: Amount) -> None:
        if field.cents < 1:
            raise StopValidation(_("Give an amount above 0."))


class DecideForm(PageForm):
    """A second person's word on a request."""

    decision = RadioField(
        _l("Your decision"),
        choices=[("approve", _l("Approve")), ("refuse", _l("Refuse"))],
        validators=[InputRequired(_l("Choose: approve or refuse."))],
    )
    reason = TextAreaField(
        _l("Why"),
        validators=[Clean(REASON_LIMIT, lines=True), DataRequired(_l("Write why."))],
        render_kw={"rows": 3},
    )


class BudgetForm(PageForm):
    """What a colleague may spend in a month; empty: as the setting says."""

    amount = StringField(_l("Amount a month in euro"), render_kw={"inputmode": "decimal", "autocomplete": "off"})
    cents: int | None = None

    def validate_amount(self, field: Field) -> None:
        given = (field.data or "").strip()
        if not given:
            return
        try:
            self.cents = money.cents(given)
        except ValueError:
            raise StopValidation(_("Give an amount in euro, such as 12.50 or 12,50.")) from None


def body_is_founded(form: LetterForm | PublicReplyForm, complaint: Complaint) -> bool:
    """Whether a text that promises rests on the complaint's cause and step; where not, the text has the error."""
    found = promise_guard.unfounded({"body": form.body.data}, complaint.root_cause, complaint.prevention)
    if found is not None:
        form.body.errors = [complaint_words.unfounded(found.missing)]
    return found is None


class LetterForm(PageForm):
    """A letter to the person of a case. The box is the sender's word that somebody read it."""

    once = Once()
    situation = HiddenField(validators=[Optional()])
    body = TextAreaField(
        _l("The whole text, as the customer gets it"),
        validators=[Clean(letters.BODY_LIMIT, lines=True), DataRequired(_l("Write what the customer is to read."))],
        render_kw={"rows": 16},
    )
    read = BooleanField(
        _l("I read this text, and it is right for this customer"),
        validators=[InputRequired(_l("Read the text, and tick the box when it is right."))],
    )

    def validate_body(self, field: Field) -> None:
        left = letters.still_to_write(field.data or "")
        if left:
            raise StopValidation(_("This is still to be written: %(what)s", what=", ".join(left)))


class PublicReplyForm(PageForm):
    """A reply for everybody to read. `version` is the one that was on the screen."""

    version = HiddenField()
    situation = HiddenField(validators=[Optional()])
    body = TextAreaField(
        _l("The reply"),
        validators=[Clean(public_replies.BODY_LIMIT, lines=True), DataRequired(_l("Write the reply."))],
        render_kw={"rows": 6},
    )

    def validate_body(self, field: Field) -> None:
        left = filling.holes(field.data or "")
        if left:
            raise StopValidation(
                _("This is still to be written: %(what)s", what=", ".join(f"{{{one}}}" for one in left))
            )


class PlacedForm(PageForm):
    """Where and when the reply was placed."""

    version = HiddenField()
    address = StringField(
        _l("Address of the page where it stands"),
        validators=[Clean(public_replies.URL_LIMIT), DataRequired(_l("Give the address of the page."))],
        render_kw={"inputmode": "url", "autocomplete": "off"},
    )
    on = DateField(_l("Day on which it was placed"), validators=[DataRequired(_l("Choose a day."))])
    told = BooleanField(_l("I sent this person a message in another way"))

    def validate_address(self, field: Field) -> None:
        if not is_web_address(field.data or ""):
            raise StopValidation(_("This is no address of a page. It begins with https://"))

    def validate_on(self, field: Field) -> None:
        today = clock.now().astimezone(settings().timezone).date()
        if field.data is not None and not date(2000, 1, 1) <= field.data <= today:
            raise StopValidation(_("Choose a day up to today."))


class TextForm(PageForm):
    """A text that staff begin with, in one language. `version` is the one that was on the screen."""

    version = HiddenField()
    title = StringField(
        _l("Situation, in a few words"),
        validators=[Clean(texts.TITLE_LIMIT), DataRequired(_l("Write for which situation this is."))],
        render_kw={"autocomplete": "off"},
    )
    body = TextAreaField(
        _l("Text"),
        validators=[Clean(texts.BODY_LIMIT, lines=True), DataRequired(_l("Write the text."))],
        render_kw={"rows": 14},
    )
    in_use = BooleanField(_l("Offer this text"))
    allowed: tuple[str, ...] = ()

    def validate_body(self, field: Field) -> None:
        wrong = filling.unknown(field.data or "", self.allowed)
        if wrong:
            raise StopValidation(
                _(
                    "This cannot be filled in: %(wrong)s. What can: %(allowed)s.",
                    wrong=", ".join(f"{{{one}}}" for one in wrong),
                    allowed=", ".join(f"{{{one}}}" for one in self.allowed),
                )
            )


class NewTextForm(TextForm):
    """A text for a situation that staff add."""

    # No `required`, which is for a list that begins with nothing: here one language is always chosen.
    locale = SelectField(
        _l("Language"), validators=[DataRequired(_l("Choose a language."))], render_kw={"required": False}
    )

    def offer(self) -> None:
        names = {"nl": "Nederlands", "en": "English"}
        self.locale.choices = [(one, names.get(one, one)) for one in settings().locales]


def is_web_address(text: str) -> bool:
    """Whether this is the https address of a page, without a password in it."""
    if any(one.isspace() or not one.isprintable() for one in text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    right = parts.scheme == "https" and "." in host and parts.username is None and parts.password is None
    return right and (port is None or 0 < port < 65536)
