"""The difference between a field that was not given and one that was given as null."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeVar

T = TypeVar("T")


class Unset(Enum):
    """Has one member, so that a type checker follows `is UNSET`."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


def given(value: T | Unset, otherwise: T) -> T:
    """What was given, or `otherwise` where nothing was."""
    return otherwise if value is UNSET else value
