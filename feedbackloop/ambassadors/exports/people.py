"""The people of the board as rows of a table: what their cards may show, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from feedbackloop.ambassadors import listing
from feedbackloop.ambassadors.board import Card, Filter
from feedbackloop.ambassadors.rules import CONSENTS
from feedbackloop.config import settings
from feedbackloop.core.sheets import Value
from feedbackloop.extensions import db

_AT_ONCE = 500
WIDTHS = (14, 13, 12, 12, 24, 16, 9, 40, 9, 9, 9, 9, 9, 9, 9, 14, 40, 9, 18, 20, 24, 12, 12)


def heads() -> list[str]:
    """In the language of the reader."""
    return [
        _("Case"),
        _("Column"),
        _("In this stage since"),
        _("Look again on"),
        _("Why not now"),
        _("Category"),
        _("Language"),
        _("What was done"),
        *[_("Allows: %(what)s", what=what) for what in _allowed_words()],
        _("Would recommend (0 to 10)"),
        _("First name"),
        _("Quote"),
        _("Language of the quote"),
        _("Owner"),
        _("Tags"),
        _("Next step"),
        _("On which day"),
        _("A complaint is open"),
    ]


def _allowed_words() -> list[str]:
    words = {
        "quote": _("quote"),
        "name": _("name"),
        "contact": _("contact"),
        "picture": _("picture"),
        "story": _("story"),
        "reference": _("reference call"),
    }
    return [words[purpose] for purpose in CONSENTS]


def rows(cards: Iterable[Card], columns: Mapping[str, Any], owners: Mapping[int, str]) -> Iterator[list[Value]]:
    """One for each card. `columns`: the columns of the board in words; `owners`: names of colleagues by id."""
    yes = _("yes")
    for card in cards:
        yield _row(card, columns, owners, yes)


def in_batches(wanted: Filter, sort: str) -> Iterator[Card]:
    """Everybody whom the filter shows, in order. The database is let go before a batch is handed on: a reader who is
    slow keeps no connection and no transaction. Who moves in that time may be missing, or stand there twice."""
    after = None
    while True:
        batch, after = listing.page(wanted, sort, after, _AT_ONCE)
        db.session.rollback()
        yield from batch
        if after is None:
            return


def at_once(wanted: Filter, sort: str) -> Iterator[Card]:
    """The same in one reading, for a file that is made before any of it is sent."""
    yield from listing.stream(wanted, sort)
    db.session.rollback()


def _row(card: Card, columns: Mapping[str, Any], owners: Mapping[int, str], yes: str) -> list[Value]:
    """A name and a quote stand here only where their own consent does."""
    may_quote = "quote" in card.consents
    return [
        card.number,
        str(columns[card.column]),
        _day(card),
        card.not_now_until,
        card.not_now_reason,
        card.category,
        card.locale,
        card.done,
        *[yes if purpose in card.consents else None for purpose in CONSENTS],
        card.recommend,
        card.name if "name" in card.consents else None,
        card.quote if may_quote else None,
        card.quote_locale if may_quote else None,
        owners.get(card.owner_id) if card.owner_id else None,
        ", ".join(card.tags),
        card.next_step,
        card.next_step_on,
        yes if card.case_open else None,
    ]


def _day(card: Card) -> date:
    return card.stage_since.astimezone(settings().timezone).date()
