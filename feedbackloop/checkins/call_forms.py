"""What staff fill in after a call. The answer itself has the fields of the form that people get by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, TimeField
from wtforms.validators import DataRequired, InputRequired

from feedbackloop.checkins import calling
from feedbackloop.config import settings
from feedbackloop.core.fields import PageForm

_WHY_NOT: dict[str, Any] = {
    "past": _l("Choose a moment that is still to come."),
    "too_far": _l("Choose a day within 30 days."),
    "outside_hours": _l("Choose a working day, from 9.00 to 17.00. On a public holiday nobody is called."),
}


class SeenForm(PageForm):
    """How many tries were on the screen, so that nobody's try is counted twice."""

    seen = HiddenField()


class NoAnswerForm(SeenForm):
    """When the person is called again."""

    next_on = DateField(_l("Day of the next try"), validators=[DataRequired(_l("Choose a day."))])
    next_at = TimeField(_l("Time of the next try"), validators=[InputRequired(_l("Fill in a time, such as 10:30."))])

    def moment(self) -> datetime | None:
        """The moment that a valid form means; else None, with the errors at the fields."""
        if not self.validate():
            return None
        day, at = self.next_on.data, self.next_at.data
        if day is None or at is None or not 2000 <= day.year <= 9000:
            self.next_on.errors = [str(_WHY_NOT["too_far"])]
            return None
        found = datetime.combine(day, at, settings().timezone)
        decision = calling.may_try_at(found)
        if decision:
            return found
        field = self.next_at if decision.reason == "outside_hours" else self.next_on
        field.errors = [str(_WHY_NOT[str(decision.reason)])]
        return None
