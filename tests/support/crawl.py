"""Walks through every page that a link leads to, as somebody who presses nothing."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.forms import forms_of, links_of

SIGN_IN = "/staff/sign-in"
NUMBER_OR_TOKEN = re.compile(r"/[\d]+(\.[\w-]+)?(?=/|$)")


@dataclass(frozen=True)
class Page:
    """What an address answered."""

    status: int
    mimetype: str
    text: str
    location: str = ""


class Visitor(Protocol):
    """Somebody with cookies."""

    base: str

    def get(self, url: str) -> Page: ...

    def post(self, url: str, data: dict[str, str]) -> Page: ...


class ClientVisitor:
    """Visits the app in this process."""

    def __init__(self, client: FlaskClient, base: str = "http://localhost") -> None:
        self.base = base
        self._client = client

    def get(self, url: str) -> Page:
        return self._page(self._client.get(url))

    def post(self, url: str, data: dict[str, str]) -> Page:
        return self._page(self._client.post(url, data=data))

    @staticmethod
    def _page(answer: TestResponse) -> Page:
        text = answer.get_data(as_text=True)
        return Page(answer.status_code, answer.mimetype or "", text, answer.headers.get("Location", ""))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_named: Any) -> None:
        return None


class HttpVisitor:
    """Visits a running instance."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), _Stay())

    def get(self, url: str) -> Page:
        return self._open(url, None)

    def post(self, url: str, data: dict[str, str]) -> Page:
        return self._open(url, urlencode(data).encode())

    def _open(self, url: str, data: bytes | None) -> Page:
        try:
            with self._opener.open(urljoin(self.base, url), data, timeout=30) as answer:
                return _page(answer.status, answer)
        except urllib.error.HTTPError as answer:
            with answer:
                return _page(answer.code, answer)


def _page(status: int, answer: Any) -> Page:
    mimetype = answer.headers.get_content_type()
    text = answer.read().decode("utf-8", "replace")
    return Page(status, mimetype, text, answer.headers.get("Location") or "")


@dataclass
class Walk:
    """What was seen: the status of each address, and the page that led there."""

    statuses: dict[str, int] = field(default_factory=dict)
    found_on: dict[str, str] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """Linked addresses that do not answer well: of those that differ only in a number or a token, the first."""
        wrong: dict[tuple[str, int], list[str]] = {}
        for url, status in self.statuses.items():
            if status >= 400:
                wrong.setdefault((_sort(url), status), []).append(url)
        return [
            f"{urls[0]} answers {status}, linked from {self.found_on[urls[0]]} ({len(urls)} like it)"
            for (_, status), urls in wrong.items()
        ]

    def saw(self, start: str) -> bool:
        """Whether an address that begins so answered with a page."""
        return any(url.startswith(start) and status == 200 for url, status in self.statuses.items())


def sign_in(visitor: Visitor, email: str, password: str) -> None:
    """Sign in as a person does."""
    (form,) = [form for form in forms_of(visitor.get(SIGN_IN).text) if form.method == "post"]
    answer = visitor.post(SIGN_IN, {**dict(form.fields), "email": email, "password": password})
    assert answer.status == 303, f"sign-in answers {answer.status}"


def sign_in_to_sample(visitor: Visitor, instance: Path) -> None:
    """Sign in with the account that the sample data of this instance made."""
    account = json.loads((instance / "sample-sign-in.json").read_text())
    sign_in(visitor, account["email"], account["password"])


def walk(visitor: Visitor, starts: Iterable[str], *, alike: int = 4, every: str = "/mailbox/") -> Walk:
    """Follow the links of this site from `starts`, each once.

    Of addresses that differ only in a number, a token or the values of their query, `alike` are enough,
    but for those that begin with `every`: of the mails each is read, because each kind has links of its own.
    """
    seen = Walk()
    sorts: Counter[str] = Counter()
    waiting = deque((start, "the start") for start in starts)
    while waiting:
        url, origin = waiting.popleft()
        if url in seen.statuses or (sorts[_sort(url)] >= alike and not url.startswith(every)):
            continue
        sorts[_sort(url)] += 1
        page = visitor.get(url)
        seen.statuses[url], seen.found_on[url] = page.status, origin
        links = [page.location] if page.location else links_of(page.text) if page.mimetype == "text/html" else []
        waiting.extend((inner, url) for link in links if (inner := _inner(visitor.base, url, link)))
    return seen


def _sort(url: str) -> str:
    parts = urlsplit(url)
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return NUMBER_OR_TOKEN.sub("/…", parts.path) + "?" + "&".join(names)


def _inner(base: str, url: str, link: str) -> str | None:
    """The address of a link without the host; None for another site's, and for what is no page at all."""
    parts = urlsplit(urldefrag(urljoin(urljoin(base, url), link))[0])
    if parts.scheme not in {"http", "https"} or parts.netloc != urlsplit(base).netloc:
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def wait_for_mail(visitor: Visitor, *, at_least: int, seconds: float = 30) -> list[str]:
    """Wait until the local mailbox holds so many messages and one second brought no more; their addresses."""
    deadline = time.monotonic() + seconds
    seen: list[str] = []
    while True:
        before, seen = seen, _messages(visitor)
        if len(seen) >= at_least and seen == before:
            return seen
        assert time.monotonic() < deadline, f"{len(seen)} of {at_least} messages within {seconds} s"
        time.sleep(1)


def _messages(visitor: Visitor) -> list[str]:
    links = links_of(visitor.get("/mailbox/").text)
    return list(dict.fromkeys(link for link in links if link.startswith("/mailbox/") and link != "/mailbox/"))
