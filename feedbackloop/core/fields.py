"""What forms have in common: text that people type, made fit to keep, with a sentence where it is not."""

from __future__ import annotations

from flask_babel import gettext as _
from wtforms import Field, Form
from wtforms.validators import StopValidation

from feedbackloop.core import text


class Clean:
    """A validator that cleans a text field (core.text.clean); what is empty becomes None. Stands first in the list."""

    def __init__(self, limit: int, *, lines: bool = False) -> None:
        self.limit = limit
        self.lines = lines
        self.field_flags = {"maxlength": limit}

    def __call__(self, _form: Form, field: Field) -> None:
        given = field.data or ""
        try:
            field.data = text.clean(given, limit=len(given) + 1, lines=self.lines) or None
        except text.TextProblem:
            raise StopValidation(_("This holds characters that cannot be kept. Type it again.")) from None
        if field.data is not None and len(field.data) > self.limit:
            raise StopValidation(_("This is too long: use at most %(n)s characters.", n=self.limit))
