"""What people typed stays text in a spreadsheet."""

from __future__ import annotations

import pytest

from feedbackloop.core import sheets


@pytest.mark.parametrize("typed", ["=1+1", "+31", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_becomes_text(typed: str) -> None:
    assert sheets.cell(typed) == f"'{typed}"


@pytest.mark.parametrize(("value", "shown"), [(None, ""), ("K-1", "K-1"), (12, "12"), ("a=b", "a=b")])
def test_other_values_stay_as_they_are(value: object, shown: str) -> None:
    assert sheets.cell(value) == shown
