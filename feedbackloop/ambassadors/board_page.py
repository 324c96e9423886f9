"""The board as a page, and the part of it that a page which is open takes in place of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, g, make_response, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from werkzeug.http import quote_etag

from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import filters, rules
from feedbackloop.ambassadors.filters import Chosen
from feedbackloop.ambassadors.forms import COLUMN_WORDS, CONSENT_WORDS
from feedbackloop.ambassadors.person_desk import may_move, today
from feedbackloop.ambassadors.showing import Shown, Wording
from feedbackloop.config import settings
from feedbackloop.core import clock, formats
from feedbackloop.staff import queries as colleagues

COLUMN_SIZE = 20
# What js/live.js says of itself, and is told: this is the board alone, without the page around it.
PART = "X-Part"
OWNING = ("marketing", "admin")
# A page that stays open gets fresh tokens for its forms this often: they hold for an hour.
_TOKENS_S = 1800
PROMISES = {
    "satisfied": _l("Who says that their complaint is solved comes here."),
    "invited": _l("Who is sent an invitation to write a review comes here."),
    "clicked": _l("Who chooses a place to write comes here."),
    "reviewed": _l("Who wrote a review comes here."),
    "ambassador": _l("Who you agree with that they recommend you belongs here."),
    "not_now": _l("Who is for later waits here, with a reason and a day."),
}


@dataclass(frozen=True)
class Column:
    """One column as the board shows it; `more` people are not on it, None for nobody."""

    name: str
    title: str
    count: str
    cards: list[Shown]
    more: str | None
    href: str
    promise: str


def owners() -> Mapping[int, str]:
    """Who may look after people on the board, by name."""
    return {one.id: one.name for one in colleagues.accounts() if one.role in OWNING and one.disabled_at is None}


def is_part() -> bool:
    """Whether this is js/live.js, for the board alone."""
    return request.headers.get(PART) == "board"


def board_page() -> Response:
    """The board that the address asks for; 304 to who has it as it stands."""
    tag = _tag(request.args)
    if request.if_none_match.contains_weak(tag) and "_flashes" not in session:
        return _marked(Response(status=304), tag)
    known = owners()
    chosen = filters.read(request.args, known)
    page = _columns(chosen)
    if is_part():
        return _marked(make_response(render_template("staff/ambassadors/_board.html", **page)), tag)
    page |= frame(chosen, known)
    page |= {"etag": quote_etag(tag, weak=True), "zone": str(settings().timezone), "refreshed_at": clock.now()}
    return _marked(make_response(render_template("staff/ambassadors/board.html", **page)), tag)


def board_part(back: str, said: Any = None, kind: str = "message") -> Response:
    """The board after a move, with what is said of that; `back` is the filter that was on it."""
    chosen = filters.read_back(back, owners())
    tag = _tag(chosen.values)
    page = render_template("staff/ambassadors/_board.html", **_columns(chosen), said=said, said_kind=kind)
    return _marked(make_response(page), tag)


def _columns(chosen: Chosen) -> dict[str, Any]:
    """The board under its filter: what `_board.html` is made of."""
    wanted = filters.as_filter(chosen, g.staff.id)
    counts = boards.counts(wanted)
    cards = boards.columns(wanted, COLUMN_SIZE, counts)
    wording = Wording(today(), settings().timezone, url_for("ambassadors_staff.board"))
    listed = url_for("ambassadors_staff.listing", **chosen.values)
    listed += "&column=" if chosen else "?column="
    columns = []
    for name in rules.COLUMNS:
        shown = [wording.card(card) for card in cards.get(name, ())]
        count = max(counts.get(name, 0), len(shown))
        beyond = "+" if name in counts.beyond else ""
        columns.append(
            Column(
                name=name,
                title=str(COLUMN_WORDS[name]),
                count=formats.number(count),
                cards=shown,
                more=formats.number(count - len(shown)) + beyond if count > len(shown) else None,
                href=listed + name,
                promise=str(PROMISES[name]),
            )
        )
    empty = not chosen and not any(counts.values())
    return {
        "columns": columns,
        "categories": counts.categories,
        "columns_words": {name: str(words) for name, words in COLUMN_WORDS.items()},
        "chosen": chosen.values,
        "people": formats.number(sum(counts.values())) + ("+" if counts.beyond else ""),
        "empty": empty,
        "waiting": boards.waiting_check_ins() if empty else 0,
        "back": chosen.query(),
        "may_move": may_move(),
    }


def frame(chosen: Chosen, known: Mapping[int, str]) -> dict[str, Any]:
    """What the filter of the board and of the list offers, but for the categories, and what of the address it left."""
    return {
        "chosen": chosen.values,
        "ignored": chosen.ignored,
        "consent_words": CONSENT_WORDS,
        "owners": known,
        "reader_id": g.staff.id,
    }


def _tag(asked: Mapping[str, str]) -> str:
    """Differs as soon as this reader would see something else: one query."""
    shown = [(name, asked[name]) for name in filters.NAMES if asked.get(name)]
    reader = (g.staff.id if asked.get("owner") == filters.ME else 0, g.staff.role, str(get_locale()))
    slot = int(clock.now().timestamp()) // _TOKENS_S
    said = repr((boards.board_version(), shown, reader, today().isoformat(), slot))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _marked(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    response.vary.update((PART, "Cookie"))
    if is_part():
        response.headers[PART] = "board"
    return response
