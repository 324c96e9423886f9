"""The board that marketing watches, and the same people as a list."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors import (
    ask_desk,
    ask_pages,
    filters,
    moving,
    rules,
    story_desk,
    story_keeping,
    story_pages,
    story_site,
)
from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import listing as lists
from feedbackloop.ambassadors.board_page import board_page, frame, owners
from feedbackloop.ambassadors.exports import views as exports
from feedbackloop.ambassadors.filters import Chosen
from feedbackloop.ambassadors.forms import COLUMN_WORDS
from feedbackloop.ambassadors.numbers import views as numbers
from feedbackloop.ambassadors.person_desk import READERS, may_move, staff, today
from feedbackloop.ambassadors.reports import views as reports
from feedbackloop.ambassadors.showing import Wording
from feedbackloop.ambassadors.suggestions import views as suggestions
from feedbackloop.config import settings
from feedbackloop.core import access, pages
from feedbackloop.core.errors import NotFound
from feedbackloop.staff import queries as colleagues

# Their pages are of this blueprint.
staff_pages = (moving, ask_desk)
LIST_SIZE = 50


@staff.get("/")
@access.requires(*READERS)
def board() -> Any:
    """All columns, with the newest of each; nothing new for who has it already."""
    return board_page()


@staff.get("/column/<column>")
@access.requires(*READERS)
def column(column: str) -> Any:
    """One column: the list, of those who stand there."""
    if column not in rules.COLUMNS:
        raise NotFound
    chosen = filters.read(request.args, owners())
    return redirect(url_for("ambassadors_staff.listing", column=column, **chosen.values), 303)


@staff.get("/list")
@access.requires(*READERS)
def listing() -> str:
    """The people on the board as a list, page by page: the same filter, one column or all, in an order of one's own."""
    known = owners()
    chosen, order = filters.read(request.args, known), filters.read_order(request.args)
    after = boards.Cursor.read(request.args.get("after"))
    wanted = filters.as_filter(chosen, g.staff.id, order.get("column"))
    sort = order.get("sort") or lists.SORTS[0]
    found, goes_on = lists.page(wanted, sort, after, LIST_SIZE)
    strangers = {card.owner_id for card in found if card.owner_id and card.owner_id not in known}
    wording = Wording(today(), settings().timezone, url_for("ambassadors_staff.board"))
    everything = Chosen({**chosen.values, **order.values}, [*chosen.ignored, *order.ignored])
    return render_template(
        "staff/ambassadors/list.html",
        people=[(card, wording.card(card)) for card in found],
        first=after is None,
        goes_on=goes_on,
        sort=sort,
        by=_heads(sort),
        names={**known, **colleagues.names(sorted(strangers))},
        back=f"{moving.LIST}{everything.query()}",
        columns_words=COLUMN_WORDS,
        may_move=may_move(),
        categories=boards.totals().categories,
        **frame(everything, known),
    )


def _heads(sort: str) -> dict[str, dict[str, Any]]:
    """The heads that sort; days in a stage go both ways."""
    days = {"newest": "ascending", "oldest": "descending"}.get(sort)
    return {
        "number": _head(_("Case"), "number", "ascending" if sort == "number" else None),
        "age": _head(_("In this stage"), "oldest" if sort == "newest" else "newest", days),
        "next": _head(_("Next step"), "next", "ascending" if sort == "next" else None),
    }


def _head(words: str, key: str, direction: str | None) -> dict[str, Any]:
    return {"text": words, "href": pages.url_with(sort=key), "sort": direction}


def register(app: Flask) -> None:
    for one in (ask_pages.pages, story_desk.staff, story_pages.pages, story_site.public):
        app.register_blueprint(one)
    story_keeping.register(app)
    for part in (numbers, exports, reports, suggestions):
        part.register(app)
