"""Answers kept pages before the framework is entered: a layer around `app.wsgi_app` for any WSGI server."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache, partial
from io import BytesIO
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from feedbackloop.config import Settings
from feedbackloop.core import logs, web
from feedbackloop.core.kept import marks
from feedbackloop.core.kept.memory import Kept, Key, Memory, Rendered
from feedbackloop.core.kept.negotiation import preferred
from feedbackloop.core.kept.pages import Asked, Page, asked, declared
from feedbackloop.core.kept.watching import Watcher

Environ = dict[str, Any]
Start = Callable[..., Any]
Wsgi = Callable[[Environ, Start], Iterable[bytes]]

# A request that brings one of these gets its answer from Flask: it may be another one, or it may be refused.
_NOT_PLAIN = (
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "HTTP_TRANSFER_ENCODING",
    "HTTP_RANGE",
    "HTTP_IF_RANGE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_EXPECT",
    "HTTP_UPGRADE",
)
# Our cookies are for staff pages alone. Who brings one here all the same is not answered from memory.
_OUR_COOKIES = "feedbackloop_"


class Front:
    """The product as servers call it. `memory` is this process's own; its watcher starts with the first request."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.memory = Memory()
        self.watcher: Watcher | None = None
        self._inner: Wsgi = app.wsgi_app
        self._declared = declared(app)
        self._starting = threading.Lock()
        self._locale = _locales(app.extensions["feedbackloop.settings"])
        self._own = _own_environ(app.extensions["feedbackloop.settings"])
        self._is_ours = lru_cache(maxsize=256)(partial(web.is_host, trusted=app.extensions["feedbackloop.hosts"]))
        self._origins = web.reading_origins(app.extensions["feedbackloop.settings"])

    def start(self) -> None:
        """Makes this process watch for changes. Called by the process that serves: no thread comes along in a fork."""
        with self._starting:
            if self.watcher is None:
                self.app.extensions[marks.MEMORY] = self.memory
                self.watcher = Watcher(self.app, self.memory)
                self.watcher.look()
                self.watcher.start()

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        key = self.key(environ)
        if key is None:
            return self._inner(environ, start_response)
        found = self.memory.at_hand(key)
        if found is None:
            if self.watcher is None:
                self.start()
            given = self._ask(key, environ)
            if given is None:
                return self._inner(environ, start_response)
            if isinstance(given, Rendered):
                start_response(given.status, given.headers)
                return [b"" if environ["REQUEST_METHOD"] == "HEAD" else given.body]
            found = given
        get = environ.get
        answer = found.answer(preferred(get("HTTP_ACCEPT_ENCODING", "")), get("HTTP_IF_NONE_MATCH"))
        self.memory.note(answer)
        start_response(answer.status, [*answer.headers, ("X-Request-ID", request_id(get("HTTP_X_REQUEST_ID")))])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]

    def key(self, environ: Mapping[str, Any]) -> Key | None:
        """What may be answered from memory, where this is a plain request for what anybody may see."""
        get = environ.get
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or get("SCRIPT_NAME"):
            return None
        for name in _NOT_PLAIN:
            if get(name):
                # A date beside a tag counts for nothing (RFC 9110, 13.1.3); a GET without a body has a length of 0.
                harmless = (name == "CONTENT_LENGTH" and get(name) == "0") or (
                    name == "HTTP_IF_MODIFIED_SINCE" and get("HTTP_IF_NONE_MATCH")
                )
                if not harmless:
                    return None
        if _OUR_COOKIES in get("HTTP_COOKIE", "") or not self._is_ours(get("HTTP_HOST", "")):
            return None
        origin = get("HTTP_ORIGIN", "")
        return Key(
            environ["PATH_INFO"],
            get("QUERY_STRING", ""),
            self._locale(get("HTTP_ACCEPT_LANGUAGE", "")),
            origin if origin in self._origins else "",
        )

    def _ask(self, key: Key, environ: Environ) -> Kept | Rendered | None:
        """The page, rendered by Flask for everybody; None where this address is not kept."""
        page = self._page(key)
        if page is None:
            return None
        return self.memory.renew(key, page.endpoint, page.topic, lambda: self._render(key, environ))

    def _page(self, key: Key) -> Page | None:
        page = self._declared.page_at(self.app.url_map, key.path)
        if page is None:
            return None
        kind = asked(page, key.query)
        if kind is Asked.NOT_KEPT or (kind is Asked.ONE_OF_MANY and not self.memory.was_asked_before(key)):
            return None
        return page

    def _render(self, key: Key, environ: Environ) -> Rendered:
        """What Flask answers to a request that says nothing but what is in the key."""
        own: Environ = {
            **self._own,
            "PATH_INFO": key.path,
            "QUERY_STRING": key.query,
            "HTTP_ACCEPT_LANGUAGE": key.locale,
            "wsgi.input": BytesIO(),
            "wsgi.errors": environ["wsgi.errors"],
        }
        if key.origin:
            own["HTTP_ORIGIN"] = key.origin
        if "HTTP_X_REQUEST_ID" in environ:
            own["HTTP_X_REQUEST_ID"] = environ["HTTP_X_REQUEST_ID"]
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _problem: Any = None) -> Callable[[bytes], object]:
            said.append((status, list(headers)))
            return lambda _part: None

        body = _whole(self._inner(own, start))
        status, headers = said[-1]
        return Rendered(status, headers, body)


def _whole(answer: Iterable[bytes]) -> bytes:
    try:
        return b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()


def _own_environ(found: Settings) -> Environ:
    """A request for our own address, by nobody."""
    base = urlsplit(found.public_url)
    port = base.port or (443 if base.scheme == "https" else 80)
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "SERVER_NAME": base.hostname or "",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": base.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": base.scheme,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _locales(found: Settings) -> Callable[[str], str]:
    """The language of a page by Accept-Language, as `web.select_locale` has it."""
    offered = found.locales

    @lru_cache(maxsize=1_024)
    def pick(header: str) -> str:
        wanted = parse_accept_header(header or None, LanguageAccept)
        return wanted.best_match(offered, offered[0]) or offered[0]

    return pick


def request_id(given: str | None) -> str:
    """The request's own id, or a new one. It only has to differ, so it costs no more than that."""
    if given and logs.is_request_id(given):
        return given
    return f"{_process_id()}{next(_counted):010x}"


_counted = count()


@cache
def _process_id() -> str:
    return f"{random.getrandbits(88):022x}"


os.register_at_fork(after_in_child=_process_id.cache_clear)
