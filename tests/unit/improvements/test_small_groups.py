"""Small groups are not shown, and cannot be worked out from what is: checked by linear algebra over random tables."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedbackloop.improvements.small_groups import SMALLEST_GROUP, hidden, hidden_of_both, may_show_both

NAMES = "abcd"
TABLES = st.fixed_dictionaries({name: st.integers(0, 30) for name in NAMES})


@pytest.mark.parametrize(
    ("groups", "out"),
    [
        ({"a": 40, "b": 12, "c": 30, "d": 20}, ""),
        ({"a": 40, "b": 12, "c": 3, "d": 20}, "ac"),
        ({"a": 3, "b": 12, "c": 30, "d": 20}, "ab"),
        ({"a": 40, "b": 12, "c": 6, "d": 5}, "cd"),
        ({"a": 40, "b": 12, "c": 3, "d": 4}, "acd"),
        ({"a": 4, "b": 3, "c": 2, "d": 1}, "abcd"),
    ],
)
def test_the_small_ones_go_and_what_they_could_be_worked_out_from(groups: dict[str, int], out: str) -> None:
    assert hidden(groups) == frozenset(out)


@settings(max_examples=150)
@given(TABLES, TABLES)
def test_nothing_under_ten_can_be_worked_out(part: dict[str, int], rest: dict[str, int]) -> None:
    """The cells of part and rest are unknowns, every number on the page is an equation. A sum of cells can be worked
    out when no vector that leaves all equations as they are changes it."""
    import numpy

    if sum(part.values()) < SMALLEST_GROUP:
        return
    first, second = hidden_of_both(part, rest)
    both = may_show_both(sum(part.values()), sum(rest.values()))
    equations = [[1] * 4 + [0] * 4, *(_row([name], []) for name in NAMES if name not in first)]
    if both:
        equations += [[1] * 8, *(_row([name], [name]) for name in NAMES if name not in second)]
    _, sizes, space = numpy.linalg.svd(numpy.array(equations, dtype=float))
    free = space[int((sizes > 1e-9).sum()) :]
    cells = numpy.array([part[name] for name in NAMES] + [rest[name] for name in NAMES])
    for length in range(1, 9):
        for chosen in combinations(range(8), length):
            wanted = numpy.zeros(8)
            wanted[list(chosen)] = 1
            if cells @ wanted < SMALLEST_GROUP:
                assert not numpy.allclose(free @ wanted, 0), (part, rest, chosen)


def _row(part: list[str], rest: list[str]) -> list[int]:
    return [int(name in part) for name in NAMES] + [int(name in rest) for name in NAMES]
