"""What happened to complaints. Lists of ids, because an import changes hundreds at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ComplaintsResolved:
    """They entered a new resolution cycle."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class ComplaintsReopened:
    """They need a solution again; `by` is `intake`, `staff` or `answer`."""

    ids: tuple[int, ...]
    by: str


@dataclass(frozen=True)
class ConfirmationsTakenBack:
    """People do not say any more that it is solved, nor that it must be done again: resolved, in the same cycle."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class CrisesChanged:
    """Staff marked these cases as a crisis, or ended it; the complaints say which."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class ResolutionsRedated:
    """The moment of resolution was corrected; the cycle is the same."""

    ids: tuple[int, ...]


@dataclass(frozen=True)
class ComplaintsChanged:
    """What is on record of them changed: a category, a solution in other words, a person. Not their state."""

    ids: tuple[int, ...]
