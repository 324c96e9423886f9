"""What may be taken as a file, and how large. Values in, decision out."""

from __future__ import annotations

from feedbackloop.core.decisions import YES, Decision, no

PEOPLE, NUMBERS = "people", "numbers"
FORMATS = ("csv", "xlsx")

# A spreadsheet holds a million rows, but a file of more than this takes minutes to make and to open.
MOST_IN_XLSX = 100_000


def may_take(kind: str, rows: int) -> Decision:
    """Whether so many rows fit into a file of this format."""
    if kind not in FORMATS:
        return no("unknown_format")
    return no("too_many") if kind == "xlsx" and rows > MOST_IN_XLSX else YES
