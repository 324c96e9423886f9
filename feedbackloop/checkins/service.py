"""What changes a check-in."""

from __future__ import annotations

from feedbackloop.complaints.events import ComplaintsReopened, ComplaintsResolved, ResolutionsRedated
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people.events import PeopleErased


def plan(event: ComplaintsResolved) -> None:
    """Plans one check-in per complaint and cycle."""
    raise NotImplementedError


def cancel_unsent(event: ComplaintsReopened) -> None:
    """Cancels check-ins that were not sent."""
    raise NotImplementedError


def move_unsent(event: ResolutionsRedated) -> None:
    """Moves unsent check-ins."""
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
