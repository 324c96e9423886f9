"""Any colour an organisation brings stays readable, on light and on dark ground."""

from __future__ import annotations

import re
from dataclasses import astuple
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedbackloop
from feedbackloop.core import brand

TOKENS = (Path(feedbackloop.__file__).parent / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
DEFAULT = "#2b5c8a"
GRID = [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in product(range(0, 256, 17), repeat=3)][::3]

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def tokens(block: str) -> dict[str, str]:
    """The literals that tokens.css declares on light or on dark ground, by name."""
    dark_from = TOKENS.index("@media (prefers-color-scheme: dark)")
    clamp_from = TOKENS.index("@supports (")
    text = TOKENS[:dark_from] if block == "light" else TOKENS[dark_from:clamp_from]
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", text))


def worst(colour: str) -> float:
    """The lowest contrast that this brand gives anywhere in a mail or on a page."""
    found = brand.mail_colours(colour)
    return min(
        brand.contrast(text, ground)
        for side in (found.light, found.dark)
        for text in (side.accent, side.accent_strong, side.ink, side.ink_2)
        for ground in (side.bg, side.surface, side.sunken, side.accent_soft)
    )


def test_every_colour_of_a_grid_is_readable_as_text() -> None:
    unreadable = {colour: worst(colour) for colour in GRID if worst(colour) < brand.CONTRAST}
    assert not unreadable


def test_every_colour_of_a_grid_carries_the_words_of_a_button() -> None:
    for colour in GRID:
        for side in (brand.mail_colours(colour).light, brand.mail_colours(colour).dark):
            assert brand.contrast(side.on_accent, side.accent) >= brand.CONTRAST, colour
            assert brand.contrast(side.on_accent, side.accent_strong) >= brand.CONTRAST, colour


@given(colours)
def test_any_colour_at_all_is_readable(colour: str) -> None:
    assert worst(colour) >= brand.CONTRAST


@given(colours)
def test_what_comes_out_is_a_colour(colour: str) -> None:
    found = brand.mail_colours(colour)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", one) for side in (found.light, found.dark) for one in astuple(side))


@pytest.mark.parametrize("colour", [DEFAULT, "#86430f", "#0b4f3a", "#5a1846"])
def test_a_colour_that_is_dark_enough_is_kept_on_light_ground(colour: str) -> None:
    assert brand.accents(colour)[0].accent == colour


@pytest.mark.parametrize(
    ("colour", "channel"),
    [("#ff0000", 0), ("#00ff00", 1), ("#0000ff", 2), ("#ffd5d5", 0), ("#d5ffd5", 1), ("#200000", 0)],
)
def test_the_hue_is_kept(colour: str, channel: int) -> None:
    for found in brand.accents(colour):
        channels = [int(found.accent[at : at + 2], 16) for at in (1, 3, 5)]
        assert channels[channel] == max(channels)


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#777777"])
def test_a_grey_stays_grey(colour: str) -> None:
    for found in brand.accents(colour):
        channels = [int(found.accent[at : at + 2], 16) for at in (1, 3, 5)]
        assert max(channels) - min(channels) <= 1


def test_contrast_is_the_one_of_wcag() -> None:
    assert brand.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert brand.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert brand.contrast("#123456", "#123456") == pytest.approx(1)


@pytest.mark.parametrize(("given_", "read"), [("#ABC", "#aabbcc"), (" #A8571B ", "#a8571b"), ("#a8571b", "#a8571b")])
def test_a_colour_is_read(given_: str, read: str) -> None:
    assert brand.parse(given_) == read


@pytest.mark.parametrize("text", ["", "red", "#12", "#12345g", "#1234567", "#a8571b;}", "rgb(1, 2, 3)", "# a8571b"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        brand.parse(text)
    with pytest.raises(ValueError):
        brand.style_sheet(text)


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_mail_and_pages_share_their_colours(ground: str) -> None:
    declared = tokens(ground)
    fixed = brand.style_sheet(DEFAULT, ground)
    served = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", fixed))
    del served["brand"]
    assert served == {name: value for name, value in declared.items() if name != "brand"}


def test_the_sheet_hands_the_brand_to_browsers_that_can_clamp_it() -> None:
    first = brand.style_sheet("#A8571B").splitlines()[0]
    assert first == ":root { --brand: #a8571b; }"


def test_the_sheet_has_literals_for_browsers_that_cannot() -> None:
    light, dark = brand.accents("#a8571b")
    _, _, older = brand.style_sheet("#a8571b").partition("@supports not")
    before_dark, _, after_dark = older.partition("prefers-color-scheme: dark")
    assert light.accent in before_dark
    assert light.soft in before_dark
    assert dark.accent in after_dark


def test_a_theme_of_the_embed_holds_on_any_system() -> None:
    sheet = brand.style_sheet("#a8571b", "dark")
    assert "color-scheme: dark;" in sheet
    assert "@media" not in sheet


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(ValueError):
        brand.style_sheet(DEFAULT, "sepia")
