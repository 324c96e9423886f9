"""Pictures of words in the brand's colours, as PNG: the two voices of the log, and what somebody said."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING

from feedbackloop.core import brand

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT = 1200, 630
_MARGIN, _EDGE = 72, 20
_FONTS = {
    "voice": ("font_source_serif_pro", "SourceSerifPro-Regular.ttf"),
    "own": ("font_source_sans_pro", "SourceSansPro-Regular.ttf"),
    "strong": ("font_source_sans_pro", "SourceSansPro-Semibold.ttf"),
}
_SAID_SIZES, _SAID_LINES, _SMALLEST_LINES = (72, 64, 56, 50, 44), 2, 3
_DID_SIZE, _DID_LINES = 36, 2
# What somebody said has the room from here to there, in the largest of these sizes that holds all of it.
_WORDS_SIZES, _WORDS_TOP, _WORDS_END = (64, 56, 50, 44, 38, 33, 29), 190, HEIGHT - 168
# More letters than any picture has room for.
_LONGEST = 600
# Beyond these the fonts have no letters, and a picture would show boxes.
_LAST_LETTER, _SIGNS = 0x052F, range(0x2010, 0x20D0)


@dataclass(frozen=True)
class Card:
    """The words of a picture: above, in the voice of whoever complained, in ours, and at the foot."""

    accent: str
    organisation: str
    said_label: str
    said: str
    did_label: str
    did: str
    foot: str


@dataclass(frozen=True)
class Said:
    """What one person said: how it was chosen, their words, who they are, and where it stands."""

    accent: str
    organisation: str
    label: str
    words: str
    by: str
    foot: str


@lru_cache(maxsize=64)
def png(card: Card) -> bytes:
    """The picture; the same words give the same bytes."""
    image, draw, colours = _begun(card.accent, card.organisation)
    y = _labelled(draw, 138, card.said_label, colours.ink_2)
    size, lines = _fitted(card.said)
    y = _lines(draw, y, lines, "voice", size, colours.ink)
    if card.did:
        y = _labelled(draw, max(y + 34, 372), card.did_label, colours.ink_2)
        font = _font("own", _DID_SIZE)
        _lines(draw, y, _broken(card.did, font, _DID_LINES), "own", _DID_SIZE, colours.ink)
    return _ended(image, draw, colours, card.foot)


@lru_cache(maxsize=64)
def said_png(card: Said) -> bytes:
    """The picture of what one person said; what has no room is left out at the end, between words, with dots."""
    image, draw, colours = _begun(card.accent, card.organisation)
    _labelled(draw, 138, card.label, colours.ink_2)
    size, lines = _filled(card.words)
    _lines(draw, _WORDS_TOP, lines, "voice", size, colours.ink)
    draw.text((_MARGIN, HEIGHT - 136), _line(card.by, _font("own", 34)), colours.ink, _font("own", 34))
    return _ended(image, draw, colours, card.foot)


def _begun(accent: str, organisation: str) -> tuple[Image, ImageDraw, brand.Colours]:
    # Taken up here: most processes never draw.
    from PIL import Image, ImageDraw

    colours = brand.mail_colours(accent).light
    image = Image.new("RGB", (WIDTH, HEIGHT), colours.bg)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, _EDGE - 1, HEIGHT), fill=colours.accent)
    draw.text((_MARGIN, 52), _line(organisation, _font("strong", 34)), colours.ink, _font("strong", 34))
    return image, draw, colours


def _ended(image: Image, draw: ImageDraw, colours: brand.Colours, foot: str) -> bytes:
    draw.text((_MARGIN, HEIGHT - 76), _line(foot, _font("strong", 30)), colours.accent, _font("strong", 30))
    written = BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _filled(text: str) -> tuple[int, list[str]]:
    """The largest size in which all of it has room; in the smallest one whole words, as many as there is room for."""
    words = drawable(text)
    for size in _WORDS_SIZES:
        most = (_WORDS_END - _WORDS_TOP) // round(size * 1.25)
        lines = list(islice(_wrapped(words, _font("voice", size)), most + 1))
        if len(lines) <= most:
            return size, lines
    while len(lines) > most:
        words = words.removesuffix("…").rstrip().rpartition(" ")[0].rstrip(" .,;:–-") + "…"
        lines = list(islice(_wrapped(words, _font("voice", size)), most + 1))
    return size, lines


def drawable(text: str) -> str:
    """The text on one line, without what the fonts cannot draw."""
    kept = (one for one in text if ord(one) <= _LAST_LETTER or ord(one) in _SIGNS)
    return " ".join("".join(one if one.isprintable() else " " for one in kept).split())


def _labelled(draw: ImageDraw, y: int, label: str, colour: str) -> int:
    draw.text((_MARGIN, y), label, colour, _font("strong", 28))
    return y + 40


def _lines(draw: ImageDraw, y: int, lines: list[str], face: str, size: int, colour: str) -> int:
    for line in lines:
        draw.text((_MARGIN, y), line, colour, _font(face, size))
        y += round(size * 1.25)
    return y


def _fitted(text: str) -> tuple[int, list[str]]:
    """The largest size in which it has two lines; in the smallest one three, cut where it is longer still."""
    for size in _SAID_SIZES[:-1]:
        lines = _first(text, _font("voice", size), _SAID_LINES + 1)
        if len(lines) <= _SAID_LINES:
            return size, lines
    return _SAID_SIZES[-1], _broken(text, _font("voice", _SAID_SIZES[-1]), _SMALLEST_LINES)


def _broken(text: str, font: FreeTypeFont, most: int) -> list[str]:
    """At most so many lines; the last one ends in dots where something is left out."""
    lines = _first(text, font, most + 1)
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], _line(f"{lines[most - 1]} {lines[most]}", font)]


def _line(text: str, font: FreeTypeFont) -> str:
    text = drawable(text)[:_LONGEST]
    if font.getlength(text) <= _room():
        return text
    while text and font.getlength(f"{text}…") > _room():
        text = text[:-1].rstrip(" .,;:–-")
    return f"{text}…"


def _first(text: str, font: FreeTypeFont, most: int) -> list[str]:
    """The lines of a text, so many of them: what comes after is not measured."""
    return list(islice(_wrapped(drawable(text)[:_LONGEST], font), most))


def _wrapped(text: str, font: FreeTypeFont) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if font.getlength(joined) <= _room():
            line = joined
            continue
        if line:
            yield line
        line = word
        while font.getlength(line) > _room():
            lengths = range(1, len(line) + 1)
            fits = max(1, bisect_right(lengths, _room(), key=lambda n: ceil(font.getlength(line[:n]))))
            yield line[:fits]
            line = line[fits:]
    yield line


def _room() -> int:
    return WIDTH - 2 * _MARGIN


@cache
def _font(face: str, size: int) -> FreeTypeFont:
    from PIL import ImageFont

    package, name = _FONTS[face]
    return ImageFont.truetype(BytesIO((files(package) / "files" / name).read_bytes()), size)
