"""What people type, made fit to keep: normalised, bounded, without characters that break what shows or sends it."""

from __future__ import annotations

import re
import unicodedata

# Everything below is refused in a name, an address or a subject. Line breaks and tabs may stand in longer text.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROLS_IN_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")


class TextProblem(ValueError):
    """The text cannot be kept. The message is an English sentence part: 'must be at most 200 characters'."""


def clean(value: str, *, limit: int, lines: bool = False) -> str:
    """The text in NFC, trimmed, without marks that turn the reading direction; line breaks as \\n where `lines`.

    Raises TextProblem for control characters, unpaired surrogates, and more than `limit` characters after NFC.
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise TextProblem("must not hold half characters") from None
    text = _BIDI.sub("", unicodedata.normalize("NFC", value))
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    if (_CONTROLS_IN_TEXT if lines else _CONTROLS).search(text):
        raise TextProblem("must not hold control characters")
    if len(text) > limit:
        raise TextProblem(f"must be at most {limit} characters")
    return text


def shorten(text: str, limit: int) -> str:
    """The first words of a text, with an ellipsis where something was left out."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    return flat[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def slug(text: str, most: int) -> str:
    """The first words of a text as a part of an address: ASCII letters, digits and single hyphens; empty for none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = ""
    for word in re.findall(r"[a-z0-9]+", plain.replace("'", "")):
        if found and len(found) + 1 + len(word) > most:
            break
        found = f"{found}-{word}" if found else word[:most]
    return found
