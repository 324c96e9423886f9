"""What becomes of the pipeline when a complaint is open again, or in doubt: who waits for us is asked no favour."""

from __future__ import annotations

from sqlalchemy import BindParameter, bindparam, exists, select

from feedbackloop.ambassadors import asks, service, story_answers
from feedbackloop.ambassadors.ask_models import Ask
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.story_models import Story
from feedbackloop.complaints.events import ComplaintsReopened, ConfirmationsTakenBack
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.db import plain
from feedbackloop.mailing.queries import chunks

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_THEIRS = select(Complaint.customer_id).where(Complaint.id.in_(_IDS))
# Asked of every first 'no', whose person mostly has nothing here: one look for all that could have to change.
_ANYTHING = select(
    exists().where(Ask.customer_id.in_(_THEIRS), Ask.status == "scheduled"),
    exists().where(Ambassador.customer_id.in_(_THEIRS), Ambassador.left_at.is_(None)),
    exists().where(Story.complaint_id.in_(_IDS), Story.status == "published"),
)


def step_back(event: ComplaintsReopened | ConfirmationsTakenBack) -> None:
    """Unsent asks end, the board lets its people go, published stories come off their pages."""
    found = [plain(_ANYTHING, ids=list(part)).one() for part in chunks(event.ids)]
    asked, on_board, told = (any(some) for some in zip(*found, strict=True)) if found else (False, False, False)
    if asked:
        asks.cancel_unsent(event)
    if on_board:
        service.step_back(event)
    if told:
        story_answers.step_back(event)
