"""What the pages for those who follow the log take."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, RadioField
from wtforms.validators import AnyOf, DataRequired, ValidationError

from feedbackloop import setting_types
from feedbackloop.core.fields import Clean, PageForm

_LONGEST = 254  # what an address may be (RFC 5321)


class _AddressForm(PageForm):
    """One address, and nothing else."""

    address = EmailField(
        _l("Your e-mail address"),
        [Clean(_LONGEST), DataRequired(_l("Fill in your e-mail address."))],
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )

    def validate_address(self, field: EmailField) -> None:
        try:
            field.data = setting_types.address(field.data or "")
        except ValueError:
            raise ValidationError(_l("This is not an e-mail address. It looks like name@example.org.")) from None


class FollowForm(_AddressForm):
    """On a page that everybody gets the same, so there is no CSRF token; the mailbox confirms it."""

    class Meta:
        csrf = False


class RemoveForm(_AddressForm):
    """Staff take an address out."""

    address = EmailField(
        _l("E-mail address"),
        [Clean(_LONGEST), DataRequired(_l("Fill this in."))],
        render_kw={"autocomplete": "off"},
    )


class ConfirmForm(PageForm):
    """One required choice, which nothing makes beforehand. The link is the key, so there is no CSRF token."""

    class Meta:
        csrf = False

    answer = RadioField(
        _l("Do you want these e-mails?"),
        [AnyOf(("yes", "no"), _l("Choose one of the two answers."))],
        choices=[],
        validate_choice=False,
    )

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.answer.choices = [
            ("yes", _l("Yes, mail me when something changes")),
            ("no", _l("No, I did not ask for this")),
        ]
