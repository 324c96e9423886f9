"""Which form of a kept page a request gets: its coding, and whether the client has it already. Values in and out."""

from __future__ import annotations

import gzip
import re
from collections.abc import Container, Sequence
from functools import lru_cache

import brotli

# The best first, where a client likes them equally.
CODINGS = ("br", "gzip")
# A page is compressed again after each change: somewhat larger costs less than a tenth of a second of computing.
_BROTLI_QUALITY = 6
_GZIP_LEVEL = 7
_SMALLEST = 256
_TEXT = re.compile(r"text/|application/(?:[\w.+-]*\+)?(?:json|xml)\b|image/svg\+xml")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


@lru_cache(maxsize=512)
def preferred(accept: str) -> tuple[str, ...]:
    """The codings that an Accept-Encoding takes, the best first; not compressed at all is what is left."""
    wanted: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, rest = part.partition(";")
        wanted[name.strip()] = _weight(rest)
    every = wanted.get("*", 0.0)
    plain = wanted.get("identity", 0.0)
    weights = {name: wanted.get(name, every) for name in CODINGS}
    taken = [name for name in CODINGS if weights[name] > 0 and weights[name] >= plain]
    return tuple(sorted(taken, key=lambda name: -weights[name]))


def _weight(given: str) -> float:
    name, _, value = given.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether an If-None-Match names this representation: `*`, or a list of tags, which compare weakly."""
    if if_none_match == etag or if_none_match.strip() == "*":
        return True
    return any(match[1] == etag for match in _TAG.finditer(if_none_match))


def tag_for(etag: str, coding: str) -> str:
    """The strong tag of a coded form: other bytes, another tag."""
    return f'{etag[:-1]}-{coding}"' if coding else etag


def coded(body: bytes, mimetype: str) -> dict[str, bytes]:
    """The body by coding, `""` as it is; only what becomes smaller is there."""
    found = {"": body}
    if len(body) < _SMALLEST or not _TEXT.match(mimetype):
        return found
    for name, smaller in (
        ("br", brotli.compress(body, quality=_BROTLI_QUALITY)),
        ("gzip", gzip.compress(body, _GZIP_LEVEL, mtime=0)),
    ):
        if len(smaller) < len(body):
            found[name] = smaller
    return found


def first_of(wanted: Sequence[str], present: Container[str]) -> str:
    """The first coding that is wanted and there; `""` where none is."""
    for one in wanted:
        if one in present:
            return one
    return ""
