"""What changes a recovery case."""

from __future__ import annotations

from feedbackloop.complaints.events import ComplaintsReopened, ComplaintsResolved, ResolutionsRedated
from feedbackloop.checkins.events import AnsweredNotSatisfied, AnsweredSatisfied
from feedbackloop.people.events import PeopleErased


def close_resolved_again(event: ComplaintsResolved) -> None:
    """."""
    raise NotImplementedError


def close_satisfied(event: AnsweredSatisfied) -> None:
    """."""
    raise NotImplementedError


def open_cases(event: AnsweredNotSatisfied) -> None:
    """."""
    raise NotImplementedError


def erase(event: PeopleErased) -> None:
    """."""
    raise NotImplementedError
