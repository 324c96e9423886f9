"""Texts of staff with a few holes in them. Plain replacement: what staff write is never run as a template."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

# What may stand in a text to a person, and in one for everybody.
MAIL = ("greeting", "name", "number", "date", "handler", "organisation")
PUBLIC = ("organisation",)
ALLOWED: Mapping[str, tuple[str, ...]] = {"mail": MAIL, "public": PUBLIC}

# Between single braces. Doubled ones are nobody's hole, and stay as they are.
_HOLE = re.compile(r"(?<!\{)\{([A-Za-z_]+)\}(?!\})")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with these values in its holes; a value that holds braces itself is not looked into again."""
    return _HOLE.sub(lambda match: values.get(match[1], match[0]), text)


def unknown(text: str, allowed: Collection[str]) -> list[str]:
    """The names of holes that nothing is put into, each once."""
    return [one for one in holes(text) if one not in allowed]


def holes(text: str) -> list[str]:
    """The names that stand between braces, each once, in their order."""
    return list(dict.fromkeys(_HOLE.findall(text)))
