"""What mail gateways do to links before the person sees them: they follow every one, and some press every button."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlencode, urljoin, urlsplit

from tests.support.forms import Form, forms_of

METHODS = ("OPTIONS", "HEAD", "GET")


@dataclass
class Gateway:
    """Visits pages of one site, `base`. `done` says what it did and what was answered."""

    base: str
    leaves_alone: str = ""
    """A pattern of paths whose buttons stay untouched: one-click opt-out is meant to act at once."""
    done: list[tuple[str, str, int]] = field(default_factory=list)

    def looks_at(self, links: Iterable[str]) -> None:
        """Sends OPTIONS, HEAD and GET to each link, then presses what stands on its page, choosing nothing."""
        for link in links:
            for method in METHODS:
                page, place = self._send(method, link)
            for form in forms_of(page):
                self._presses(place, form)

    def _presses(self, link: str, form: Form) -> None:
        target = urljoin(link, form.action) if form.action else link
        if self.leaves_alone and re.search(self.leaves_alone, urlsplit(target).path):
            return
        sent = urlencode(form.fields)
        if form.method == "post":
            self._send("POST", target, sent)
        else:
            self._send("GET", f"{target.partition('?')[0]}?{sent}")

    def _send(self, method: str, link: str, body: str | None = None, hops: int = 5) -> tuple[str, str]:
        """What was answered in the end, and where."""
        parts = urlsplit(link)
        assert link.startswith(self.base), f"{link} leads away from {self.base}"
        connection = HTTPConnection(urlsplit(self.base).netloc, timeout=30)
        try:
            headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
            answer: HTTPResponse = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        self.done.append((method, parts.path, answer.status))
        onward = answer.headers.get("Location")
        if onward and hops:
            return self._send("GET", urljoin(link, onward), None, hops - 1)
        return text, link
