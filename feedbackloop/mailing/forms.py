"""What staff pages about sending take."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from feedbackloop import setting_types
from feedbackloop.core.fields import Clean, PageForm
from feedbackloop.mailing import listed, optouts, words
from feedbackloop.mailing.control import REASON_LENGTH

_REQUIRED = _l("Fill this in.")


class StopForm(PageForm):
    """Stopping all sending; the colleagues who find it stopped want to know why."""

    reason = StringField(_l("Why"), [Clean(REASON_LENGTH), DataRequired(_REQUIRED)])


class AddressForm(PageForm):
    """An address to look up."""

    address = EmailField(
        _l("E-mail address"), [DataRequired(_REQUIRED), Length(max=320)], render_kw={"autocomplete": "off"}
    )

    def validate_address(self, field: EmailField) -> None:
        try:
            field.data = setting_types.address(field.data or "")
        except ValueError:
            raise ValidationError(_l("This is not an e-mail address.")) from None


class PutOnForm(AddressForm):
    """An address that is not to be mailed any more."""

    purpose = SelectField(_l("No more of"))
    reason = SelectField(_l("Because"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.purpose.choices = [(name, words.purpose(name)) for name in (optouts.EVERYTHING, *optouts.PURPOSES)]
        self.reason.choices = [(name, words.reason(name)) for name in listed.PUT_ON_FOR]


class TakeOffForm(PageForm):
    """Why an address may be mailed again."""

    reason = SelectField(_l("Because"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.reason.choices = [(name, words.reason(name)) for name in listed.TAKEN_OFF_FOR]
