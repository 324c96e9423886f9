"""What happened to improvements."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MilestoneReached:
    """Published, or done: `milestone` is `published` or `done`. Published as done is `done` alone."""

    improvement_ids: tuple[int, ...]
    milestone: str
