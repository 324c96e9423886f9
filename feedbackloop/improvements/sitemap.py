"""What search engines read first: the list of all public pages, and where it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

from flask import Blueprint, Response

from feedbackloop.ambassadors import story_queries as stories
from feedbackloop.config import settings
from feedbackloop.core import links
from feedbackloop.improvements import queries
from feedbackloop.improvements.site import kept
from feedbackloop.reviews import lists
from feedbackloop.reviews import queries as reviews

MOST_ENTRIES = 15_000  # of 50,000 addresses that a sitemap may hold, in each language
_MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"

pages = Blueprint("sitemap", __name__)


@pages.get("/sitemap.xml")
def sitemap() -> Response:
    """Every public page in every language that it has."""
    ElementTree.register_namespace("", _MAP)
    ElementTree.register_namespace("xhtml", _XHTML)
    root = ElementTree.Element(f"{{{_MAP}}}urlset")
    for endpoint, slug, changed, locales in _pages():
        addresses = _addresses(endpoint, slug, locales)
        for address in addresses.values():
            url = ElementTree.SubElement(root, f"{{{_MAP}}}url")
            ElementTree.SubElement(url, f"{{{_MAP}}}loc").text = address
            if changed is not None:
                ElementTree.SubElement(url, f"{{{_MAP}}}lastmod").text = changed.astimezone(UTC).isoformat(
                    "T", "seconds"
                )
            for lang, other in addresses.items() if len(addresses) > 1 else ():
                ElementTree.SubElement(url, f"{{{_XHTML}}}link", rel="alternate", hreflang=lang, href=other)
    return kept(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True), "application/xml")


@pages.get("/robots.txt")
def robots() -> Response:
    """All may be read but what needs a sign-in. Pages behind a mailed link say themselves that they are no one's."""
    lines = ("User-agent: *", "Disallow: /staff/", f"Sitemap: {links.public('sitemap.sitemap')}", "")
    return kept("\n".join(lines), "text/plain")


def _pages() -> Iterator[tuple[str, str | None, datetime | None, list[str]]]:
    everywhere = list(settings().locales)
    entries = queries.public_pages(MOST_ENTRIES)
    yield "improvements.listing", None, max((changed for _slug, changed, _in in entries), default=None), everywhere
    yield "improvements.handling", None, None, everywhere
    own = reviews.own_destination()
    if (own is not None and own.active) or lists.public_page(None, 1):
        yield "reviews.own_page", None, None, everywhere
    yield "privacy", None, None, everywhere
    told = stories.public_pages(MOST_ENTRIES)
    if told:
        yield "stories.listing", None, max(changed for _slug, changed in told), everywhere
    for slug, changed in told:
        yield "stories.one", slug, changed, []  # its words are in one language, at one address
    for slug, changed, locales in entries:
        yield "improvements.entry", slug, changed, [one for one in everywhere if one in locales] or everywhere[:1]


def _addresses(endpoint: str, slug: str | None, locales: list[str]) -> dict[str, str]:
    """By language. Where the site or the page has but one, an address does not name it."""
    if not locales:
        return {"": links.public(endpoint, slug=slug)}
    if len(settings().locales) == 1:
        return {locales[0]: links.public(endpoint, slug=slug)}
    return {one: links.public(endpoint, slug=slug, lang=one) for one in locales}
