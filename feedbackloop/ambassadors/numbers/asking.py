"""The filter as an address holds it: which weeks, and which dimensions. For the page, its exports and its reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from feedbackloop.ambassadors.numbers import rules
from feedbackloop.ambassadors.numbers.figures import Filter
from feedbackloop.core.errors import BadInput

# Weeks that each period has, the present one included. `between` has days of its own.
PERIODS: Mapping[str, int] = {"6w": 6, "12w": 12, "12m": 53}
DEFAULT = "6w"
BETWEEN = "between"
# In an address: those of whom it is not known.
NOTHING = "-"
_LONGEST = 200


@dataclass(frozen=True)
class Asked:
    """What was asked for. `given` is the address of it; `first_day` and `last_day` are there for `between` alone."""

    period: str
    filter: Filter
    first_day: date | None = None
    last_day: date | None = None

    @property
    def given(self) -> dict[str, str]:
        found = {"period": self.period}
        if self.first_day and self.last_day:
            found |= {"from": self.first_day.isoformat(), "until": self.last_day.isoformat()}
        return found | {name: value or NOTHING for name, value in self.filter.chosen.items()}


def read(args: Mapping[str, Any], today: date) -> Asked:
    """The filter of an address. Raises BadInput, which names the field, for days that are none."""
    chosen = {name: str(args[name])[:_LONGEST] for name in rules.DIMENSIONS if args.get(name)}
    values: dict[str, Any] = {name: "" if value == NOTHING else value for name, value in chosen.items()}
    period = str(args.get("period") or (BETWEEN if args.get("from") or args.get("until") else DEFAULT))
    if period == BETWEEN:
        first, last = _days(args, today)
        return Asked(period, Filter(rules.monday(first), rules.monday(last), **values), first, last)
    if period not in PERIODS:
        raise BadInput(_("'period' takes 6w, 12w, 12m or between."), fields={"period": [_("6w, 12w, 12m or between")]})
    last = rules.monday(today)
    return Asked(period, Filter(last - timedelta(weeks=PERIODS[period] - 1), last, **values))


def _days(args: Mapping[str, Any], today: date) -> tuple[date, date]:
    """The days between which it is; where one is left out: six weeks, up to today."""
    last = _day(args, "until") or today
    first = _day(args, "from")
    try:
        first = first or last - timedelta(weeks=PERIODS[DEFAULT] - 1)
        rules.monday(first)
    except OverflowError as problem:
        raise _wrong("until", _("a day after the year 1")) from problem
    if first > last:
        raise _wrong("from", _("a day that is not after 'until'"))
    if last - first > rules.LONGEST:
        raise _wrong("from", _("a day at most two years before 'until'"))
    return first, last


def _day(args: Mapping[str, Any], name: str) -> date | None:
    text = str(args.get(name) or "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise _wrong(name, _("a day such as 2026-11-22")) from problem


def _wrong(name: str, takes: str) -> BadInput:
    return BadInput(_("'%(name)s' takes %(takes)s.", name=name, takes=takes), fields={name: [takes]})
