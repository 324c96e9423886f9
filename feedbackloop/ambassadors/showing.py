"""How cards read: their days, marks and next steps in words, each word translated once a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask_babel import get_locale
from flask_babel import gettext as _

from feedbackloop.ambassadors import rules
from feedbackloop.ambassadors.board import Card
from feedbackloop.ambassadors.forms import CONSENT_WORDS
from feedbackloop.core import formats

DONE_SHOWN, QUOTE_SHOWN = 90, 120


@dataclass(frozen=True, slots=True)
class Line:
    """A line at the foot of a card; `warn`: somebody should look."""

    text: str
    warn: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One card in the words of the page's language. `place` is its address without what is done there."""

    id: int
    version: int
    number: str
    place: str
    age: str
    name: str | None
    category: str | None
    done: str | None
    quote: str | None
    quote_locale: str | None
    marks: Sequence[str]
    lines: Sequence[Line]


class Wording:
    """Writes the cards of one page."""

    def __init__(self, today: date, zone: ZoneInfo, board: str) -> None:
        self._today, self._zone, self._board = today, zone, board
        self._language = str(get_locale())
        self._ages: dict[int, str] = {0: _("today")}
        self._marks: dict[frozenset[str], list[str]] = {}
        self._open = Line(_("A complaint is open again: wait"), warn=True)

    def card(self, card: Card) -> Shown:
        """This card as the page shows it."""
        put_off = rules.is_put_off(card.not_now_until, self._today)
        return Shown(
            id=card.id,
            version=card.version,
            number=card.number,
            place=f"{self._board}{card.id}",
            age=self._age(card, put_off),
            name=card.name,
            category=card.category,
            done=_cut(card.done, DONE_SHOWN),
            quote=_cut(card.quote, QUOTE_SHOWN),
            quote_locale=card.quote_locale,
            marks=self._allowed(card.consents),
            lines=list(self._lines(card, put_off)),
        )

    def _age(self, card: Card, put_off: bool) -> str:
        if put_off and card.not_now_until:
            return str(_("until %(date)s", date=self._day(card.not_now_until)))
        days = rules.days_in_stage(card.stage_since, self._today, self._zone)
        if days not in self._ages:
            self._ages[days] = _("%(days)s d", days=formats.number(days))
        return self._ages[days]

    def _allowed(self, consents: frozenset[str]) -> list[str]:
        if consents not in self._marks:
            self._marks[consents] = [str(words) for one, words in CONSENT_WORDS.items() if one in consents]
        return self._marks[consents]

    def _lines(self, card: Card, put_off: bool) -> Sequence[Line]:
        lines = [self._open] if card.case_open else []
        if put_off:
            lines.append(Line(_("Why: %(reason)s", reason=card.not_now_reason)))
        elif card.not_now_until:
            lines.append(Line(_("Look again: %(reason)s", reason=card.not_now_reason), warn=True))
        if card.next_step:
            day = f", {self._day(card.next_step_on)}" if card.next_step_on else ""
            lines.append(Line(card.next_step + day))
        elif card.invitation_due:
            moment = formats.time_short(card.invitation_due)
            day = self._day(card.invitation_due.astimezone(self._zone).date())
            lines.append(Line(_("Invitation goes %(moment)s", moment=f"{day}, {moment}")))
        return lines

    def _day(self, day: date) -> str:
        return _short(day, self._language, self._today.year)


@lru_cache(4096)
def _short(day: date, _language: str, _year: int) -> str:
    """A day as the request writes it, which is its language's and this year's."""
    return formats.date_short(day)


def _cut(text: str | None, longest: int) -> str | None:
    """As much of it as a card has room for."""
    if text is None or len(text) <= longest:
        return text
    begins = text[: longest - 1]
    whole = begins.rpartition(" ")[0]  # of whole words, where it has more than one of them
    return (whole or begins).rstrip(" ,;:–-") + "…"
