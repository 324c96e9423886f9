"""What forms and addresses have in common: what people type, made fit to keep, with a sentence where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, Form, RadioField
from wtforms.validators import StopValidation

from feedbackloop.core import text


class PageForm(FlaskForm):
    """A form of a page that takes no files: one that is sent in place of a text is not seen, as an unknown field is."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            found = super().wrap_formdata(form, formdata)
            return request.form if found is not None and found is not formdata else found


class Clean:
    """A validator that cleans a text field (core.text.clean); what is empty becomes None. Stands first in the list."""

    def __init__(self, limit: int, *, lines: bool = False) -> None:
        self.limit = limit
        self.lines = lines
        self.field_flags = {"maxlength": limit}

    def __call__(self, _form: Form, field: Field) -> None:
        given = field.data or ""
        try:
            field.data = text.clean(given, limit=3 * len(given) + 1, lines=self.lines) or None
            if "\ufffd" in given:  # sent in another encoding than it said: characters are lost already
                raise text.TextProblem
        except text.TextProblem:
            raise StopValidation(_("This holds characters that cannot be kept. Type it again.")) from None
        if field.data is not None and len(field.data) > self.limit:
            raise StopValidation(_("This is too long: use at most %(n)s characters.", n=self.limit))


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


def row_id(given: str | None) -> int | None:
    """An id or a version out of an address or a hidden field; None for what can be none."""
    return int(given) if given and given.isascii() and given.isdigit() and len(given) <= 18 else None
