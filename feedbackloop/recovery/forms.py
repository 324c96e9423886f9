"""The form of a handler without an account: this case is solved, and how."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import Form, StringField, TextAreaField
from wtforms.validators import DataRequired

from feedbackloop.complaints import promise_guard, words
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.values import LIMITS
from feedbackloop.core.fields import Clean

SOLUTION_LIMIT = 4000
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
            self[found.field].errors = [words.unfounded(found.missing)]
        return found is None
