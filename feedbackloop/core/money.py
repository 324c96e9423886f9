"""Amounts in euro: read as people type them in either language, kept as whole cents, written in the page's language."""

from __future__ import annotations

import re
from decimal import Decimal

from flask_babel import format_currency

# What a column holds with room to spare, and what nobody gives away by a slip of the hand.
LARGEST_CENTS = 100_000_00
_AROUND = re.compile(r"^(?:€|euro?|eur)\s*|\s*(?:€|euro?|eur)$", re.IGNORECASE)
# Groups of three, divided by the one sign or the other; then at most two digits behind the other sign.
_SHAPES = (
    re.compile(r"(?P<whole>\d+)(?:[.,](?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>\d{1,3}(?:\.\d{3})+)(?:,(?P<part>\d{1,2}))?"),
    re.compile(r"(?P<whole>\d{1,3}(?:,\d{3})+)(?:\.(?P<part>\d{1,2}))?"),
)


def cents(text: str) -> int:
    """'12,50', '12.50', '€ 1.234,50' and '1,234.5' as cents. Raises ValueError for anything else, and for too much.

    One sign before three digits groups thousands, before one or two it begins the cents: in Dutch as in English.
    """
    bare = _AROUND.sub("", text.replace("\u00a0", " ").strip())
    for shape in _SHAPES:
        match = shape.fullmatch(bare) if bare.isascii() else None
        if match:
            whole = re.sub(r"[.,]", "", match["whole"])
            found = int(Decimal(f"{whole}.{match['part'] or '0'}") * 100)
            if found > LARGEST_CENTS:
                raise ValueError("too much")
            return found
    raise ValueError("no amount")


def euro(amount_cents: int) -> str:
    """'€ 12,50' in Dutch, '€12.50' in English."""
    return str(format_currency(Decimal(amount_cents) / 100, "EUR"))


def plain(amount_cents: int) -> str:
    """'12.50': for machines."""
    return f"{Decimal(amount_cents) / 100:.2f}"
