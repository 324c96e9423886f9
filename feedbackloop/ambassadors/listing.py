"""The people on the board as one list: the same filter and the same cards, in an order of the reader's choice."""

from __future__ import annotations

from collections.abc import Iterator

from feedbackloop.ambassadors import board
from feedbackloop.ambassadors import board_sql as sql
from feedbackloop.ambassadors.board import Card, Cursor, Filter

# newest: the newest in their stage first; oldest: the longest in their stage; next: the nearest next step first, who
# has none last; number: by case number.
SORTS = (sql.NEWEST, sql.OLDEST, sql.NEXT, sql.NUMBER)


def page(wanted: Filter, sort: str, after: Cursor | None, limit: int) -> tuple[list[Card], Cursor | None]:
    """At most `limit` people, and where the list goes on. Raises ValueError for an order that is none of SORTS."""
    return board.shown(wanted, _known(sort), after, limit)


def stream(wanted: Filter, sort: str) -> Iterator[Card]:
    """Everybody whom the filter shows, in the same order, read in batches: memory stays the same for any number.

    It is one reading of the database, held open until the last card is taken: who moves meanwhile is neither left out
    nor shown twice.
    """
    return board.everybody(wanted, _known(sort))


def _known(sort: str) -> str:
    if sort not in SORTS:
        raise ValueError(f"no order '{sort}'")
    return sort
