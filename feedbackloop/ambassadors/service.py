"""What moves people on the board."""

from __future__ import annotations

from feedbackloop.complaints.events import ComplaintsReopened, ComplaintsResolved, ResolutionsRedated
from feedbackloop.checkins.events import AnsweredNotSatisfied, AnsweredSatisfied
from feedbackloop.people.events import PeopleErased
from feedbackloop.reviews.events import DestinationChosen, InvitationsSent, ReviewsWritten


def step_back(event: ComplaintsReopened) -> None:
    """."""
    raise NotImplementedError


def enter(event: AnsweredSatisfied) -> None:
    """."""
    raise NotImplementedError


def move_to_invited(event: InvitationsSent) -> None:
    """."""
    raise NotImplementedError


def move_to_clicked(event: DestinationChosen) -> None:
    """."""
    raise NotImplementedError


def move_to_reviewed(event: ReviewsWritten) -> None:
    """."""
    raise NotImplementedError


def erase(event: PeopleErased) -> None:
    """."""
    raise NotImplementedError
