"""What happened, and who hears of it. The table itself is `feedbackloop.loop.FOLLOWS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from feedbackloop.core.db import is_writing

Handler = Callable[[Any], None]
_follows: dict[type[Any], tuple[Handler, ...]] = {}


def follow(table: Mapping[type[Any], tuple[Handler, ...]]) -> None:
    """Sets the table; `create_app` does it once with the map of the loop."""
    _follows.clear()
    _follows.update(table)


def emit(event: object) -> None:
    """Runs the handlers of this event, in the table's order and in the caller's transaction; errors pass."""
    if not is_writing():
        raise RuntimeError("an event outside of a transaction")
    for handler in _follows[type(event)]:
        handler(event)
