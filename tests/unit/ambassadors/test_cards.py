"""The cards that a process remembers: the same while their row is the same, few, and not for long."""

from __future__ import annotations

from time import monotonic
from typing import Any

import pytest

from feedbackloop.ambassadors import cards


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> cards._Remembered:
    monkeypatch.setattr(cards, "made", lambda row: list(row))
    return cards._Remembered()


def test_a_row_that_is_the_same_gives_the_same_card(made: cards._Remembered) -> None:
    first: Any = made.card((1, "Truus"))
    assert made.card((1, "Truus")) is first
    other: Any = made.card((1, None))
    assert other == [1, None]
    assert made.card((1, "Truus")) is not first


def test_only_so_many_are_kept(made: cards._Remembered) -> None:
    for number in range(cards._Remembered._MOST * 2 + 1):
        made.card((number,))
        assert len(made._kept) <= cards._Remembered._MOST


def test_none_is_kept_for_long(made: cards._Remembered, monkeypatch: pytest.MonkeyPatch) -> None:
    first: Any = made.card((1, "Truus"))
    made.card((2, "Piet"))
    later = monotonic() + cards._Remembered._SECONDS + 1
    monkeypatch.setattr(cards, "monotonic", lambda: later)
    made.card((3, "Jan"))
    assert list(made._kept) == [3]
    assert made.card((1, "Truus")) is not first
