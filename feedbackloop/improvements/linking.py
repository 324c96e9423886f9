"""Which complaints staff mean by the numbers they type."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from feedbackloop.improvements import queries

MOST = 2000
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass
class Found:
    """`several`: numbers that more than one source uses, each with how to write it instead."""

    ids: list[int] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    several: dict[str, list[str]] = field(default_factory=dict)

    @property
    def clear(self) -> bool:
        return not self.unknown and not self.several


def find(text: str) -> Found:
    """The complaints with these numbers, separated by spaces or commas, each the source's own, or `source:number`."""
    numbers = [one for one in dict.fromkeys(_BETWEEN.split(text.strip())) if one][:MOST]
    bare = {one: one.partition(":")[2] for one in numbers if ":" in one}
    known = queries.numbered([*numbers, *bare.values()])
    found = Found()
    for number in numbers:
        matches = known.get(number, [])
        if not matches and number in bare:
            source = number.partition(":")[0]
            matches = [one for one in known.get(bare[number], []) if one[1] == source]
        if len(matches) == 1:
            found.ids.append(matches[0][0])
        elif matches:
            found.several[number] = [f"{source}:{number}" for _, source in matches]
        else:
            found.unknown.append(number)
    return found


def numbers_of(complaint_ids: list[int]) -> str:
    """These complaints as `find` reads them."""
    return ", ".join(queries.number_of(complaint_ids).values())
