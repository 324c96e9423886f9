"""How pressing a case is, whom it goes to, and how late it is. Values in, decision out.

Only what a person ticked or chose counts. No word of theirs is weighed: who is in need is not guessed from vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# What adds to a priority. The weights are such that a second 'no' is urgent, and that any 'no' comes before any
# 'partly' of the same kind.
WEIGHTS: Mapping[str, int] = {
    "again": 5,  # not solved after another solution either
    "said_no": 2,
    "rated_1": 2,
    "wants_a_call": 2,
    "rated_2": 1,
    "would_not_recommend": 1,
}
_URGENT_FROM, _HIGH_FROM = 7, 3
LEVELS = ("urgent", "high", "normal")
_HIGHEST = sum(WEIGHTS.values())

# Whoever would not recommend us, by the usual reading of 0 to 10.
_DETRACTORS_TO = 6


@dataclass(frozen=True)
class Said:
    """What an answer says, and whether the complaint came back before it."""

    satisfied: str
    rating: int | None = None
    recommend: int | None = None
    call_me: bool = False
    again: bool = False


def reasons(said: Said) -> tuple[str, ...]:
    """What makes the case pressing, as codes of WEIGHTS, the heaviest first."""
    found = {
        "again": said.again,
        "said_no": said.satisfied == "no",
        "rated_1": said.rating == 1,
        "wants_a_call": said.call_me,
        "rated_2": said.rating == 2,
        "would_not_recommend": said.recommend is not None and said.recommend <= _DETRACTORS_TO,
    }
    return tuple(code for code in WEIGHTS if found[code])


def score(codes: Sequence[str]) -> int:
    """The priority as a number: more is more pressing. A code that is not known any more weighs nothing."""
    return sum(WEIGHTS.get(code, 0) for code in codes)


def level(priority: int) -> str:
    """One of LEVELS."""
    if priority >= _URGENT_FROM:
        return "urgent"
    return "high" if priority >= _HIGH_FROM else "normal"


def bounds(wanted: str) -> tuple[int, int]:
    """The lowest and the highest priority of a level."""
    return {
        "urgent": (_URGENT_FROM, _HIGHEST),
        "high": (_HIGH_FROM, _URGENT_FROM - 1),
        "normal": (0, _HIGH_FROM - 1),
    }[wanted]


def escalation(satisfied: str, dissatisfied_before: int, reopened_before: bool) -> str | None:
    """Why a case goes to quality with its whole history; None where its handler goes on.

    `second_no`: 'no', after an answer before that was not satisfied. `reopened_before`: 'no', and the complaint was
    opened again before by a colleague or its source. `third_time`: whatever they say, it is the third time.
    """
    if dissatisfied_before > 1:
        return "third_time"
    if satisfied != "no":
        return None
    if dissatisfied_before:
        return "second_no"
    return "reopened_before" if reopened_before else None


# How long a case is past its date: each group ends where the next begins.
AGES: Mapping[str, timedelta | None] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "longer": None,
}


def age(due_at: datetime, now: datetime) -> str:
    """The group of AGES of a case that is past its date."""
    late = now - due_at
    return next(name for name, ends in AGES.items() if ends is None or late <= ends)


def due_between(wanted: str, now: datetime) -> tuple[datetime | None, datetime]:
    """What the dates of this group of overdue cases lie between: from (None: whenever), and up to but not including."""
    names = list(AGES)
    before = AGES[names[names.index(wanted) - 1]] if wanted != names[0] else timedelta(0)
    ends = AGES[wanted]
    return (now - ends if ends is not None else None), now - (before or timedelta(0))
