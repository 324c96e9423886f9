"""From the outbox to the mail server."""

from __future__ import annotations

from feedbackloop.people.events import PeopleErased


def erase(event: PeopleErased) -> None:
    """."""
    raise NotImplementedError
