"""The fairness report: whether people who are not satisfied were invited as often as those who are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import render_template, request
from flask_babel import lazy_gettext as _l

from feedbackloop.config import settings
from feedbackloop.core import access, clock, periods, sheets
from feedbackloop.reviews import fairness
from feedbackloop.reviews.desk import READERS, staff

_USUAL = timedelta(days=180)
_EARLIEST = date(2000, 1, 1)
ANSWERS = {
    "yes": _l("Yes"),
    "partly": _l("Partly"),
    "no": _l("No"),
    "later": _l("Cannot say yet"),
    "none": _l("No answer"),
}
_HEADS = ("answer", "cases", "invited", "to_be_sent", "not_invited", "invited_percent", "points_behind_highest")


@staff.get("/fairness")
@access.requires(*READERS)
def report() -> str:
    """By answer: how many cases, how many of them were invited, and how far each group lies behind."""
    start, end, asked = _stretch()
    groups = fairness.report(start, end)
    return render_template(
        "staff/reviews/fairness.html",
        groups=groups,
        spread=fairness.spread(groups),
        answers=ANSWERS,
        asked=asked,
        everybody=any(one.cases for one in groups),
    )


@staff.get("/fairness.csv")
@access.requires(*READERS)
def report_as_sheet() -> Any:
    """The same for a spreadsheet: codes and figures, and nobody's name."""
    start, end, asked = _stretch()
    rows = [
        (one.answer, one.cases, one.invited, one.to_be_sent, one.not_invited, one.rate, one.behind)
        for one in fairness.report(start, end)
    ]
    return sheets.download(f"review-invitations-{asked['from']}-{asked['to']}.csv", _HEADS, rows)


def _stretch() -> tuple[datetime, datetime, dict[str, str]]:
    """From the first day that is asked for to the end of the last; half a year up to today where none is."""
    zone = settings().timezone
    today = clock.now().astimezone(zone).date()
    last = min(_day("to") or today, today)
    first = _day("from")
    if first is None or first > last:
        first = max(last - _USUAL, _EARLIEST)
    start, end = periods.midnight(first, zone), periods.midnight(last + timedelta(days=1), zone)
    return start, end, {"from": first.isoformat(), "to": last.isoformat()}


def _day(name: str) -> date | None:
    """A day out of the address; None for what is none, or lies before anything that we could know."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if found >= _EARLIEST else None
