"""What a page that embeds ours asks for. What is not understood falls back to its default, and is named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from feedbackloop.config import settings
from feedbackloop.core import brand
from feedbackloop.core.fields import row_id

USUAL, LARGEST = 5, 20
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Wishes:
    """`accent` is None for the organisation's own, `category` empty for all; `ignored` names what was left out."""

    limit: int
    category: str
    theme: str
    accent: str | None
    ignored: tuple[str, ...]


def read(asked: Mapping[str, str], categories: Collection[str], largest: int = LARGEST) -> Wishes:
    """What the address says, made fit to show. `categories` are those that something public has."""
    ignored: list[str] = []
    given = {name: asked.get(name, "").strip() for name in ("locale", "limit", "category", "theme", "accent")}
    if given["locale"] not in ("", *settings().locales):
        ignored.append("locale")
    wanted = row_id(given["limit"])
    if given["limit"] and (wanted is None or not 1 <= wanted <= largest):
        ignored.append("limit")
    category = given["category"]
    if category and category not in categories:
        ignored.append("category")
        category = ""
    theme = given["theme"] or "auto"
    if theme not in THEMES:
        ignored.append("theme")
        theme = "auto"
    accent = _accent(given["accent"])
    if given["accent"] and accent is None:
        ignored.append("accent")
    return Wishes(min(max(wanted or USUAL, 1), largest), category, theme, accent, tuple(ignored))


def _accent(given: str) -> str | None:
    try:
        return brand.parse(given if given.startswith("#") else f"#{given}") if given else None
    except ValueError:
        return None
