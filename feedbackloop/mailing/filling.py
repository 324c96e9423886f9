"""A rendering with markers in it, cut into constants that are encoded already and holes that are filled for each mail.

In quoted-printable a hole stands between soft line breaks, so that no line grows over 76 octets whatever is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from feedbackloop.mailing.holes import NotTraceable, Source, Tracer, Values
from feedbackloop.mailing.message import quoted
from feedbackloop.mailing.tracing import Strange, attribute_of, html_of, plain

Body = Callable[[Values], bytes]
_Put = Callable[[Values], str]


class _Hole(NamedTuple):
    """A place for what `put` makes of the values. Holes with one `key` hold the same in each mail."""

    key: tuple[Any, ...]
    put: _Put


_TOKEN = re.compile(r"""(<[a-zA-Z/!](?:[^"'>]|"[^"]*"|'[^']*')*>)""")
_OPEN_ATTRIBUTE = re.compile(r"""([^\s"'<>=]+)="[^"]*\Z""")
_RAW = re.compile(r"<(style|script)\b")
# The inliner reads these: another value could lead to another style.
_STYLED = {"class", "id", "style"}
_SOFT, _HARD = b"=\r\n", b"\r\n"
# One line of quoted-printable without the character that ends it.
_ROOM = 75
_EQUALS = ord("=")


@dataclass(frozen=True)
class Form:
    """A mail with holes. Each part raises Strange, and whatever values raise that do not fit."""

    subject: _Put
    text: Body
    html: Body


def form(tracer: Tracer, subject: str, text: str, html: str) -> Form:
    """The form of this rendering. Raises NotTraceable."""
    return Form(
        subject=_subject(tracer.pieces(subject, escaped=False)),
        text=_body(_text_pieces(tracer, text)),
        html=_body(_html_pieces(tracer, html)),
    )


def encoded(text: str) -> bytes:
    """Quoted-printable of a value, to stand on lines of its own. Raises Strange for what mail has no place for."""
    raw = text.encode()
    if text.isascii() and text.isprintable():
        if b"=" in raw:
            raw = raw.replace(b"=", b"=3D")
        if len(raw) <= _ROOM:
            return raw
        if len(raw) < 2 * _ROOM - 2:
            # Never between an equals sign and its two digits.
            cut = _ROOM - 1 if raw[_ROOM - 1] == _EQUALS else _ROOM - 2 if raw[_ROOM - 2] == _EQUALS else _ROOM
            return raw[:cut] + _SOFT + raw[cut:]
        raw = text.encode()
    if "\r" in text or "\0" in text:
        raise Strange
    return _open_ended(raw)


def _open_ended(raw: bytes) -> bytes:
    """Quoted-printable whose last line has room for a soft line break, which must follow."""
    return quoted(raw + b"x")[:-1]


def _subject(pieces: Sequence[str | Source]) -> _Put:
    puts = [one if isinstance(one, str) else _text_put(one) for one in pieces]
    return lambda values: "".join([one if isinstance(one, str) else one(values) for one in puts]).strip()


def _text_put(source: Source) -> _Put:
    find = source.value

    def put(values: Values) -> str:
        value = find(values)
        return value if type(value) is str else plain(value)

    return put


def _text_pieces(tracer: Tracer, text: str) -> Iterator[str | _Hole]:
    """The pieces of a text that was stripped and ended with a line end: a value at its edge must not need that."""
    pieces = tracer.pieces(text, escaped=False)
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            yield piece
        else:
            put, edge = _text_put(piece), place in (0, len(pieces) - 2)
            yield _Hole((edge, piece.key), _at_edge(put) if edge else put)


def _at_edge(put: _Put) -> _Put:
    def put_stripped(values: Values) -> str:
        text = put(values)
        if not text or text != text.strip():
            raise Strange
        return text

    return put_stripped


def _html_pieces(tracer: Tracer, html: str) -> Iterator[str | _Hole]:
    """The pieces of finished HTML, each hole by the place where it stands."""
    raw = ""
    for token in _TOKEN.split(html):
        is_tag = _TOKEN.fullmatch(token) is not None
        if is_tag and (opened := _RAW.match(token)):
            raw = opened[1]
        elif raw and token.startswith(f"</{raw}"):
            raw = ""
        before = ""
        for piece in tracer.pieces(token, escaped=True):
            if isinstance(piece, str):
                before += piece
                yield piece
                continue
            attribute = _OPEN_ATTRIBUTE.search(before)
            if raw or (is_tag and (attribute is None or attribute[1].lower() in _STYLED)):
                raise NotTraceable("a value among styles, or where a tag is made")
            yield _Hole((is_tag, piece.key), attribute_of(piece) if is_tag else html_of(piece))


def _body(pieces: Iterable[str | _Hole]) -> Body:
    parts: list[bytes] = []
    places: dict[tuple[Any, ...], list[int]] = {}
    puts: dict[tuple[Any, ...], _Put] = {}
    merged = list(_merged(pieces))
    for number, piece in enumerate(merged):
        if isinstance(piece, str):
            raw = piece.replace("\r\n", "\n").replace("\r", "\n").encode()
            if b"\0" in raw:
                raise NotTraceable("a character that no mail can hold")
            last = number == len(merged) - 1
            constant = quoted(raw) if last else _open_ended(raw)
            if not last and not raw.endswith(b"\n"):
                constant += _SOFT
            parts.append(constant)
        else:
            places.setdefault(piece.key, []).append(len(parts))
            puts[piece.key] = piece.put
            parts += [b"", _SOFT]
    holes = [(puts[key], first, rest) for key, (first, *rest) in places.items()]

    def fill(values: Values) -> bytes:
        filled = parts.copy()
        for put, place, others in holes:
            text = put(values)
            # What most values are, without another call.
            if len(text) <= _ROOM and "=" not in text and text.isascii() and text.isprintable():
                raw = text.encode()
            else:
                raw = encoded(text)
            filled[place] = raw
            for other in others:
                filled[other] = raw
        return b"".join(filled)

    return fill


def _merged(pieces: Iterable[str | _Hole]) -> Iterator[str | _Hole]:
    constant = ""
    for piece in pieces:
        if isinstance(piece, str):
            constant += piece
            continue
        if constant:
            yield constant
        constant = ""
        yield piece
    if constant:
        yield constant
