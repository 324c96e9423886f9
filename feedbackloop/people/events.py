"""What happened to people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PeopleErased:
    """Every station takes their words and traces out of its own tables."""

    ids: tuple[int, ...]
