"""Markdown of staff as safe HTML, and as plain words where there is no room for markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

# No headings, pictures or code: an entry stands among others, under one heading, without anything from elsewhere.
_READER = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["heading", "lheading", "image", "code", "fence", "backticks", "hr", "reference"]
)
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a"}
_SCHEMES = {"http", "https", "mailto"}
_MAIL_LOOK = {
    "p": {"class": "m-p m-ink"},
    "li": {"class": "m-did m-ink"},
    "a": {"class": "m-link"},
}


def html(text: str, *, framed: bool = False) -> Markup:
    """The text as HTML that is safe on any page. With `framed` its links lead the page around the frame."""
    return _clean(text, {"a": {"target": "_top"}} if framed else {})


def mail_html(text: str) -> Markup:
    """The text as HTML with the classes of mail, which become inline styles."""
    return _clean(text, _MAIL_LOOK)


def plain(text: str) -> str:
    """The words alone: paragraphs with an empty line between them, list items with a dash or their number."""
    return "\n\n".join(_blocks(_READER.parse(text))).strip()


def opening(text: str) -> tuple[str, str]:
    """The words of the first paragraph on one line, and the Markdown that follows it."""
    first = next((token.map for token in _READER.parse(text) if token.level == 0 and token.map), None)
    if first is None:
        return "", ""
    # Not splitlines(): it knows more ends of a line than Markdown does.
    lines = text.split("\n")
    words = plain("\n".join(lines[first[0] : first[1]]))
    return " ".join(words.split()), "\n".join(lines[first[1] :]).strip()


def beginning(text: str) -> tuple[str, bool]:
    """The Markdown of the first block, with the next one where it ends in a colon; and whether that is all of it."""
    ends = [token.map[1] for token in _READER.parse(text) if token.level == 0 and token.map]
    lines = text.split("\n")
    if not ends:
        return text, True
    take = ends[0]
    if len(ends) > 1 and plain("\n".join(lines[:take])).endswith(":"):
        take = next(end for end in ends if end > take)
    return "\n".join(lines[:take]).strip(), not "\n".join(lines[take:]).strip()


def _clean(text: str, looks: Mapping[str, Mapping[str, str]]) -> Markup:
    made = _rendered(text, tuple((tag, tuple(values.items())) for tag, values in looks.items()))
    return Markup(made)  # noqa: S704 - nh3 has sanitised it


@lru_cache(maxsize=512)
def _rendered(text: str, looks: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> str:
    return nh3.clean(
        _READER.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="nofollow noopener",
        set_tag_attribute_values={tag: dict(values) for tag, values in looks},
    ).strip()


def _blocks(tokens: list[Token]) -> Iterator[str]:
    marks: list[int | None] = []
    lines: list[str] = []
    item = ""
    for token in tokens:
        if token.type == "bullet_list_open":
            marks.append(None)
        elif token.type == "ordered_list_open":
            marks.append(int(token.attrGet("start") or 1))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            marks.pop()
            if not marks:
                yield "\n".join(lines)
                lines = []
        elif token.type == "list_item_open":
            item = f"{marks[-1]}. " if marks[-1] is not None else "- "
            if marks[-1] is not None:
                marks[-1] += 1
        elif token.type == "inline":
            words = _words(token)
            if marks:
                lines.append("  " * (len(marks) - 1) + item + words)
                item = "  "
            else:
                yield words


def _words(token: Token) -> str:
    parts: list[str] = []
    target = ""
    for child in token.children or []:
        if child.type == "link_open":
            target = str(child.attrGet("href") or "")
        elif child.type == "link_close":
            if target and target.removeprefix("mailto:") not in "".join(parts):
                parts.append(f" ({target.removeprefix('mailto:')})")
            target = ""
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        else:
            parts.append(child.content)
    return "".join(parts)
