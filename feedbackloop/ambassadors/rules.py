"""The stages of the pipeline, who moves along them, and who leaves the board."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

STAGES = ("satisfied", "invited", "clicked", "reviewed", "ambassador")

# 'Not now' is a flag with a date beside the stage, and a column of the board; never a stage.
COLUMNS = (*STAGES, "not_now")

# What happens moves people forward only. Marketing may set any other stage: a review may stand where we cannot see
# it, and a slip of the hand must be mended.
HAND_MOVES: Mapping[str, frozenset[str]] = {stage: frozenset(STAGES) - {stage} for stage in STAGES}

# Why marketing moves somebody, as history keeps it. `by_hand` and `undone` need no words of a person.
REASONS = ("spoke", "wrote_elsewhere", "agreed", "correction")

# What people allow: their words, their name, to be written to again, a picture of them, their story, and to be called
# by somebody who thinks of buying. Each is given by itself; kept copies hold the sum of their bits.
CONSENTS = ("quote", "name", "contact", "picture", "story", "reference")
CONSENT_BITS: Mapping[str, int] = {purpose: 1 << place for place, purpose in enumerate(CONSENTS)}

# Of the mark from 0 to 10, the usual three: promoters 9 and 10, passives 7 and 8, detractors 0 to 6.
BANDS: Mapping[str, tuple[int, int]] = {"promoter": (9, 10), "passive": (7, 8), "detractor": (0, 6)}


def stages_before(stage: str) -> tuple[str, ...]:
    """The stages from which something that happens may lead to this one."""
    return STAGES[: STAGES.index(stage)]


def is_further(current: str, wanted: str) -> bool:
    return current in stages_before(wanted)


def may_move(current: str, wanted: str) -> bool:
    """Whether marketing may set this stage."""
    return wanted in HAND_MOVES[current]


def leaves_board(stage: str) -> bool:
    """Whether a person with a complaint that is open again leaves the board.

    Marketing does not ask favours of somebody who waits for us. An ambassador stays: that is a relation which one
    complaint does not end; the card says that a complaint is open.
    """
    return stage != "ambassador"


def is_put_off(until: date | None, today: date) -> bool:
    """Whether 'not now' still holds. On the day itself it is time to look again."""
    return until is not None and until > today


def column_of(stage: str, until: date | None, today: date) -> str:
    """The column of the board in which somebody stands today."""
    return "not_now" if is_put_off(until, today) else stage


def days_in_stage(since: datetime, today: date, zone: ZoneInfo) -> int:
    """Local days: what happened yesterday evening is one day ago."""
    return max(0, (today - since.astimezone(zone).date()).days)


def first_name(name: str | None) -> str | None:
    """What people are called on a card."""
    words = (name or "").split()
    return words[0] if words else None


def band(recommend: int | None) -> str:
    """The band of a mark; '' for no mark."""
    if recommend is None:
        return ""
    return next(name for name, (least, most) in BANDS.items() if least <= recommend <= most)


@dataclass(frozen=True)
class Kind:
    """What the board's counts tell people apart by. '' and 0 stand for what is not known."""

    board_column: str
    category: str
    locale: str
    owner_id: int
    consents: int
    band: str

    @property
    def key(self) -> int:
        """A number for this kind, the same everywhere and always: 63 bits of a digest and a sign."""
        return _key(self)


@lru_cache(4096)
def _key(kind: Kind) -> int:
    said = "\x1f".join(map(str, astuple(kind)))
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], signed=True)


_DIGITS = re.compile(r"[0-9]+")


def number_key(number: str) -> str:
    """A case number to sort by, as people read it: K-9 before K-10."""
    return _DIGITS.sub(lambda found: found[0].zfill(12), number)[:200]


def language(locale: str | None) -> str | None:
    """The first part of what a person's row says, in small letters: 'nl' for 'nl-BE'."""
    return (locale or "").split("-")[0].strip().lower() or None
