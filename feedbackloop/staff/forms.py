"""What staff pages about accounts take."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import EqualTo, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from feedbackloop.config import settings
from feedbackloop.core.access import ROLES
from feedbackloop.core.fields import PageForm
from feedbackloop.staff.rules import LONGEST_PASSWORD, SHORTEST_PASSWORD

ROLE_WORDS = {
    "admin": _l("Administration: accounts, tokens, and all the rest"),
    "handler": _l("Handling: complaints and recovery"),
    "quality": _l("Quality: complaints, patterns and improvements"),
    "marketing": _l("Marketing: reviews and ambassadors, never the words of a complaint"),
}
SCOPE_WORDS = {
    "intake": _l("Bring in complaints"),
    "read": _l("Read complaints and their answers"),
    "improvements": _l("Write and publish improvements"),
}
LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English"}

_REQUIRED = _l("Fill this in.")
_SHORT = _l("A password has at least %(n)s characters.", n=SHORTEST_PASSWORD)


def _new_password(label: Any, **render: str) -> PasswordField:
    return PasswordField(
        label,
        validators=[InputRequired(_REQUIRED), Length(SHORTEST_PASSWORD, LONGEST_PASSWORD, message=_SHORT)],
        render_kw={"autocomplete": "new-password", "minlength": SHORTEST_PASSWORD, **render},
    )


def _name() -> StringField:
    return StringField(_l("Name"), [InputRequired(_REQUIRED), Length(max=200)], render_kw={"autocomplete": "name"})


class SignInForm(PageForm):
    """Takes anything: every wrong pair gets the same sentence, an empty one too."""

    email = EmailField(_l("E-mail address"), render_kw={"autocomplete": "username", "required": True})
    password = PasswordField(_l("Password"), render_kw={"autocomplete": "current-password", "required": True})
    next = HiddenField()


class AccountForm(PageForm):
    """An account to be, with its first password."""

    name = StringField(_l("Name"), [InputRequired(_REQUIRED), Length(max=200)], render_kw={"autocomplete": "off"})
    email = EmailField(
        _l("E-mail address"), [InputRequired(_REQUIRED), Length(max=320)], render_kw={"autocomplete": "off"}
    )
    role = SelectField(_l("Role"), choices=[("", _l("Choose a role")), *((role, ROLE_WORDS[role]) for role in ROLES)])
    password = _new_password(_l("First password"))


class RoleForm(PageForm):
    role = SelectField(_l("Role"), choices=[(role, ROLE_WORDS[role]) for role in ROLES])


class PasswordForm(PageForm):
    """An administrator gives an account another password."""

    password = _new_password(_l("New password"))


class ProfileForm(PageForm):
    """What people decide about themselves."""

    name = _name()
    locale = SelectField(_l("Language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locale.choices = [
            ("", _l("As my browser asks")),
            *((one, LANGUAGE_NAMES[one]) for one in settings().locales),
        ]


class OwnPasswordForm(PageForm):
    """People change their own password, and show that they know the present one."""

    current = PasswordField(
        _l("Present password"), [InputRequired(_REQUIRED)], render_kw={"autocomplete": "current-password"}
    )
    password = _new_password(_l("New password"))
    again = PasswordField(
        _l("New password, once more"),
        [InputRequired(_REQUIRED), EqualTo("password", _l("The two new passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class TokenForm(PageForm):
    name = StringField(_l("Name"), [InputRequired(_REQUIRED), Length(max=100)], render_kw={"autocomplete": "off"})
    scopes = SelectMultipleField(
        _l("May"),
        [InputRequired(_l("Choose at least one."))],
        choices=list(SCOPE_WORDS.items()),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
