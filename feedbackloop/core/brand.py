"""The organisation's one colour, made safe to read: as style sheet for pages and as literals for mail.

Any colour is allowed. Its hue is kept and its lightness moved (OKLCH: at most 0.48 on light, at least 0.78 on dark),
the same rule that tokens.css states for browsers that can do it themselves. What is returned here is checked as well:
each text colour has a contrast of at least 4.5:1 on every surface it may stand on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import lru_cache
from math import atan2, cos, hypot, sin

CONTRAST = 4.5

# The roles that do not follow the brand, as tokens.css has them; a test compares the two.
_NEUTRALS = {
    "light": {
        "bg": "#fbfaf7", "surface": "#ffffff", "sunken": "#f3f0ea", "ink": "#1d1b18", "ink-2": "#5b564e",
        "line": "#e0dbd1", "line-strong": "#857e72", "on-accent": "#ffffff",
        "good": "#1c6b3c", "good-soft": "#e4f1e7", "info": "#2a5d9c", "info-soft": "#e6eef8",
        "warn": "#855000", "warn-soft": "#fbeed6", "bad": "#b0261c", "bad-soft": "#fbe9e6", "focus": "#0b57d0",
    },
    "dark": {
        "bg": "#161513", "surface": "#1f1e1b", "sunken": "#282622", "ink": "#efece6", "ink-2": "#b5afa4",
        "line": "#3a3732", "line-strong": "#8d867a", "on-accent": "#11161c",
        "good": "#7cc794", "good-soft": "#1d3325", "info": "#93bdf0", "info-soft": "#1f2f44",
        "warn": "#e9b565", "warn-soft": "#3a2d17", "bad": "#f59a8e", "bad-soft": "#43221e", "focus": "#8ab4f8",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Accent:
    """One brand colour on one ground: `accent` for links and buttons, `strong` for hover, `soft` behind ink."""

    accent: str
    strong: str
    soft: str


@dataclass(frozen=True)
class Colours:
    """The literals that a mail needs on one ground. Each is `#rrggbb`."""

    bg: str
    surface: str
    sunken: str
    ink: str
    ink_2: str
    line: str
    line_strong: str
    accent: str
    accent_strong: str
    accent_soft: str
    on_accent: str


@dataclass(frozen=True)
class MailColours:
    light: Colours
    dark: Colours


def parse(colour: str) -> str:
    """`#abc` or `#aabbcc` in any case as `#aabbcc`. Raises ValueError for anything else."""
    text = colour.strip().lower()
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        text = "#" + "".join(2 * digit for digit in text[1:])
    if not re.fullmatch(r"#[0-9a-f]{6}", text):
        raise ValueError("no colour")
    return text


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2, 1 to 21, of two colours written as `#rrggbb`."""
    dim, bright = sorted((_luminance(one), _luminance(other)))
    return (bright + 0.05) / (dim + 0.05)


@lru_cache(maxsize=256)
def accents(colour: str) -> tuple[Accent, Accent]:
    """The accent for light and for dark ground. Raises ValueError where `colour` is none."""
    light, chroma, hue = _to_oklch(parse(colour))
    on_light, on_dark = _NEUTRALS["light"], _NEUTRALS["dark"]
    soft = _from_oklch(0.955, min(chroma, 0.02), hue)
    grounds = [on_light[name] for name in ("bg", "surface", "sunken", "on-accent")] + [soft]
    for_light = Accent(
        accent=_readable(min(light, 0.48), chroma, hue, grounds, -0.01),
        strong=_readable(min(light - 0.08, 0.4), chroma, hue, grounds, -0.01),
        soft=soft,
    )
    soft = _from_oklch(0.29, min(chroma, 0.03), hue)
    grounds = [on_dark[name] for name in ("bg", "surface", "sunken", "on-accent")] + [soft]
    for_dark = Accent(
        accent=_readable(max(light, 0.78), min(chroma, 0.11), hue, grounds, 0.01),
        strong=_readable(max(light, 0.86), min(chroma, 0.08), hue, grounds, 0.01),
        soft=soft,
    )
    return for_light, for_dark


@lru_cache(maxsize=256)
def mail_colours(accent: str) -> MailColours:
    """Every colour of a mail, for a light and for a dark reader. Raises ValueError where `accent` is none."""
    return MailColours(*(
        Colours(
            **{field.name: _NEUTRALS[ground][field.name.replace("_", "-")] for field in fields(Colours)
               if not field.name.startswith("accent")},
            accent=found.accent, accent_strong=found.strong, accent_soft=found.soft,
        )
        for ground, found in zip(("light", "dark"), accents(accent), strict=True)
    ))  # fmt: skip


def style_sheet(accent: str, theme: str = "auto") -> str:
    """What /brand.css holds. `theme` is `auto` (the reader's system decides), `light` or `dark`: then that ground holds
    whatever the system says, which the embed needs. Raises ValueError for another theme or no colour."""
    if theme not in ("auto", "light", "dark"):
        raise ValueError("no theme")
    brand = parse(accent)
    light, dark = accents(brand)
    if theme != "auto":
        roles = {**_NEUTRALS[theme], **_roles(light if theme == "light" else dark)}
        # It comes after tokens.css, so it also holds over what is said there for a dark system.
        return f":root {{ color-scheme: {theme}; --brand: {brand}; {_declared(roles)} }}\n"
    return (
        f":root {{ --brand: {brand}; }}\n"
        "@supports not (color: oklch(from red l c h)) {\n"
        f"  :root {{ {_declared(_roles(light))} }}\n"
        f"  @media (prefers-color-scheme: dark) {{ :root {{ {_declared(_roles(dark))} }} }}\n"
        "}\n"
    )


def _roles(found: Accent) -> dict[str, str]:
    return {"accent": found.accent, "accent-strong": found.strong, "accent-soft": found.soft}


def _declared(roles: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in roles.items())


def _readable(light: float, chroma: float, hue: float, grounds: list[str], step: float) -> str:
    """The colour at this lightness, or the first one further along `step` that is readable on all grounds."""
    while True:
        found = _from_oklch(min(max(light, 0), 1), chroma, hue)
        if light <= 0 or light >= 1 or all(contrast(found, ground) >= CONTRAST for ground in grounds):
            return found
        light += step


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)


def _luminance(colour: str) -> float:
    red, green, blue = _channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _to_oklch(colour: str) -> tuple[float, float, float]:
    """Lightness 0 to 1, chroma, hue in radians (Björn Ottosson's OKLab, as CSS Color 4 defines it)."""
    red, green, blue = _channels(colour)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, hypot(a, b), atan2(b, a)


def _from_oklch(light: float, chroma: float, hue: float) -> str:
    """The nearest colour that a screen has: lightness and hue stay, chroma gives way."""
    low, high = 0.0, chroma
    found = _to_linear(light, chroma, hue)
    if not _on_screen(found):
        for _ in range(24):
            middle = (low + high) / 2
            low, high = (middle, high) if _on_screen(_to_linear(light, middle, hue)) else (low, middle)
        found = _to_linear(light, low, hue)
    return "#" + "".join(f"{round(255 * _gamma(min(max(value, 0.0), 1.0))):02x}" for value in found)


def _to_linear(light: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * cos(hue), chroma * sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _on_screen(channels: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= value <= 1 + 1e-4 for value in channels)
