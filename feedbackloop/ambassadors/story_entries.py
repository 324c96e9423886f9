"""A story as the public reads it: the same on the page, in the embed, in the feeds and in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_words as words
from feedbackloop.ambassadors.story_models import Story
from feedbackloop.ambassadors.story_rules import QUOTE
from feedbackloop.core import clock, links
from feedbackloop.core.text import shorten

_HEADING = 80


@dataclass(frozen=True)
class Entry:
    """`title` is None for a quote, whose `heading` is how it begins. `name` is what its person wants below it.

    `lang` is the language of the words; `by` says who speaks, in the language of the page.
    """

    id: int
    slug: str
    url: str
    lang: str
    kind: str
    own_words: bool
    title: str | None
    heading: str
    text: str
    html: Markup
    name: str | None
    by: str
    category: str | None
    published_at: datetime
    updated_at: datetime

    @property
    def is_quote(self) -> bool:
        return self.kind == QUOTE


def entries(stories: Sequence[Story]) -> list[Entry]:
    """These stories, each with its person's name only where they allow that at this moment."""
    allowed = queries.allowed([one.id for one in stories])
    return [entry(one, name=one.shown_name if "name" in allowed.get(one.id, ()) else None) for one in stories]


def entry(story: Story, *, name: str | None = None, title: str | None = None, text: str | None = None) -> Entry:
    """One story with this name, and with other words where they are given."""
    said = (story.text if text is None else text) or ""
    heading = (story.title if title is None else title) or None
    now = clock.now()
    return Entry(
        id=story.id,
        slug=story.slug,
        url=links.public("stories.one", slug=story.slug),
        lang=story.locale,
        kind=story.kind,
        own_words=story.own_words,
        title=heading,
        heading=heading or shorten(said, _HEADING),
        text=said,
        html=paragraphs(said),
        name=name,
        by=words.by(name, story.own_words),
        category=story.category,
        published_at=story.published_at or now,
        updated_at=max(story.updated_at, story.published_at or story.updated_at),
    )


def paragraphs(text: str) -> Markup:
    """Plain text as HTML: an empty line begins a paragraph, a line a line."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    lines = (Markup("<br>").join(escape(line) for line in part.split("\n")) for part in parts if part)
    return Markup("").join(Markup("<p>{}</p>").format(one) for one in lines)


def snippet(one: Entry) -> str:
    """The story as HTML for another site: a quotation that needs no style and no script, labelled as chosen by us."""
    heading = Markup("<p><strong>{}</strong></p>").format(one.title) if one.title else ""
    footer = Markup('<footer>{} · <a href="{}">{}</a></footer>').format(one.by, one.url, words.chosen())
    quoted = Markup('<blockquote cite="{}" lang="{}">{}{}{}</blockquote>')
    return str(quoted.format(one.url, one.lang, heading, one.html, footer))


def plain(one: Entry) -> str:
    """The story as text, with the same label."""
    parts = [one.title, f"‘{one.text}’" if one.is_quote else one.text, f"{one.by} · {words.chosen()}\n{one.url}"]
    return "\n\n".join(part for part in parts if part)
