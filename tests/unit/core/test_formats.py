"""Lines are broken as the standard library breaks them, whichever way is taken."""

from __future__ import annotations

import textwrap

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from feedbackloop.core import formats

words = st.text(st.sampled_from("aé-€ \t\u00a0🚲"), max_size=400) | st.text(max_size=200)


def expected(text: str, width: int, indent: str) -> str:
    lines = []
    for paragraph in text.strip().splitlines():
        lines += textwrap.wrap(
            paragraph,
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(lines)


@given(words, st.integers(min_value=1, max_value=70), st.sampled_from(["", "  "]))
def test_any_text_is_broken_as_textwrap_breaks_it(text: str, width: int, indent: str) -> None:
    assert formats.wrapped(text, width + len(indent), indent) == expected(text, width + len(indent), indent)


@pytest.mark.parametrize("text", ["", "   ", None])
def test_nothing_stays_nothing(text: str | None) -> None:
    assert formats.wrapped(text, 62, "  ") == ""
    assert formats.quoted("") == ""


def test_a_count_that_ended_says_so_in_every_language() -> None:
    app = Flask(__name__)
    Babel(app, default_locale="nl")
    with app.test_request_context():
        assert formats.number(formats.AtLeast(9_999)) == "9.999+"
        assert formats.number(9_999) == "9.999"
        assert formats.number(None) == ""
        assert str(formats.AtLeast(999)) == "999+"
