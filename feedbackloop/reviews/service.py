"""What changes an invitation or a review."""

from __future__ import annotations

from feedbackloop.complaints.events import ComplaintsReopened, ComplaintsResolved, ResolutionsRedated
from feedbackloop.checkins.events import AnsweredNotSatisfied, AnsweredSatisfied
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people.events import PeopleErased


def cancel_unsent(event: ComplaintsReopened) -> None:
    """."""
    raise NotImplementedError


def plan(event: AnsweredSatisfied) -> None:
    """."""
    raise NotImplementedError


def mails_sent(event: MailsSent) -> None:
    """."""
    raise NotImplementedError


def mails_ended(event: MailsEnded) -> None:
    """."""
    raise NotImplementedError


def erase(event: PeopleErased) -> None:
    """."""
    raise NotImplementedError
