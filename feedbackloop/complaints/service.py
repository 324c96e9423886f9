"""What changes a complaint."""

from __future__ import annotations

from feedbackloop.people.events import PeopleErased


def erase(event: PeopleErased) -> None:
    """Takes the words of erased people out of their complaints."""
    raise NotImplementedError
