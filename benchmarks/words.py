"""What is in the mails: names with accents, and the Dutch and English complaints of the sample data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from feedbackloop.sample import content

FIRST = (
    "Zoë", "José", "Renée", "Chloë", "Frédérique", "Anneliese", "Łukasz", "Björn", "Daniël", "Noëlle", "Mátyás",
    "Aïcha", "Søren", "Joëlle", "François", "Jürgen", "Esmée", "Tomáš", "Inés", "Raphaël", "Gülşen", "Zsófia", "Willem",
)  # fmt: skip
LAST = (
    "Brouwer", "Çelik", "van den Berg", "Müller", "Núñez", "Ağaoğlu", "de Groot", "Dvořák", "Kőszegi", "Jansen",
    "Śliwińska", "Lefèvre", "Øvergård", "García", "Hoekstra", "Bakırcı", "van ’t Hoff", "Sjöberg", "Peeters",
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """What one complaint says, and the language it says it in."""

    locale: str
    subject: str
    summary: str
    description: str
    resolution: str
    prevention: str | None


@cache
def texts() -> tuple[Text, ...]:
    """The resolved complaints of the sample data, in an order that mixes the languages."""
    found = [
        Text(
            one["customer"]["locale"],
            one["subject"],
            one["summary"],
            one["description"],
            one["cycle"][0]["resolution"],
            one["cycle"][0].get("prevention"),
        )
        for one in content.read().complaints
        if one.get("cycle") and one["cycle"][0].get("resolution") and "description" in one
    ]
    return tuple(sorted(found, key=lambda text: text.resolution[::-1]))
