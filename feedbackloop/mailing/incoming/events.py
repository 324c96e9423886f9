"""What came in that other stations hear of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RepliesReceived:
    """People wrote back about complaints. `reply_ids` and `complaint_ids` are parallel."""

    reply_ids: tuple[int, ...]
    complaint_ids: tuple[int, ...]
