"""What a page of the log says of itself to search engines and networks: its address in each language, a description,
a picture, and the same as schema.org describes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response
from flask_babel import gettext as _
from markupsafe import Markup

from feedbackloop.config import settings
from feedbackloop.core import links
from feedbackloop.core.errors import NotFound
from feedbackloop.improvements import entries, feeds, picture, queries, rules, words
from feedbackloop.improvements.entries import Entry
from feedbackloop.improvements.site import asked_language, kept, locale, public

_DESCRIPTION, _HEADLINE = 155, 110
_TERRITORIES = {"nl": "nl_NL", "en": "en_GB"}


@dataclass(frozen=True)
class Head:
    """`url` is None for a part of a list, which no search engine keeps. `languages`: (hreflang, address)."""

    site: str
    title: str
    description: str
    kind: str  # article, website
    url: str | None
    languages: Sequence[tuple[str, str]]
    image: str
    image_words: str
    locale: str
    structured: Markup


def of_entry(entry: Entry, written_in: Collection[str]) -> Head:
    """An entry. Where it lacks the language of the page, its own address is that of the language it is in."""
    asked = asked_language()
    lang = asked if asked in written_in or not asked else entry.lang
    offered = [one for one in settings().locales if one in written_in]
    url = _address("improvements.entry", lang, slug=entry.slug)
    image = links.public("improvements.entry_picture", slug=entry.slug, lang=locale())
    description = _shortened(entry.did_plain, _DESCRIPTION)
    return Head(
        site=settings().organisation,
        title=entry.said,
        description=description,
        kind="article",
        url=url,
        languages=_languages("improvements.entry", offered, slug=entry.slug),
        image=image,
        image_words=f"{_('You said')}: {entry.said}",
        locale=_TERRITORIES.get(entry.lang, entry.lang),
        structured=_structured([_article(entry, url, image, description), _trail(entry, url)]),
    )


def of_list(shown: Sequence[Entry], *, whole: bool) -> Head:
    """The list; `whole` is False for a choice out of it, and for what is older."""
    url = _address("improvements.listing", asked_language())
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
        "publisher": _organisation(),
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
    url = _address(endpoint, asked_language())
    about = {
        "@type": "WebPage",
        "@id": url,
        "url": url,
        "name": title,
        "description": description,
        "inLanguage": locale(),
        "publisher": _organisation(),
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
        foot=_host(),
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
        foot=f"{words.STATUSES[entry.status]} · {_host()}",
    )
    return kept(picture.png(card), "image/png")


def _standing(title: str, description: str, endpoint: str, about: dict[str, Any], *, whole: bool = True) -> Head:
    return Head(
        site=settings().organisation,
        title=title,
        description=_shortened(description, _DESCRIPTION),
        kind="website",
        url=_address(endpoint, asked_language()) if whole else None,
        languages=_languages(endpoint, settings().locales) if whole else [],
        image=links.public("improvements.list_picture", lang=locale()),
        image_words=_("You said, we did"),
        locale=_TERRITORIES.get(locale(), locale()),
        structured=_structured([about]) if whole else Markup(""),
    )


def _address(endpoint: str, lang: str, **values: str) -> str:
    return links.public(endpoint, lang=lang or None, **values)


def _languages(endpoint: str, offered: Collection[str], **values: str) -> list[tuple[str, str]]:
    """Nothing where there is only one language: then there is no choice to describe."""
    if len(offered) < 2:
        return []
    found = [(one, _address(endpoint, one, **values)) for one in offered]
    return [*found, ("x-default", _address(endpoint, "", **values))]


def _article(entry: Entry, url: str, image: str, description: str) -> dict[str, Any]:
    found = {
        "@type": "Article",
        "@id": url,
        "mainEntityOfPage": url,
        "headline": _shortened(entry.said, _HEADLINE),
        "description": description,
        "inLanguage": entry.lang,
        "datePublished": entry.published_at.isoformat(),
        "dateModified": max(entry.updated_at, entry.published_at).isoformat(),
        "author": _organisation(),
        "publisher": _organisation(),
        "image": image,
        "articleSection": entry.category,
    }
    return {name: value for name, value in found.items() if value is not None}


def _trail(entry: Entry, url: str) -> dict[str, Any]:
    places = [(_("You said, we did"), links.public("improvements.listing")), (entry.said, url)]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": item}
            for number, (name, item) in enumerate(places, 1)
        ],
    }


def _organisation() -> dict[str, str]:
    return {"@type": "Organization", "name": settings().organisation, "url": settings().public_url}


def _structured(found: Sequence[dict[str, Any]]) -> Markup:
    """It is data and no script: browsers run nothing of it, and no policy has to allow it."""
    data = feeds.written({"@context": "https://schema.org", "@graph": list(found)}).decode()
    return Markup('<script type="application/ld+json">%s</script>') % Markup(data)  # noqa: S704  # inert


def _shortened(text: str, most: int) -> str:
    """On one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rpartition(' ')[0] or line[: most - 1]}…"


def _host() -> str:
    return settings().public_url.partition("://")[2]
