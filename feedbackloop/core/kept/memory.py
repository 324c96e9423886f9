"""The kept pages of one process: rendered once for each change, and at most so many bytes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from werkzeug.http import remove_entity_headers

from feedbackloop.core.kept import negotiation

MOST_BYTES = 32 * 1024 * 1024
MOST_PAGES = 2_000
# What a page says about time ('of the past twelve months') is never older than this, whatever changed or did not.
OLDEST_S = 300.0
# After a page could not be rendered the old one is shown for a while before the next try.
_REST_S = 2.0
# Who finds nothing at all to show waits for the one who is rendering it.
_PATIENCE_S = 10.0
# Of addresses that can be made up without end, this many were asked for last; one asked for again is kept.
_REMEMBERED = 4_096

Headers = list[tuple[str, str]]


class Key(NamedTuple):
    """What a page depends on. `origin` is empty unless it is one that may read us."""

    path: str
    query: str
    locale: str
    origin: str


class Ready(NamedTuple):
    """An answer without its request id; `head` is the same as bytes, up to where the request id goes.

    `given` holds how often answers of this page and status were given.
    """

    status: str
    headers: Headers
    body: bytes
    head: bytes
    given: list[int]


@dataclass
class Form:
    """One coding of a page, as a whole and as 'you have it already'."""

    etag: str
    whole: Ready
    unchanged: Ready


@dataclass
class Kept:
    """A page that was rendered. `stamp` tells which changes it knows of."""

    endpoint: str
    topic: str
    forms: dict[str, Form]
    size: int
    stamp: object
    until: float
    renewing: bool = False
    used: bool = False
    retry_at: float = 0.0

    def answer(self, codings: tuple[str, ...], if_none_match: str | None) -> Ready:
        """The form for a client that takes these codings, the best first; a 304 where it has that form already."""
        forms = self.forms
        form = forms[negotiation.first_of(codings, forms)]
        if if_none_match is not None and negotiation.is_known(if_none_match, form.etag):
            return form.unchanged
        return form.whole


class Rendered(NamedTuple):
    """What Flask answered."""

    status: str
    headers: Headers
    body: bytes


@dataclass
class Memory:
    """The kept pages, and what is known of changes. Safe for threads.

    `reachable` is False while the database does not answer: then nothing is rendered that is there already.
    """

    most_bytes: int = MOST_BYTES
    most_pages: int = MOST_PAGES
    reachable: bool = True
    size: int = 0

    def __post_init__(self) -> None:
        self._pages: OrderedDict[Key, Kept] = OrderedDict()
        self._asked_once: OrderedDict[int, None] = OrderedDict()
        self._stamps: dict[str, object] = {}
        self._marks: dict[str, str] = {}
        self._first: dict[Key, threading.Event] = {}
        self._given: dict[tuple[str, str], list[int]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    def notice(self, topic: str, marks: Mapping[str, str]) -> None:
        """Takes the marks of a topic; what was rendered before one of them changed is rendered again when asked for."""
        with self._lock:
            if any(self._marks.get(name) != value for name, value in marks.items()):
                self._marks.update(marks)
                self._stamps[topic] = object()

    def differs(self, marks: Mapping[str, str]) -> bool:
        """Whether one of these marks is not known yet."""
        return any(self._marks.get(name) != value for name, value in marks.items())

    def at_hand(self, key: Key) -> Kept | None:
        """The page that may be answered at once: it is as new as it can be, or somebody is renewing it just now."""
        found = self._pages.get(key)
        if found is None:
            return None
        found.used = True
        now = time.monotonic()
        fresh = found.stamp is self._stamps.get(found.topic) and now < found.until
        if fresh or found.renewing or not self.reachable or now < found.retry_at:
            return found
        return None

    def note(self, answer: Ready) -> None:
        """Counts an answer, for the log."""
        with self._lock:
            answer.given[0] += 1

    def take_counts(self) -> list[tuple[str, str, int]]:
        """(endpoint, status, how many) since this was asked last."""
        found = []
        with self._lock:
            for (endpoint, status), given in self._given.items():
                if given[0]:
                    found.append((endpoint, status, given[0]))
                given[0] = 0
        return found

    def _counter(self, endpoint: str, status: str) -> list[int]:
        with self._lock:
            return self._given.setdefault((endpoint, status), [0])

    def was_asked_before(self, key: Key) -> bool:
        """Whether this address, one of very many, was asked for lately: only then it is worth keeping."""
        number = hash(key)
        with self._lock:
            known = number in self._asked_once
            self._asked_once[number] = None
            self._asked_once.move_to_end(number)
            if len(self._asked_once) > _REMEMBERED:
                self._asked_once.popitem(last=False)
        return known or key in self._pages

    def renew(self, key: Key, endpoint: str, topic: str, render: Callable[[], Rendered]) -> Kept | Rendered:
        """The page as it is now: rendered here, or by whoever began just before; the old one where that fails.

        What cannot be kept (an error, a page for one person) is given back as it came.
        """
        with self._lock:
            old, event = self._pages.get(key), self._first.get(key)
            if old is not None and old.renewing:
                return old
            if old is not None:
                old.renewing = True
            elif event is None:
                self._first[key] = threading.Event()
            stamp = self._stamps.get(topic)
        if old is None and event is not None:
            event.wait(_PATIENCE_S)
            return self._pages.get(key) or render()
        try:
            return self._rendered(key, endpoint, topic, stamp, old, render)
        finally:
            with self._lock:
                if old is not None:
                    old.renewing = False
                elif (mine := self._first.pop(key, None)) is not None:
                    mine.set()

    def _rendered(
        self, key: Key, endpoint: str, topic: str, stamp: object, old: Kept | None, render: Callable[[], Rendered]
    ) -> Kept | Rendered:
        found = render()
        forms = _forms(found, lambda status: self._counter(endpoint, status))
        if forms is not None:
            made = Kept(endpoint, topic, forms, _weight(forms), stamp, time.monotonic() + OLDEST_S)
            self._put(key, made)
            return made
        if old is not None and found.status.startswith("5"):
            old.retry_at = time.monotonic() + _REST_S
            return old
        self._drop(key)
        return found

    def _put(self, key: Key, page: Kept) -> None:
        with self._lock:
            self._forget(key)
            self._pages[key] = page
            self.size += page.size
            while self._pages and (self.size > self.most_bytes or len(self._pages) > self.most_pages):
                self._make_room()

    def _make_room(self) -> None:
        """The page that was rendered longest ago goes; one that was asked for since then gets a second turn."""
        for key, page in list(self._pages.items()):
            if not page.used:
                self._forget(key)
                return
            page.used = False
            self._pages.move_to_end(key)
        self._forget(next(iter(self._pages)))

    def _drop(self, key: Key) -> None:
        with self._lock:
            self._forget(key)

    def _forget(self, key: Key) -> None:
        gone = self._pages.pop(key, None)
        if gone is not None:
            self.size -= gone.size


def _weight(forms: Mapping[str, Form]) -> int:
    return sum(len(form.whole.body) + len(form.whole.head) + len(form.unchanged.head) for form in forms.values())


# Who makes an answer says these itself, for each one anew.
_OF_ONE_ANSWER = frozenset({"x-request-id", "date", "server", "connection", "content-length"})
_MAY_VARY = frozenset({"accept-language", "accept-encoding", "origin"})


def _forms(found: Rendered, counter: Callable[[str], list[int]]) -> dict[str, Form] | None:
    """The page in each coding; None where it is not for everybody."""
    values: dict[str, str] = {}
    for name, value in found.headers:
        values[name.lower()] = f"{values[name.lower()]}, {value}" if name.lower() in values else value
    varies = {one.strip().lower() for one in values.get("vary", "").split(",") if one.strip()}
    etag = values.get("etag", "")
    public = "public" in {one.strip().lower() for one in values.get("cache-control", "").split(",")}
    whole = found.status.startswith("200 ") and "content-encoding" not in values and "set-cookie" not in values
    if not (whole and public and etag.startswith('"') and varies <= _MAY_VARY):
        return None
    headers = [(name, value) for name, value in found.headers if name.lower() not in _OF_ONE_ANSWER]
    bodies = negotiation.coded(found.body, values.get("content-type", ""))
    if "accept-encoding" not in varies:
        bodies = {"": found.body}
    return {coding: _form(headers, etag, coding, body, counter) for coding, body in bodies.items()}


def _form(headers: Headers, etag: str, coding: str, body: bytes, counter: Callable[[str], list[int]]) -> Form:
    tag = negotiation.tag_for(etag, coding)
    own = [(name, tag if name.lower() == "etag" else value) for name, value in headers]
    if coding:
        own.append(("Content-Encoding", coding))
    bare = list(own)
    remove_entity_headers(bare)
    whole = [*own, ("Content-Length", str(len(body)))]
    return Form(tag, _ready("200 OK", whole, body, counter), _ready("304 NOT MODIFIED", bare, b"", counter))


def _ready(status: str, headers: Headers, body: bytes, counter: Callable[[str], list[int]]) -> Ready:
    lines: Iterable[str] = (f"{name}: {value}\r\n" for name, value in headers)
    head = f"HTTP/1.1 {status}\r\n{''.join(lines)}".encode("latin-1")
    return Ready(status, headers, body, head, counter(status))
