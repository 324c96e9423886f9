"""What is public for other programs: Atom, JSON Feed 1.1, and JSON that stays inert in a page."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from feedbackloop.core import moments

ATOM = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# What XML 1.0 cannot hold, however it is written.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Feed:
    """What a feed says of itself. Addresses are absolute."""

    title: str
    author: str
    locale: str
    home: str
    address: str


@dataclass(frozen=True)
class Item:
    """One entry of a feed. `html` is made by us and safe; `lang` is the language of its words."""

    url: str
    lang: str
    title: str
    html: str
    published_at: datetime
    updated_at: datetime
    tags: tuple[str, ...] = ()


def atom(feed: Feed, entries: Sequence[Item]) -> bytes:
    """An Atom feed (RFC 4287). An entry is known by its address, whatever language it is shown in."""
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": feed.locale})
    _add(root, "id", feed.home)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(max((one.updated_at for one in entries), default=_NEVER)))
    _add(_add(root, "author"), "name", feed.author)
    _add(root, "link", rel="self", type="application/atom+xml", href=feed.address)
    _add(root, "link", rel="alternate", type="text/html", href=feed.home)
    for one in entries:
        item = _add(root, "entry", **{"xml:lang": one.lang})
        _add(item, "id", one.url)
        _add(item, "title", one.title)
        _add(item, "published", _moment(one.published_at))
        _add(item, "updated", _moment(one.updated_at))
        _add(item, "link", rel="alternate", type="text/html", href=one.url)
        for tag in one.tags:
            _add(item, "category", term=tag)
        _add(item, "content", one.html, type="html")
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def json_feed(feed: Feed, entries: Sequence[Item]) -> dict[str, Any]:
    """A JSON Feed, version 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.address,
        "language": feed.locale,
        "authors": [{"name": feed.author}],
        "items": [
            {
                "id": one.url,
                "url": one.url,
                "title": one.title,
                "content_html": one.html,
                "date_published": moments.show(one.published_at),
                "date_modified": moments.show(one.updated_at),
                "language": one.lang,
                **({"tags": list(one.tags)} if one.tags else {}),
            }
            for one in entries
        ],
    }


def written(found: dict[str, Any]) -> bytes:
    """JSON that stays inert wherever a page puts it: no character of it can end a script or begin a tag."""
    text = json.dumps(found, ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def _add(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, tag, {name: _NOT_XML.sub("", value) for name, value in attributes.items()})
    if text is not None:
        made.text = _NOT_XML.sub("", text)
    return made


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
