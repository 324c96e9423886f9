"""The life of a complaint: its moves as data, and what a source's word about the resolution means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from feedbackloop.core.decisions import YES, Decision, no
from feedbackloop.core.unset import UNSET, Unset

STATUSES = ("open", "resolved", "confirmed", "reopened")
FAULTS = ("us", "supplier", "customer", "nobody")

# One move stands beside these: a person may take back that it is solved (service.unconfirm), which no source or
# colleague can say for them.
MOVES: Mapping[str, frozenset[str]] = {
    "open": frozenset({"resolved"}),
    "resolved": frozenset({"confirmed", "reopened"}),
    "confirmed": frozenset({"reopened"}),
    "reopened": frozenset({"resolved", "confirmed"}),
}

# Leave with the person whose complaint it is, and never come back with a later import.
PERSONAL_FIELDS = ("subject", "summary", "agreed_summary", "description", "resolution", "prevention")

# Why a person is called and not mailed. A code, because history keeps no words about people.
CRISES = ("safety", "distress", "loss", "threat", "other_crisis")


def may_move(status: str, to: str) -> Decision:
    """Whether a complaint of this status may become `to`; not to what it is already."""
    return YES if to in MOVES[status] else no(f"{status}_to_{to}")


@dataclass(frozen=True)
class Standing:
    """Where a complaint stands. `cycle` counts its resolutions.

    `replay_until`: a resolution of that moment or before was undone, so hearing of it again is no news. A complaint
    that people or staff reopened has the moment they did. Where the source took its resolution back, that is the moment
    of that resolution: when the source reopened it is not known, and anything later is a new resolution.
    """

    status: str = "open"
    cycle: int = 0
    resolved_at: datetime | None = None
    replay_until: datetime | None = None


@dataclass(frozen=True)
class Step:
    """What follows: the standing after it, and what happened in a word (None: nothing)."""

    after: Standing
    what: Literal["resolved", "reopened", "redated"] | None = None


def hear_resolution(now: Standing, said: datetime | Unset | None) -> Step:
    """What a source's word about `resolved_at` means: UNSET nothing, None 'not resolved', a moment 'resolved then'.

    Hearing the same word twice is the same as hearing it once.
    """
    if said is UNSET:
        return Step(now)
    if said is None:
        return _taken_back(now)
    if now.replay_until is not None and said <= now.replay_until:
        return Step(now)
    if now.status in ("resolved", "confirmed"):
        return Step(now) if said == now.resolved_at else Step(replace(now, resolved_at=said), "redated")
    return Step(resolve(now, said), "resolved")


def _taken_back(now: Standing) -> Step:
    if now.status in ("resolved", "confirmed"):
        undone = latest(now.resolved_at, now.replay_until)
        return Step(replace(now, status="reopened", resolved_at=None, replay_until=undone), "reopened")
    return Step(replace(now, resolved_at=None))


def resolve(now: Standing, at: datetime) -> Standing:
    """The standing after a resolution at `at`, which begins the next cycle."""
    return replace(now, status="resolved", cycle=now.cycle + 1, resolved_at=at)


def reopen(now: Standing, at: datetime) -> Standing:
    """The standing after people or staff reopened it at `at`. The date of the last resolution stays readable."""
    return replace(now, status="reopened", replay_until=latest(at, now.resolved_at))


def flag(opened_at: datetime, resolved_at: datetime | None) -> str | None:
    """What is odd about its dates: accepted, and shown to staff."""
    return "resolved_before_opened" if resolved_at is not None and resolved_at < opened_at else None


def latest(*moments: datetime | None) -> datetime | None:
    """The latest of the moments that there are."""
    return max((moment for moment in moments if moment is not None), default=None)
