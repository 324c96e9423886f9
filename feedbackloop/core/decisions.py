"""A decision carries its reason, so that nothing is skipped in silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """Whether something may happen; when not, `reason` is a short code that is stored, counted and shown to staff."""

    allowed: bool
    reason: str | None = None

    def __bool__(self) -> bool:
        return self.allowed


YES = Decision(True)


def no(reason: str) -> Decision:
    return Decision(False, reason)
