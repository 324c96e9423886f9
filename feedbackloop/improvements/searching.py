"""Words that visitors look for in the public log. Small letters, capitals and accents count as the same.

Both databases answer alike because neither is asked: the texts of the newest entries are compared here. They are kept,
folded, for as long as an entry stays the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from sqlalchemy import Select, select

from feedbackloop.extensions import db
from feedbackloop.improvements import markdown, queries
from feedbackloop.improvements.models import Improvement

LONGEST, MOST_WORDS, MOST_ENTRIES = 100, 8, 2000

_Folded = dict[int, tuple[tuple[int, datetime], str]]


def words_of(asked: str) -> list[str] | None:
    """The words to look for; None where that is more than a search can be."""
    found = folded(asked).split()
    return found if len(asked) <= LONGEST and len(found) <= MOST_WORDS else None


def matching(words: Sequence[str]) -> list[int]:
    """The public entries in which each of these words stands, in any language, among the newest MOST_ENTRIES."""
    known: _Folded = current_app.extensions.get("feedbackloop.searched", {})
    standing = {row.id: (row.version, row.updated_at) for row in db.session.execute(_newest())}
    kept = {key: known[key] for key, state in standing.items() if key in known and known[key][0] == state}
    for improvement in queries.by_ids([key for key in standing if key not in kept]).values():
        kept[improvement.id] = (standing[improvement.id], _text(improvement))
    current_app.extensions["feedbackloop.searched"] = kept
    return [key for key, (_state, text) in kept.items() if all(word in text for word in words)]


def folded(text: str) -> str:
    """Without accents and capitals: 'Één café' and 'een CAFE' are the same."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def _newest() -> Select[int, int, datetime]:
    columns = select(Improvement.id, Improvement.version, Improvement.updated_at).where(queries.PUBLIC)
    return columns.order_by(Improvement.news_at.desc(), Improvement.id.desc()).limit(MOST_ENTRIES)


def _text(improvement: Improvement) -> str:
    parts = [improvement.category or ""]
    for one in improvement.texts:
        parts += [markdown.plain(one.you_said), markdown.plain(one.we_did)]
    return folded("\n".join(parts))
