"""Words that a person allowed to be shown later than they wrote them: on a page that asked for it."""

from __future__ import annotations

from sqlalchemy import update

from feedbackloop.checkins.models import Answer
from feedbackloop.extensions import db


def allow(answer_id: int) -> None:
    """Marks the version of an answer whose words may be shown. The consent itself is kept by the station `people`."""
    db.session.execute(
        update(Answer)
        .where(Answer.id == answer_id, Answer.latest, Answer.quote_consent.is_(False))
        .values(quote_consent=True)
        .execution_options(synchronize_session="fetch")
    )
