"""Amounts in euro, as people type them in either language."""

from __future__ import annotations

import pytest

from feedbackloop.core import money


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12", 1200),
        ("12,5", 1250),
        ("12.50", 1250),
        ("12,50", 1250),
        (" € 12,50 ", 1250),
        ("12,50 euro", 1250),
        ("eur 12.50", 1250),
        ("€\u00a01.234,50", 123450),
        ("1,234.5", 123450),
        ("1.234", 123400),
        ("1,234", 123400),
        ("1.234.567", None),
        ("0", 0),
        ("0,01", 1),
        ("100.000", 10_000_000),
        ("100.000,01", None),
        ("12,345.6.7", None),
        ("1.23.4", None),
        ("12,500,0", None),
        ("-5", None),
        ("1e3", None),
        ("", None),
        ("twaalf", None),
        ("12,", None),
        (",50", None),
        ("１２", None),
        ("12 50", None),
        ("nan", None),
        ("9" * 400, None),
    ],
)
def test_an_amount_is_read_in_cents_or_refused(text: str, cents: int | None) -> None:
    if cents is None:
        with pytest.raises(ValueError, match=r"amount|much"):
            money.cents(text)
    else:
        assert money.cents(text) == cents


def test_machines_read_it_with_a_point() -> None:
    assert money.plain(123450) == "1234.50"
    assert money.plain(1) == "0.01"
