"""Fills in a page's form as a person does: what the page holds goes along, the CSRF token too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

Value = str | Sequence[str]


@dataclass
class Form:
    """A form of a page: where it goes, and what it would send when nobody touched it."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._first_option: str | None = None
        self._chosen = False
        self._textarea: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        if self._open is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "button" and name:
            self._open.names.add(name)
        elif tag == "input" and name:
            self._input(self._open, name, given)
        elif tag == "textarea" and name:
            self._textarea, self._text = name, ""
        elif tag == "select" and name:
            self._select, self._first_option, self._chosen = name, None, False
            self._open.names.add(name)
        elif tag == "option" and self._select:
            value = given.get("value", "")
            self._first_option = value if self._first_option is None else self._first_option
            if "selected" in given:
                self._chosen = True
                self._open.fields.append((self._select, value))

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if self._open is None:
            return
        if tag == "textarea" and self._textarea is not None:
            self._open.names.add(self._textarea)
            self._open.fields.append((self._textarea, self._text.replace("\r\n", "\n").removeprefix("\n")))
            self._textarea = None
        elif tag == "select" and self._select is not None:
            if not self._chosen and self._first_option is not None:
                self._open.fields.append((self._select, self._first_option))
            self._select = None
        elif tag == "form":
            self._open = None

    @staticmethod
    def _input(form: Form, name: str, given: Mapping[str, str]) -> None:
        kind = given.get("type", "text").lower()
        form.names.add(name)
        if kind in {"checkbox", "radio"}:
            if "checked" in given:
                form.fields.append((name, given.get("value", "on")))
        elif kind not in {"submit", "button", "image", "reset", "file"}:
            form.fields.append((name, given.get("value", "")))


def forms_of(html: str) -> list[Form]:
    """Every form of the page, in order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"href", "src"} and value]


def links_of(html: str) -> list[str]:
    """Every address that the page leads to or fetches, as it is written there."""
    reader = _Links()
    reader.feed(html)
    return reader.found


def submit(client: FlaskClient, url: str, *, form: str | None = None, **filled: Value) -> TestResponse:
    """Open `url`, fill in its form and send it; the answer is not followed.

    `form` is a part of the form's action, where the page has several that post. A field that the form does not have is
    an error: a person could not have filled it in. A list stands for several values of one name.
    """
    page = client.get(url)
    assert page.status_code == 200, f"{url} answers {page.status_code}"
    found = [f for f in forms_of(page.text) if f.method == "post" and (form is None or form in f.action)]
    assert len(found) == 1, f"{url} has {len(found)} forms to post{f' to {form}' if form else ''}, not one"
    chosen = found[0]
    unknown = set(filled) - chosen.names
    assert not unknown, f"the form of {url} has no {', '.join(sorted(unknown))}, only {', '.join(sorted(chosen.names))}"
    data: dict[str, list[str]] = {}
    for name, value in chosen.fields:
        if name not in filled:
            data.setdefault(name, []).append(value)
    for name, wanted in filled.items():
        data[name] = [wanted] if isinstance(wanted, str) else list(wanted)
    target = urlsplit(urljoin(page.request.url, chosen.action))
    return client.post(target.path + (f"?{target.query}" if target.query else ""), data=data)
