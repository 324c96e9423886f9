"""Which numbers of people are too small to show, and which must go with them. Values in, decision out."""

from __future__ import annotations

from collections.abc import Collection, Mapping

SMALLEST_GROUP = 10


def hidden(groups: Mapping[str, int], also: Collection[str] = ()) -> frozenset[str]:
    """The groups of a whole that is shown as well which are not shown themselves: those under ten, and `also`.

    What is left out together can be worked out from the rest, so it is at least two groups and at least ten people.
    Where more has to go, the groups go in the order they are given in, whatever their size: that tells nothing of it.
    """
    out = {name for name, people in groups.items() if people < SMALLEST_GROUP or name in also}
    for name in groups:
        if not out or (len(out) > 1 and sum(groups[one] for one in out) >= SMALLEST_GROUP):
            break
        out.add(name)
    return frozenset(out)


def hidden_of_both(part: Mapping[str, int], rest: Mapping[str, int]) -> tuple[frozenset[str], frozenset[str]]:
    """What is not shown of a part, and what is not shown of the whole that the part and the rest make.

    Both stand side by side, so the rest is known where both show a group: it must not be a small one either. What the
    part hides, the whole hides as well.
    """
    first = hidden(part)
    return first, hidden(rest, first)


def may_show_both(part: int, rest: int) -> bool:
    """Whether the size of the whole may stand beside that of the part: the rest is the difference."""
    return part >= SMALLEST_GROUP and rest >= SMALLEST_GROUP
