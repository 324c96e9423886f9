"""The form of a handler without an account: this case is solved, and how."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Optional

from feedbackloop.core.fields import Clean

SOLUTION_LIMIT = 4000


class SolvedForm(FlaskForm):
    """What was done, in words that the customer reads. The token in the address is the key, so there is no other."""

    class Meta:
        csrf = False

    done = TextAreaField(
        _l("What did you do?"),
        validators=[Clean(SOLUTION_LIMIT, lines=True), DataRequired(_l("Write what you did."))],
    )
    promised = TextAreaField(
        _l("What did you promise for the future?"), validators=[Optional(), Clean(SOLUTION_LIMIT, lines=True)]
    )
