"""Markdown becomes safe HTML and plain words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.improvements import markdown

ALLOWED = {"p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "a"}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](//evil.example/)",
    "[x](/relative)",
    "<a href='javascript:alert(1)'>x</a>",
    "<javascript:alert(1)>",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example" onmouseover="alert(1))',
    "![x](https://evil.example/pixel.png)",
    "<svg/onload=alert(1)>",
    "<iframe src=https://evil.example></iframe>",
    "</textarea><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "{{7*191}} {% raw %}",
    "[a]: javascript:alert(1)\n\n[a]",
]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def _tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = _Reader()
    reader.feed(text)
    return reader.tags


def _assert_safe(made: str) -> None:
    for tag, attributes in _tags(made):
        assert tag in ALLOWED
        assert set(attributes) <= {"href", "rel", "class", "target"}
        if attributes.get("href") is not None:
            assert re.match(r"(https?|mailto):", attributes["href"] or "")
        if tag == "a":
            assert attributes["rel"] == "nofollow noopener"


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_inert(attack: str) -> None:
    _assert_safe(str(markdown.html(attack)))
    _assert_safe(str(markdown.mail_html(attack)))
    _assert_safe(str(markdown.html(attack, framed=True)))


@given(st.text(alphabet="<>[]()!*_`#-+\"'&;:/ \nabjst", max_size=120))
def test_whatever_is_typed_is_inert(text: str) -> None:
    _assert_safe(str(markdown.html(text)))


def test_plain_markdown_keeps_its_meaning() -> None:
    made = str(markdown.html("Wij deden **dit**:\n\n- een\n- [twee](https://a.example/b)\n\n> zij zeiden"))
    tags = [tag for tag, _ in _tags(made)]
    assert tags == ["p", "strong", "ul", "li", "li", "a", "blockquote", "p"]


def test_links_of_a_frame_lead_out_of_it() -> None:
    assert _tags(str(markdown.html("<https://a.example>", framed=True)))[1][1]["target"] == "_top"


def test_the_words_alone_keep_lists_and_links() -> None:
    text = "Wij **deden** dit:\n\n- een [hier](https://a.example)\n- twee\n\n1. x\n2. y"
    assert markdown.plain(text) == "Wij deden dit:\n\n- een hier (https://a.example)\n- twee\n\n1. x\n2. y"


def test_the_opening_is_one_line_and_the_rest_follows() -> None:
    assert markdown.opening("De bus\nkwam **te laat**.\n\nElke dag.") == ("De bus kwam te laat.", "Elke dag.")
    assert markdown.opening("Alleen dit") == ("Alleen dit", "")
    assert markdown.opening("Een \u2028 regel.\n\nRest.") == ("Een regel.", "Rest.")
    assert markdown.opening("") == ("", "")


def test_the_beginning_holds_a_list_that_was_announced() -> None:
    assert markdown.beginning("Dit werkte:\n\n- a\n- b\n\nEn meer.") == ("Dit werkte:\n\n- a\n- b", False)
    assert markdown.beginning("Eerst dit.\n\nDan dat.") == ("Eerst dit.", False)
    assert markdown.beginning("Alleen dit.") == ("Alleen dit.", True)
