"""What happened with people on the board."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AsksAnswered:
    """These people said, or changed, what they think of something that marketing asked. `ids` are of asks."""

    ids: tuple[int, ...]
