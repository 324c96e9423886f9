"""Which pages of the log are kept in memory, what their addresses may ask for, and which tables change them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from feedbackloop.ambassadors import story_keeping
from feedbackloop.config import settings
from feedbackloop.core.kept import pages
from feedbackloop.core.kept.pages import Topic, Values
from feedbackloop.extensions import Base
from feedbackloop.improvements import rules

_OURS = "improvement"
# Of these the pages show numbers: how many, how they ended, how many people stand behind an improvement.
COUNTED = frozenset({"complaints", "check_ins", "answers", "reviews"})
_LONGEST_CATEGORY = 100
_LARGEST_LIMIT = 50


def topic() -> Topic:
    """Every table of improvements; and what is counted."""
    own = frozenset(name for name in Base.metadata.tables if name.startswith(_OURS))
    return Topic("improvements", own, COUNTED)


def _kept() -> Mapping[str, Mapping[str, Values]]:
    language = {name: pages.one_of(settings().locales) for name in ("lang", "locale")}
    category = {"category": pages.words(_LONGEST_CATEGORY)}
    some = {"limit": pages.up_to(_LARGEST_LIMIT)}
    looks = {"theme": pages.one_of(("auto", "light", "dark")), "accent": pages.colour()}
    return {
        "improvements.listing": {
            **category,
            "status": pages.one_of(rules.STATUSES),
            "after": pages.row(),
            **language,
        },
        "improvements.entry": language,
        "improvements.handling": language,
        "improvements.list_picture": language,
        "improvements.entry_picture": language,
        "improvements.atom": language,
        "improvements.json_feed": language,
        "improvements.data": {**some, **category, **language},
        "improvements.embed": {**some, **category, **looks, **language},
        "improvements.embed_script": {},
    }


def register(app: Flask) -> None:
    with app.app_context():
        own = topic()
        pages.keep(app, own, _kept())
        # The list of all pages names those of stories too.
        everything = Topic("sitemap", own.tables | story_keeping.TABLES, own.counted | story_keeping.COUNTED)
        pages.keep(app, everything, {"sitemap.sitemap": {}, "sitemap.robots": {}})
