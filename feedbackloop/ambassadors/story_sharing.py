"""What a page of stories says of itself to search engines and networks, and the cards that pictures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from feedbackloop.ambassadors import story_words as words
from feedbackloop.ambassadors.story_entries import Entry
from feedbackloop.config import settings
from feedbackloop.core import heads, links, picture
from feedbackloop.core.heads import Head
from feedbackloop.core.public_pages import asked_language, locale


def title() -> str:
    return _("Stories of customers")


def lead() -> str:
    return _("We chose these stories ourselves. Who is in them agreed to the words, and can take that back.")


def of_list(shown: Sequence[Entry], *, whole: bool) -> Head:
    """The list; `whole` is False for a choice out of it, and for what is older."""
    url = heads.address("stories.listing", asked_language())
    about = {
        "@type": "CollectionPage",
        "@id": url,
        "url": url,
        "name": title(),
        "description": lead(),
        "inLanguage": locale(),
        "publisher": heads.organisation(),
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "url": one.url} for place, one in enumerate(shown, 1)
            ],
        },
    }
    image = links.public("stories.list_picture", lang=locale())
    return heads.of_page(title(), lead(), "stories.listing", about, image=image, image_words=title(), whole=whole)


def of_story(one: Entry) -> Head:
    """One story. It is in one language, whatever the page around it speaks."""
    url = links.public("stories.one", slug=one.slug)
    description = heads.described(f"{words.chosen()}: {one.text}")
    image = links.public("stories.story_picture", slug=one.slug, lang=locale())
    places = [(title(), links.public("stories.listing")), (one.heading, url)]
    return Head(
        site=settings().organisation,
        title=one.heading,
        description=description,
        kind="article",
        url=url,
        languages=[],
        image=image,
        image_words=f"{words.chosen()}: {one.heading}",
        locale=heads.territory(one.lang),
        structured=heads.structured([_quotation(one, url), heads.trail(places)]),
    )


def card(one: Entry) -> picture.Said:
    """What the picture of a story says: no more than the story does."""
    return picture.Said(
        accent=settings().accent,
        organisation=settings().organisation,
        label=words.chosen(),
        words=f"‘{one.text}’" if one.is_quote else one.text,
        by=one.by,
        foot=f"{heads.host()}/stories/",
    )


def list_card() -> picture.Card:
    return picture.Card(
        accent=settings().accent,
        organisation=settings().organisation,
        said_label=words.chosen(),
        said=title(),
        did_label="",
        did=lead(),
        foot=heads.host(),
    )


def _quotation(one: Entry, url: str) -> dict[str, Any]:
    """As schema.org has what somebody said. It is no Review: nothing here is rated, and we chose it."""
    found = {
        "@type": "Quotation" if one.is_quote else "Article",
        "@id": url,
        "headline": one.title,
        "text": one.text,
        "inLanguage": one.lang,
        "datePublished": one.published_at.isoformat(),
        "dateModified": one.updated_at.isoformat(),
        "publisher": heads.organisation(),
        "articleSection": one.category,
    }
    return {name: value for name, value in found.items() if value is not None}
