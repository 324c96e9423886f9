"""What people answered."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AnsweredSatisfied:
    """'Yes', for the first time or after another answer. The complaints are confirmed."""

    check_in_ids: tuple[int, ...]


@dataclass(frozen=True)
class AnsweredNotSatisfied:
    """'Partly' or 'no': for the first time or after a 'yes', and the complaints were reopened; or with other words."""

    check_in_ids: tuple[int, ...]


@dataclass(frozen=True)
class CheckInsExpired:
    """Their link lived its time, and nobody answered."""

    check_in_ids: tuple[int, ...]
