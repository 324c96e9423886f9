"""What a public page says of itself to search engines and networks: its address in each language, a description, a
picture, and the same as schema.org describes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from feedbackloop.config import settings
from feedbackloop.core import feeds, links
from feedbackloop.core.public_pages import asked_language, locale

_DESCRIPTION = 155
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


def of_page(
    title: str,
    description: str,
    endpoint: str,
    about: dict[str, Any],
    *,
    image: str,
    image_words: str,
    whole: bool = True,
) -> Head:
    """A page that has each language; `whole` is False for a choice out of a list, and for what is older."""
    return Head(
        site=settings().organisation,
        title=title,
        description=described(description),
        kind="website",
        url=address(endpoint, asked_language()) if whole else None,
        languages=in_languages(endpoint, settings().locales) if whole else [],
        image=image,
        image_words=image_words,
        locale=territory(locale()),
        structured=structured([about]) if whole else Markup(""),
    )


def address(endpoint: str, lang: str, **values: str) -> str:
    return links.public(endpoint, lang=lang or None, **values)


def in_languages(endpoint: str, offered: Collection[str], **values: str) -> list[tuple[str, str]]:
    """Nothing where there is only one language: then there is no choice to describe."""
    if len(offered) < 2:
        return []
    found = [(one, address(endpoint, one, **values)) for one in offered]
    return [*found, ("x-default", address(endpoint, "", **values))]


def territory(lang: str) -> str:
    return _TERRITORIES.get(lang, lang)


def organisation() -> dict[str, str]:
    return {"@type": "Organization", "name": settings().organisation, "url": settings().public_url}


def trail(places: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The way to a page: (name, address) of each page on it, itself the last."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": item}
            for number, (name, item) in enumerate(places, 1)
        ],
    }


def structured(found: Sequence[dict[str, Any]]) -> Markup:
    """It is data and no script: browsers run nothing of it, and no policy has to allow it."""
    data = feeds.written({"@context": "https://schema.org", "@graph": list(found)}).decode()
    return Markup('<script type="application/ld+json">%s</script>') % Markup(data)  # noqa: S704  # inert


def described(text: str) -> str:
    return shortened(text, _DESCRIPTION)


def shortened(text: str, most: int) -> str:
    """On one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rpartition(' ')[0] or line[: most - 1]}…"


def host() -> str:
    """The site's name as people write it."""
    return settings().public_url.partition("://")[2]
