"""The form of a handler without an account: this case is solved, and how."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import Form, TextAreaField
from wtforms.validators import DataRequired

from feedbackloop.core.fields import Clean

SOLUTION_LIMIT = 4000


class SolvedForm(Form):
    """What was done, in words that the customer reads."""

    done = TextAreaField(
        _l("What did you do?"),
        validators=[Clean(SOLUTION_LIMIT, lines=True), DataRequired(_l("Write what you did."))],
    )
    promised = TextAreaField(_l("What did you promise for the future?"), validators=[Clean(SOLUTION_LIMIT, lines=True)])
