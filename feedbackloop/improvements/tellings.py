"""Told-you-so."""

from __future__ import annotations

from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people.events import PeopleErased
from feedbackloop.improvements.events import MilestoneReached


def plan(event: MilestoneReached) -> None:
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
