"""A message as it came, read without trust: whatever is in it, reading ends and raises nothing but Unreadable."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from functools import cached_property
from html.parser import HTMLParser

LARGEST = 30 * 1024 * 1024
_MOST_PARTS = 200
_LONGEST_TEXT = 200_000
_LONGEST_HEADER = 20_000
_MOST_ADDRESSES = 50
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")
_SKIPPED = {"script", "style", "head", "title"}
_BREAKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "table", "blockquote"}
_QUOTING = re.compile(r"gmail_quote|moz-cite|yahoo_quoted|divRplyFwdMsg|appendonsend|protonmail_quote", re.IGNORECASE)


class Unreadable(Exception):
    """This can't be read as a message; `args[0]` is a code for why."""


class Mail:
    """One message. Texts come out as they can be kept: without control characters and half characters."""

    def __init__(self, message: Message) -> None:
        self.message = message

    def header(self, name: str) -> str:
        """The first header of this name, decoded, on one line; empty where there is none."""
        return _decoded(self.message.get(name))

    def has(self, name: str) -> bool:
        return name in self.message

    def addresses(self, *names: str) -> list[tuple[str, str]]:
        """(name, address) of everybody in these headers."""
        values = [str(value)[:_LONGEST_HEADER] for name in names for value in (self.message.get_all(name) or [])]
        # Taken apart before it is decoded: an encoded name may hold what looks like an address.
        found = getaddresses(values)[:_MOST_ADDRESSES] if values else []
        return [(_decoded(name), clean(address)) for name, address in found if "@" in address]

    @cached_property
    def parts(self) -> list[Message]:
        """Its parts, itself first; what it encloses as a message of its own is one part and is not opened."""
        found: list[Message] = []
        for part in _walk(self.message):
            found.append(part)
            if len(found) >= _MOST_PARTS:
                break
        return found

    def of_type(self, *types: str) -> list[Message]:
        return [part for part in self.parts if part.get_content_type() in types]

    @cached_property
    def text(self) -> str:
        """The words of the body: the text part, or the HTML one as text."""
        for wanted, read in (("text/plain", lambda said: said), ("text/html", _as_text)):
            said = [read(_content(part)) for part in self.of_type(wanted) if not part.get_filename()]
            if any(one.strip() for one in said):
                return "\n".join(said)[:_LONGEST_TEXT]
        return ""

    @cached_property
    def attachments(self) -> list[str]:
        """The names of the files that came with it."""
        named = [_decoded_raw(part.get_filename()) for part in self.parts]
        return [clean(name).replace("\n", " ")[:120] for name in named if name.strip()][:20]


def read(raw: bytes) -> Mail:
    """Raises Unreadable for what is too large, empty or nested without end."""
    if len(raw) > LARGEST:
        raise Unreadable("too_large")
    try:
        message = email.message_from_bytes(raw)
        mail = Mail(message)
        _ = mail.parts
    except (RecursionError, ValueError, LookupError, AssertionError, TypeError):
        raise Unreadable("not_a_message") from None
    if not message.keys():
        raise Unreadable("not_a_message")
    return mail


def clean(value: str) -> str:
    return _UNFIT.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _walk(message: Message, depth: int = 0) -> Iterator[Message]:
    yield message
    if message.is_multipart() and message.get_content_maintype() == "multipart" and depth < 20:
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _walk(part, depth + 1)


def _decoded(value: object) -> str:
    return " ".join(clean(_decoded_raw(value)).split())


def _decoded_raw(value: object) -> str:
    given = str(value or "")[:_LONGEST_HEADER]
    try:
        return str(make_header(decode_header(given)))
    except (HeaderParseError, LookupError, ValueError, UnicodeError):
        return given


def _content(part: Message) -> str:
    try:
        raw = part.get_payload(decode=True)
    except (ValueError, AssertionError):
        return ""
    if not isinstance(raw, bytes):
        return ""
    raw = raw[: 4 * _LONGEST_TEXT]
    try:
        return clean(raw.decode(part.get_content_charset() or "utf-8", "replace"))
    except (LookupError, ValueError):
        return clean(raw.decode("utf-8", "replace"))


class _Words(HTMLParser):
    """HTML as plain text; what mail programs mark as a quotation gets `>` in front."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipping += 1
        if tag in _BREAKS:
            self.said.append("\n")
        if any(value and _QUOTING.search(value) for name, value in attrs if name in ("class", "id")):
            self.said.append("\n-----Original message-----\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED and self._skipping:
            self._skipping -= 1
        if tag in _BREAKS - {"br"}:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.said.append(re.sub(r"\s+", " ", data))


def _as_text(markup: str) -> str:
    words = _Words()
    words.feed(markup[:_LONGEST_TEXT])
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
