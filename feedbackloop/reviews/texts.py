"""What a text that invites people to write a review may not say. Words in, findings out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# How it steers: it names a figure or a kind of review; it asks on a condition; something is to be had for it.
STARS, CONDITION, REWARD = "stars", "condition", "reward"

_FELT = (
    r"(?:tevreden|blij|gelukkig|enthousiast|content|positief|geholpen|opgelost|goed bevallen|"
    r"happy|satisfied|pleased|glad|delighted|content|positive|helped|solved|enjoyed|liked)"
)
_NUMBER = r"(?:[1-5]|één|een|twee|drie|vier|vijf|one|two|three|four|five)"
_REVIEW = r"(?:reviews?|beoordeling(?:en)?|recensies?|ratings?|waardering(?:en)?)"

_STEERS: Mapping[str, tuple[str, ...]] = {
    STARS: (
        r"[★☆⭐🌟✮✯]",
        rf"\b{_NUMBER}[\s-]*(?:sterren|ster|stars?)\b",
        r"\b(?:sterren|stars)\b",
        rf"\b(?:goede|positieve|mooie|lovende|hoge|good|great|positive|nice|glowing|high|top)\s+{_REVIEW}\b",
        r"\b(?:hoogste|hoge|highest|full|top)\s+(?:cijfer|score|marks?|rating)\b",
        r"\b(?:beveel|raad)\b[^.?!]{0,40}\baan\b",
        r"\brecommend us\b",
    ),
    CONDITION: (
        rf"\b(?:als|indien|wanneer|mocht|was|waren|bent|is)\b[^.?!]{{0,40}}\b{_FELT}\b",
        rf"\b(?:if|when|in case|were|was|are|since|because)\b[^.?!]{{0,40}}\b{_FELT}\b",
        r"\b(?:omdat|nu)\s+u\b[^.?!]{0,30}\b(?:tevreden|blij|positief)\b",
        r"\b(?:ontevreden|niet tevreden|unhappy|not satisfied|dissatisfied)\b",
    ),
    REWARD: (
        r"\b(?:korting\w*|kortings\w*|cadeau\w*|geschenk\w*|(?:waarde|tegoed|kado|cadeau)?bon(?:nen)?|vouchers?|tegoed)\b",
        r"\b(?:beloning\w*|belonen|vergoeding\w*|prijsvraag|verlot\w+|loterij|spaarpunten|punten|gratis|winactie)\b",
        r"\b(?:maak|maakt)\s+(?:u\s+)?kans\b|\bkans op\b|\bwin(?:nen)?\b|\bals dank\b",
        r"\b(?:discounts?|coupons?|gift\s?cards?|gifts?|rewards?|prizes?|raffle|lottery|draw|refund|credits?|bonus)\b",
        r"\b(?:for free|free of charge|free (?:gift|shipping|coffee|product)|chance to|loyalty points|cash ?back)\b",
        r"[€$£]\s?\d|\b\d+\s?(?:euro|%)",
    ),
}
_PATTERNS = {kind: [re.compile(one, re.IGNORECASE) for one in patterns] for kind, patterns in _STEERS.items()}


@dataclass(frozen=True)
class Steering:
    """`kind` is stars, condition or reward; `words` what says so."""

    kind: str
    words: str


def steering(text: str) -> list[Steering]:
    """What in a text steers whom it invites, each once, in the order of the kinds; in Dutch and in English."""
    flat = " ".join(text.split())
    found = [
        Steering(kind, match[0].strip())
        for kind, patterns in _PATTERNS.items()
        for pattern in patterns
        for match in pattern.finditer(flat)
    ]
    return list(dict.fromkeys(found))
