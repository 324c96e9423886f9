"""What a station says of its kept pages: their addresses, a bounded set, and the tables that change them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RoutingException

_KEY = "feedbackloop.kept_pages"
_LONGEST_QUERY = 300
_COLOUR = re.compile(r"#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_MOST_DIGITS = 18


class Values(NamedTuple):
    """What a query parameter may hold. `few`: so few values that each may be kept when it is first asked for."""

    takes: Callable[[str], bool]
    few: bool


def one_of(values: Iterable[str]) -> Values:
    """One of these, or nothing."""
    known = frozenset(("", *values))
    return Values(known.__contains__, True)


def up_to(most: int) -> Values:
    """A number from 1 to this."""
    return Values(lambda text: _is_number(text) and 1 <= int(text) <= most, True)


def row() -> Values:
    """The id of a row."""
    return Values(_is_number, False)


def colour() -> Values:
    return Values(lambda text: _COLOUR.fullmatch(text) is not None, False)


def words(longest: int) -> Values:
    """Any text of one line, such as a category."""
    return Values(lambda text: len(text) <= longest and text.isprintable() and "\ufffd" not in text, False)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and text[0] != "0"


@dataclass(frozen=True)
class Topic:
    """What changes some pages: rows of `tables` at once, and rows of `counted` a moment later.

    `counted` are tables that many transactions write to and of which pages show no more than numbers.
    """

    name: str
    tables: frozenset[str]
    counted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Page:
    """A kept page. `query` are the parameters it may be asked with; anything else goes to Flask."""

    endpoint: str
    topic: str
    query: Mapping[str, Values]


@dataclass
class Declared:
    """All that the stations said."""

    topics: dict[str, Topic] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    _starts: frozenset[str] | None = None

    def page_at(self, urls: Map, path: str) -> Page | None:
        """The kept page at this path."""
        if self._starts is None:
            rules = [rule for rule in urls.iter_rules() if rule.endpoint in self.pages]
            self._starts = frozenset(_start(rule.rule) for rule in rules)
        if _start(path) not in self._starts:
            return None
        try:
            endpoint, _values = urls.bind("localhost").match(path, "GET")
        except (HTTPException, RoutingException):
            return None
        return self.pages.get(endpoint)

    def topics_of(self, table: str) -> Iterable[tuple[Topic, bool]]:
        """The topics that a row of this table changes, and whether it only changes what they count."""
        for topic in self.topics.values():
            if table in topic.tables:
                yield topic, False
            elif table in topic.counted:
                yield topic, True


def declared(app: Flask) -> Declared:
    found: Declared = app.extensions.setdefault(_KEY, Declared())
    return found


def keep(app: Flask, topic: Topic, pages: Mapping[str, Mapping[str, Values]]) -> None:
    """The station's pages that are kept, by endpoint, each with what its query may hold; `topic` changes them all.

    A page is kept only where its answer is for everybody: status 200, `Cache-Control: public`, a strong ETag, no
    cookie, and a `Vary` of nothing but language, coding and origin.
    """
    found = declared(app)
    found.topics[topic.name] = topic
    found.pages.update({name: Page(name, topic.name, query) for name, query in pages.items()})


class Asked(Enum):
    """Whether a page is kept for this query, and whether it is one of few such."""

    NOT_KEPT = 0
    ONE_OF_FEW = 1
    ONE_OF_MANY = 2


def asked(page: Page, raw: str) -> Asked:
    """What this query is to the page. It has to be written as browsers write it, each parameter at most once."""
    if len(raw) > _LONGEST_QUERY:
        return Asked.NOT_KEPT
    few, names = True, set(page.query)
    for part in raw.split("&") if raw else ():
        name, equals, written = part.partition("=")
        if not equals or name not in names:
            return Asked.NOT_KEPT
        names.discard(name)
        value = unquote_plus(written)
        values = page.query[name]
        if written not in (quote_plus(value), quote(value, safe="")) or not values.takes(value):
            return Asked.NOT_KEPT
        few &= values.few
    return Asked.ONE_OF_FEW if few else Asked.ONE_OF_MANY


def _start(path: str) -> str:
    """The first part of a path, up to what a file's name ends in."""
    return path[1:].partition("/")[0].partition(".")[0]
