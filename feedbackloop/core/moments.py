"""Moments as text: ISO 8601 with an offset, and nothing that could mean another moment elsewhere."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(?P<offset>[Zz]|[+-]\d{2}(:?\d{2})?)?")
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2200
EXAMPLE = "2026-11-02T09:30:00+01:00"


def read(text: str) -> datetime:
    """The moment, in UTC, to the microsecond. Raises ValueError with a sentence part: 'must have …'."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be a moment such as {EXAMPLE}")
    if match["offset"] is None:
        raise ValueError(f"must have an offset from UTC, such as {EXAMPLE}")
    try:
        found = datetime.fromisoformat(match[0].upper())
    except ValueError:
        raise ValueError("must be a moment that exists") from None
    return bounded(found)


def bounded(moment: datetime) -> datetime:
    """The aware moment in UTC. Raises ValueError for a year that no record of ours can be of."""
    if not _EARLIEST_YEAR <= moment.year <= _LATEST_YEAR:
        raise ValueError(f"must lie between the years {_EARLIEST_YEAR} and {_LATEST_YEAR}")
    return moment.astimezone(UTC)


def show(moment: datetime | None) -> str | None:
    """As the API shows a moment: UTC, with its offset."""
    return moment.astimezone(UTC).isoformat() if moment is not None else None
