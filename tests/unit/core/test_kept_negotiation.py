"""Which form of a kept page a request gets."""

from __future__ import annotations

import gzip

import brotli
import pytest

from feedbackloop.core.kept import negotiation


@pytest.mark.parametrize(
    ("accept", "codings"),
    [
        ("", ()),
        ("gzip", ("gzip",)),
        ("gzip, deflate, br, zstd", ("br", "gzip")),
        ("GZIP;q=1.0, br;q=0.5", ("gzip", "br")),
        ("br;q=0, *", ("gzip",)),
        ("*", ("br", "gzip")),
        ("*;q=0", ()),
        ("identity", ()),
        ("identity, br;q=0.5", ()),
        ("identity;q=0.5, gzip;q=0.5", ("gzip",)),
        ("gzip;q=nothing", ()),
        ("gzip;q=0.000", ()),
        ("gzip ; q=0.8 , br", ("br", "gzip")),
        (";;,=,q", ()),
    ],
)
def test_a_coding_is_sent_to_who_takes_it(accept: str, codings: tuple[str, ...]) -> None:
    assert negotiation.preferred(accept) == codings


@pytest.mark.parametrize(
    ("if_none_match", "known"),
    [
        ('"a1"', True),
        ('W/"a1"', True),
        ('"b2", W/"a1"', True),
        ('"b2","a1"', True),
        ("*", True),
        (" * ", True),
        ('"a1-br"', False),
        ('"A1"', False),
        ("a1", False),
        ("", False),
        ('"b2"', False),
    ],
)
def test_a_tag_is_compared_weakly_wherever_it_stands(if_none_match: str, known: bool) -> None:
    assert negotiation.is_known(if_none_match, '"a1"') is known


def test_each_coding_has_a_strong_tag_of_its_own() -> None:
    tags = {negotiation.tag_for('"a1"', coding) for coding in ("", "gzip", "br")}
    assert len(tags) == 3
    assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


def test_every_coding_holds_the_same_words() -> None:
    body = b"<p>U zei, wij deden.</p>\n" * 100
    found = negotiation.coded(body, "text/html; charset=utf-8")
    assert (found[""], gzip.decompress(found["gzip"]), brotli.decompress(found["br"])) == (body, body, body)
    assert found == negotiation.coded(body, "text/html; charset=utf-8"), "the same bytes have the same tag"


@pytest.mark.parametrize("mimetype", ["application/atom+xml", "application/feed+json", "application/json", "text/css"])
def test_what_is_text_is_made_smaller(mimetype: str) -> None:
    assert set(negotiation.coded(b"tekst " * 100, mimetype)) == {"", "br", "gzip"}


@pytest.mark.parametrize(("body", "mimetype"), [(b"\0" * 1000, "image/png"), (b"kort", "text/html")])
def test_what_would_not_become_smaller_is_left(body: bytes, mimetype: str) -> None:
    assert negotiation.coded(body, mimetype) == {"": body}
