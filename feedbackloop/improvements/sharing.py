"""What a page of the log says of itself to search engines and networks: its address in each language, a description,
a picture, and the same as schema.org describes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from flask import Response
from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import heads, links, picture
from feedbackloop.core.errors import NotFound
from feedbackloop.core.heads import Head
from feedbackloop.improvements import entries, queries, rules, words
from feedbackloop.improvements.entries import Entry
from feedbackloop.improvements.site import asked_language, kept, locale, public

_HEADLINE = 110


def of_entry(entry: Entry, written_in: Collection[str]) -> Head:
    """An entry. Where it lacks the language of the page, its own address is that of the language it is in."""
    asked = asked_language()
    lang = asked if asked in written_in or not asked else entry.lang
    offered = [one for one in settings().locales if one in written_in]
    url = heads.address("improvements.entry", lang, slug=entry.slug)
    image = links.public("improvements.entry_picture", slug=entry.slug, lang=locale())
    description = heads.described(entry.did_plain)
    places = [(_("You said, we did"), links.public("improvements.listing")), (entry.said, url)]
    return Head(
        site=settings().organisation,
        title=entry.said,
        description=description,
        kind="article",
        url=url,
        languages=heads.in_languages("improvements.entry", offered, slug=entry.slug),
        image=image,
        image_words=f"{_('You said')}: {entry.said}",
        locale=heads.territory(entry.lang),
        structured=heads.structured([_article(entry, url, image, description), heads.trail(places)]),
    )


def of_list(shown: Sequence[Entry], *, whole: bool) -> Head:
    """The list; `whole` is False for a choice out of it, and for what is older."""
    url = heads.address("improvements.listing", asked_language())
    description = _(
        "Here you read what customers told us and what we did with it. Also where something is not possible."
    )
    about = {
        "@type": "CollectionPage",
        "@id": url,
        "url": url,
        "name": _("You said, we did"),
        "description": description,
        "inLanguage": locale(),
        "publisher": heads.organisation(),
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "url": one.url} for place, one in enumerate(shown, 1)
            ],
        },
    }
    return _standing(_("You said, we did"), description, "improvements.listing", about, whole=whole)


def of_page(title: str, description: str, endpoint: str) -> Head:
    """A page that says the same for everybody."""
    url = heads.address(endpoint, asked_language())
    about = {
        "@type": "WebPage",
        "@id": url,
        "url": url,
        "name": title,
        "description": description,
        "inLanguage": locale(),
        "publisher": heads.organisation(),
    }
    return _standing(title, description, endpoint, about)


@public.get("/improvements/picture.png")
def list_picture() -> Response:
    """The picture of the log as a whole."""
    card = picture.Card(
        accent=settings().accent,
        organisation=settings().organisation,
        said_label="",
        said=_("You said, we did"),
        did_label="",
        did=_("Here you read what customers told us and what we did with it. Also where something is not possible."),
        foot=heads.host(),
    )
    return kept(picture.png(card), "image/png")


@public.get("/improvements/<slug>/picture.png")
def entry_picture(slug: str) -> Response:
    """The picture of one improvement."""
    found = queries.by_slug(slug) if rules.is_slug(slug) else None
    if found is None or not found.public:
        raise NotFound
    entry = entries.entries([found], locale())[0]
    card = picture.Card(
        accent=settings().accent,
        organisation=settings().organisation,
        said_label=_("You said"),
        said=entry.said,
        did_label=_("We did"),
        did=" ".join(entry.did_plain.split()),
        foot=f"{words.STATUSES[entry.status]} · {heads.host()}",
    )
    return kept(picture.png(card), "image/png")


def _standing(title: str, description: str, endpoint: str, about: dict[str, Any], *, whole: bool = True) -> Head:
    image = links.public("improvements.list_picture", lang=locale())
    words_of_it = _("You said, we did")
    return heads.of_page(title, description, endpoint, about, image=image, image_words=words_of_it, whole=whole)


def _article(entry: Entry, url: str, image: str, description: str) -> dict[str, Any]:
    found = {
        "@type": "Article",
        "@id": url,
        "mainEntityOfPage": url,
        "headline": heads.shortened(entry.said, _HEADLINE),
        "description": description,
        "inLanguage": entry.lang,
        "datePublished": entry.published_at.isoformat(),
        "dateModified": max(entry.updated_at, entry.published_at).isoformat(),
        "author": heads.organisation(),
        "publisher": heads.organisation(),
        "image": image,
        "articleSection": entry.category,
    }
    return {name: value for name, value in found.items() if value is not None}
