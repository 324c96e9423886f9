"""Which pages of stories are kept in memory, what their addresses may ask for, and which tables change them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from feedbackloop.config import settings
from feedbackloop.core.kept import pages
from feedbackloop.core.kept.pages import Topic, Values

TABLES = frozenset({"stories", "story_versions"})
# A consent that ends changes the row of the story that stands on it. Where words were taken from may change alone:
# an answer or a review takes them off within a minute.
COUNTED = frozenset({"answers", "reviews"})
_LONGEST_CATEGORY = 100
_LARGEST_LIMIT = 50


def _kept() -> Mapping[str, Mapping[str, Values]]:
    language = {name: pages.one_of(settings().locales) for name in ("lang", "locale")}
    category = {"category": pages.words(_LONGEST_CATEGORY)}
    some = {"limit": pages.up_to(_LARGEST_LIMIT)}
    looks = {"theme": pages.one_of(("auto", "light", "dark")), "accent": pages.colour()}
    return {
        "stories.listing": {**category, "after": pages.row(), **language},
        "stories.one": language,
        "stories.story_picture": language,
        "stories.list_picture": language,
        "stories.atom": language,
        "stories.json_feed": language,
        "stories.data": {**some, **category, **language},
        "stories.embed": {**some, **category, **looks, **language},
    }


def register(app: Flask) -> None:
    with app.app_context():
        pages.keep(app, Topic("stories", TABLES, COUNTED), _kept())
