"""Finds words of ours that stand in the wrong language."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from babel.messages.pofile import read_po

from tests.support.source import PACKAGE

_CATALOGUE = PACKAGE / "translations" / "nl" / "LC_MESSAGES" / "messages.po"


def foreign(text: str, locale: str, words: int = 3) -> list[str]:
    """Our sentences of the other language, of so many words or more, that stand in a text of this one."""
    flat = " ".join(text.split())
    found = _sentences("en" if locale == "nl" else "nl")
    return [said for said in found if said.count(" ") >= words - 1 and said in flat]


@cache
def _sentences(locale: str) -> tuple[str, ...]:
    """The parts of our sentences in this language that hold no value, where the languages differ."""
    with _CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="nl")
    found: set[str] = set()
    for message in catalogue:
        here, there = _texts(message.id), _texts(message.string)
        if locale == "nl":
            here, there = there, here
        elsewhere = " ".join(there)
        found.update(part for sentence in here for part in _parts(sentence) if part not in elsewhere)
    return tuple(sorted(found))


def _texts(said: Any) -> list[str]:
    """The singular and the plural, or the one sentence that there is."""
    return [one for one in ([said] if isinstance(said, str) else said) if one]


def _parts(sentence: str) -> list[str]:
    parts = re.split(r"%\(\w+\)\w|\{\w+\}", sentence)
    return [flat for part in parts if " " in (flat := " ".join(part.split()))]
