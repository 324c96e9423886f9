"""The people on the board as one list: the same filter and the same cards, in an order of the reader's choice."""

from __future__ import annotations

from collections.abc import Iterator

from feedbackloop.ambassadors.board import Card, Cursor, Filter

# newest: the newest in their stage first; oldest: the longest in their stage; next: the nearest next step first, who
# has none last; number: by case number.
SORTS = ("newest", "oldest", "next", "number")


def page(wanted: Filter, sort: str, after: Cursor | None, limit: int) -> tuple[list[Card], Cursor | None]:
    """At most `limit` people, and where the list goes on."""
    raise NotImplementedError


def stream(wanted: Filter, sort: str) -> Iterator[Card]:
    """Everybody whom the filter shows, in the same order, read in batches: memory stays the same for any number."""
    raise NotImplementedError
