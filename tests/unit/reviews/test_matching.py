"""Whose review on another site it may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedbackloop.reviews.matching import Choice, guess

WRITTEN = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def choice(number: int, name: str | None, days: float = 1) -> Choice:
    """Somebody who chose the site this many days before the review was written."""
    return Choice(number, 100 + number, name, WRITTEN - days * DAY)


MARLEEN, WIM = choice(1, "Marleen Osinga"), choice(2, "Wim de Boer")


@pytest.mark.parametrize(
    ("author", "choices", "expected"),
    [
        ("Marleen Osinga", [WIM, MARLEEN], (1, "same_name")),
        ("marleen  osinga", [MARLEEN], (1, "same_name")),
        ("Márleen Osinga", [MARLEEN], (1, "same_name")),
        ("Marleen", [WIM, MARLEEN], (1, "first_name")),
        ("Marleen O.", [MARLEEN, choice(3, "Marleen Bakker")], (1, "first_name")),
        ("M. Osinga", [MARLEEN, WIM], (1, "first_name")),
        ("Marleen", [MARLEEN, choice(3, "Marleen Bakker")], None),
        ("Marleen Bakker", [MARLEEN], None),
        ("M.", [MARLEEN], None),
        ("Boze klant", [MARLEEN], None),
        ("Piet", [MARLEEN], None),
        ("Marleen Osinga", [choice(1, None)], None),
        (None, [MARLEEN], (1, "only_choice")),
        ("", [MARLEEN], (1, "only_choice")),
        (None, [MARLEEN, WIM], None),
        (None, [choice(1, "Marleen Osinga", 5)], None),
        ("Marleen Osinga", [choice(1, "Marleen Osinga", 14)], (1, "same_name")),
        ("Marleen Osinga", [choice(1, "Marleen Osinga", 15)], None),
        ("Marleen Osinga", [choice(1, "Marleen Osinga", -1)], (1, "same_name")),
        ("Marleen Osinga", [choice(1, "Marleen Osinga", -2)], None),
        ("Marleen Osinga", [], None),
    ],
)
def test_a_guess_is_made_where_one_person_fits(
    author: str | None, choices: list[Choice], expected: tuple[int, str] | None
) -> None:
    found = guess(author, WRITTEN, choices)
    assert (found and (found.choice.invitation_id, found.reason)) == expected


def test_two_invitations_of_one_person_are_one_person() -> None:
    again = Choice(9, MARLEEN.customer_id, MARLEEN.name, MARLEEN.clicked_at + DAY / 2)
    found = guess("Marleen Osinga", WRITTEN, [MARLEEN, again])
    assert found is not None
    assert found.choice == MARLEEN
