"""What the pages over all stations decide. Values in, decision out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby


@dataclass(frozen=True)
class Day:
    """The present moment in its local day."""

    now: datetime
    date: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Entry:
    """One change, or a run of changes of one sort by one actor, newest first. `complaint_id` is of a single change."""

    at: datetime
    actor: str
    subject: str
    what: str
    count: int
    complaint_id: int | None
    to_state: str | None


def share(part: int, whole: int) -> float | None:
    """A share of 1; None where there is nothing to share."""
    return part / whole if whole else None


def in_runs(changes: Sequence[Entry]) -> list[Entry]:
    """Changes that followed upon each other and tell the same become one entry, dated by its newest."""
    runs: list[Entry] = []
    for _key, group in groupby(changes, key=lambda one: (one.actor, one.subject, one.what, one.to_state)):
        found = list(group)
        first = found[0]
        ids = {one.complaint_id for one in found}
        runs.append(
            Entry(
                at=first.at,
                actor=first.actor,
                subject=first.subject,
                what=first.what,
                count=sum(one.count for one in found),
                complaint_id=ids.pop() if len(ids) == 1 else None,
                to_state=first.to_state,
            )
        )
    return runs
