"""Pages live under a policy without `unsafe-inline`, and every word in them can be translated."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from feedbackloop.core import paths
from tests.support.source import TEMPLATES, shown, templates

PAGES = [path for path in templates(".html") if "mail" not in path.relative_to(TEMPLATES).parts[:1]]
WORDED = list(templates(".html", ".txt"))
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)  # only parses

WORD = re.compile(r"[^\W\d_]{2,}")
SAME_IN_EVERY_LANGUAGE = {"feedbackloop", "CSAT", "NPS", "JSON", "Atom", "RSS", "CSV", "API", "nl", "en"}
ATTRIBUTE = re.compile(r"\{%-?\s*block (robots|\w*class)\b.*?endblock\b[^%]*%\}", re.DOTALL)
"""Blocks that the layout writes into an attribute: for machines."""
ATTRIBUTE = re.compile(r"""[\w:-]+=("[^"]*"|'[^']*')""")
SPOKEN_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
SILENT = {"script", "style", "code"}
HOLE = "\ufffc"
"""Stands for whatever Jinja puts in: an object-replacement character, which no template holds."""


@cache
def _blocks_in_attributes() -> frozenset[str]:
    """Blocks that a layout writes into an attribute, such as a class: what fills them is for machines."""
    opened = re.compile(r"""="[^"]*\{%-?\s*block (\w+)""")
    return frozenset(name for path in PAGES for name in opened.findall(path.read_text(encoding="utf-8")))


def _markup_without_jinja(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    for name in _blocks_in_attributes():
        text = re.sub(rf"\{{%-?\s*block {name}\b.*?endblock\b[^%]*%\}}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", HOLE, text, flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}", HOLE, text, flags=re.DOTALL)
    return re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL)


class _Reader(HTMLParser):
    """Notes what the policy forbids, and text that goes round gettext."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        place = f"line {self.getpos()[0]}: <{tag}>"
        if "style" in given:
            self.inline.append(f"{place} has a style attribute")
        self.inline += [f"{place} has {name}" for name in given if name.startswith("on")]
        self.inline += [f"{place} leads to a script" for value in given.values() if value.startswith("javascript:")]
        if tag == "script" and "src" not in given:
            self.inline.append(f"{place} holds its script")
        if tag == "style":
            self.inline.append(f"{place} holds its styles")
        self._silent += tag in SILENT
        for name in SPOKEN_ATTRIBUTES & set(given):
            self._hear(given[name])

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._hear(data)

    def _hear(self, text: str) -> None:
        # A macro may hold attributes only, for the tag of whoever calls it.
        if set(WORD.findall(ATTRIBUTE.sub("", text))) - SAME_IN_EVERY_LANGUAGE:
            self.words.append(f"line {self.getpos()[0]}: {' '.join(text.split())}")


def _read(path: Path) -> _Reader:
    reader = _Reader()
    reader.feed(_markup_without_jinja(path))
    reader.close()
    return reader


@pytest.mark.parametrize("path", PAGES, ids=shown)
def test_a_page_holds_no_style_and_no_script(path: Path) -> None:
    assert not _read(path).inline


@pytest.mark.parametrize("path", WORDED, ids=shown)
def test_every_word_goes_through_gettext(path: Path) -> None:
    assert not _read(path).words


@pytest.mark.parametrize("path", WORDED, ids=shown)
def test_a_template_imports_nothing_in_vain(path: Path) -> None:
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    imported = {
        name if isinstance(name, str) else name[1] for found in tree.find_all(nodes.FromImport) for name in found.names
    } | {found.target for found in tree.find_all(nodes.Import)}
    used = {found.name for found in tree.find_all(nodes.Name)}
    # A page may hand its imports on to the blocks of the page that extends it; then they are used there, not here.
    assert not imported - used, f"unused: {', '.join(sorted(imported - used))}"


@pytest.mark.parametrize("path", WORDED, ids=shown)
def test_a_template_extends_and_includes_what_exists(path: Path) -> None:
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    targets = [found.template for kind in kinds for found in tree.find_all(kind)]  # type: ignore[attr-defined]
    named = [target.value for target in targets if isinstance(target, nodes.Const)]
    missing = [name for name in named if not (paths.folder("templates") / name).is_file() and not _of_a_library(name)]
    assert not missing


def _of_a_library(name: str) -> bool:
    return name.startswith(("bootstrap5/", "base/", "bootstrap/"))


def test_the_guard_hears_and_sees() -> None:
    reader = _Reader()
    reader.feed('<p style="x" onclick="y">Some words</p><script>z</script><img alt="A picture">')
    reader.close()
    assert len(reader.inline) == 3
    assert len(reader.words) == 2
