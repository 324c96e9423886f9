"""Files of what the board and the numbers show: a page that says what is in it, and the file itself.

A file is asked for by a form, never by following a link: each is written down with who took it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any

from flask import Blueprint, Flask, Response, g, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from feedbackloop.ambassadors import board as boards
from feedbackloop.ambassadors import filters, listing
from feedbackloop.ambassadors.exports import figures as tables
from feedbackloop.ambassadors.exports import people as lines
from feedbackloop.ambassadors.exports import queries, rules, service
from feedbackloop.ambassadors.forms import COLUMN_WORDS
from feedbackloop.ambassadors.numbers import asking, figures
from feedbackloop.config import settings
from feedbackloop.core import access, clock, db, sheets, workbooks
from feedbackloop.core.errors import BadInput
from feedbackloop.core.sheets import Style
from feedbackloop.core.workbooks import Table
from feedbackloop.staff import queries as colleagues

READERS = ("marketing", "quality")
_SHOWN = 10

staff = Blueprint("exports_staff", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(staff)


@staff.get("/ambassadors/export")
@access.requires(*READERS)
def people() -> str:
    """How many people the filter shows, and what a file of them holds."""
    wanted, _sort, given = _people_asked()
    number, more = _number(wanted)
    return _page("staff/exports/people.html", rules.PEOPLE, given, number=number, more=more, heads=lines.heads())


@staff.post("/ambassadors/export")
@access.requires(*READERS)
def people_file() -> Response:
    """Exactly the people whom the filter in the address shows, in its order."""
    wanted, sort, given = _people_asked()
    kind, style = _how()
    if not rules.may_take(kind, _number(wanted)[0]):
        raise BadInput(_("An XLSX file of so many people is too large. Take CSV, or fewer people."))
    names = {one.id: one.name for one in colleagues.accounts()}
    export_id = _begin(rules.PEOPLE, kind, given)
    cards = lines.at_once(wanted, sort) if kind == "xlsx" else lines.in_batches(wanted, sort)
    found = lines.rows(cards, COLUMN_WORDS, names)
    title, heads = _("People"), lines.heads()
    return _send("ambassadors", kind, style, [Table(title, heads, _recorded(export_id, found), lines.WIDTHS)])


@staff.get("/numbers/export")
@access.requires(*READERS)
def numbers() -> str:
    """What a file of the numbers holds."""
    asked = asking.read(request.args, _today())
    return _page("staff/exports/numbers.html", rules.NUMBERS, asked.given, tables=tables.TABLES)


@staff.post("/numbers/export")
@access.requires(*READERS)
def numbers_file() -> Response:
    """The tables of the page, with the filter in the address: all of them as XLSX, one of them as CSV."""
    asked = asking.read(request.args, _today())
    kind, style = _how()
    name = request.form.get("table", "funnel")
    if name not in tables.TABLES:
        raise BadInput(fields={"table": [", ".join(tables.TABLES)]})
    found = figures.figures(asked.filter)
    export_id = _begin(rules.NUMBERS, kind, asked.given)
    if kind == "csv":
        made = [tables.table(name, found)]
    else:
        made = [tables.table(one, found) for one in tables.TABLES]
    # The last table tells how it went: a file is made from the first to the last.
    *first, last = made
    told = Table(
        last.title, last.heads, _recorded(export_id, last.rows, sum(_length(one) for one in first)), last.widths
    )
    return _send(f"numbers-{name}" if kind == "csv" else "numbers", kind, style, [*first, told])


def _length(one: Table) -> int:
    return sum(1 for _row in one.rows)


def _people_asked() -> tuple[boards.Filter, str, dict[str, str]]:
    """The filter and the order of the board's or the list's address."""
    chosen = filters.read(request.args, [one.id for one in colleagues.accounts()])
    order = filters.read_order(request.args)
    wanted = filters.as_filter(chosen, g.staff.id, order.get("column"))
    return wanted, order.get("sort") or listing.SORTS[0], {**chosen.values, **order.values}


def _number(wanted: boards.Filter) -> tuple[int, bool]:
    """How many people, and whether there are more than that."""
    found = boards.counts(wanted)
    beyond = bool(found.beyond)
    return (found.get(wanted.column, 0) if wanted.column else sum(found.values())), beyond


def _how() -> tuple[str, Style]:
    kind = request.form.get("format", "")
    if kind not in rules.FORMATS:
        raise BadInput(fields={"format": [_("csv or xlsx")]})
    usual = sheets.style_for(str(get_locale()))
    separator = request.form.get("separator", usual.separator)
    if separator not in sheets.SEPARATORS:
        raise BadInput(fields={"separator": [_("a comma or a semicolon")]})
    return kind, Style(separator, mark=bool(request.form.get("mark")))


def _begin(what: str, kind: str, given: Mapping[str, str]) -> int:
    with db.transaction():
        return service.begin(g.staff.id, what, kind, given)


def _recorded(export_id: int, rows: Iterable[Any], before: int = 0) -> Generator[Any, None, None]:
    """The rows; when they are over, or the reader went away, how many there were is written down."""
    number, whole = before, False
    try:
        for row in rows:
            number += 1
            yield row
        whole = True
    finally:
        with db.transaction():
            service.end(export_id, number, whole)


def _send(name: str, kind: str, style: Style, made: list[Table]) -> Response:
    if kind == "xlsx":
        return workbooks.download(f"{name}.xlsx", made)
    return sheets.stream(f"{name}.csv", made[0].heads, made[0].rows, style)


def _today() -> Any:
    return clock.now().astimezone(settings().timezone).date()


def _page(template: str, what: str, given: Mapping[str, Any], **more: Any) -> str:
    everybody = g.staff.role == "admin"
    return render_template(
        template,
        given=given,
        style=sheets.style_for(str(get_locale())),
        most_in_xlsx=rules.MOST_IN_XLSX,
        taken=queries.newest(what, None if everybody else g.staff.id, _SHOWN),
        everybody=everybody,
        link=access.link,
        **more,
    )
