"""How dates, numbers and running text are written for people, in the language and the time zone of the request.

Public pages and mail write dates in full, staff pages short. A Dutch time has a point, a Dutch percentage a hard space.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import format_date, format_decimal, format_timedelta, get_locale, gettext, ngettext, to_user_timezone
from markupsafe import Markup, escape

from feedbackloop.core import clock
from feedbackloop.setting_types import Deadline

_DAY_S = 24 * 3600
_HARD_SPACE = "\u00a0"


def date_long(at: date | None) -> str:
    """'maandag 16 november 2026'"""
    return format_date(at, "EEEE d MMMM y") if at else ""


def date_day(at: date | None) -> str:
    """'maandag 16 november': for days that are near, where the year says nothing."""
    return format_date(at, "EEEE d MMMM") if at else ""


def date_plain(at: date | None) -> str:
    """'16 november 2026'"""
    return format_date(at, "d MMMM y") if at else ""


def date_month(at: date | None) -> str:
    """'16 november'"""
    return format_date(at, "d MMMM") if at else ""


def date_short(at: date | None) -> str:
    """'16 nov', with the year where it is not the present one."""
    if not at:
        return ""
    same = _local(at).year == to_user_timezone(clock.now()).year
    return str(format_date(at, "d MMM" if same else "d MMM y")).replace(".", "")


def time_short(at: datetime | None) -> str:
    """'19.42' in Dutch, '19:42' elsewhere."""
    return _local(at).strftime("%H.%M" if _dutch() else "%H:%M") if at else ""


def time_exact(at: datetime | None) -> str:
    """'19.42.07' in Dutch, '19:42:07' elsewhere."""
    return _local(at).strftime("%H.%M.%S" if _dutch() else "%H:%M:%S") if at else ""


def datetime_short(at: datetime | None) -> str:
    """'16 nov, 19.42'"""
    return f"{date_short(at)}, {time_short(at)}" if at else ""


def datetime_long(at: datetime | None) -> str:
    """'maandag 16 november 2026, 19.42 uur'"""
    return gettext("%(date)s, %(time)s", date=date_long(at), time=time_short(at)) if at else ""


def ago(at: datetime | None) -> str:
    """'3 dagen geleden', 'over 2 uur'"""
    return str(format_timedelta(at - clock.now(), add_direction=True)) if at else ""


def duration(value: timedelta) -> str:
    """'3 days', '90 minutes', 'at once'."""
    seconds = int(value.total_seconds())
    if seconds == 0:
        return str(gettext("at once"))
    if seconds % _DAY_S == 0:
        return str(ngettext("%(num)s day", "%(num)s days", seconds // _DAY_S))
    if seconds % 3600 == 0:
        return str(ngettext("%(num)s hour", "%(num)s hours", seconds // 3600))
    if seconds % 60 == 0:
        return str(ngettext("%(num)s minute", "%(num)s minutes", seconds // 60))
    return str(ngettext("%(num)s second", "%(num)s seconds", seconds))


def working_time(value: Deadline) -> str:
    """'2 working days', '1 working hour'."""
    if value.unit == "days":
        return str(ngettext("%(num)s working day", "%(num)s working days", value.amount))
    return str(ngettext("%(num)s working hour", "%(num)s working hours", value.amount))


class AtLeast(int):
    """A count that ended here: there are more. People read '999+'."""

    def __str__(self) -> str:
        return f"{int(self)}+"


def up_to(most: int, counted: int) -> int:
    """A count that is told no further than this."""
    return AtLeast(most) if counted > most else counted


def number(value: float | None) -> str:
    """'1.942' in Dutch, '999+' for a count that ended there; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, AtLeast):
        return f"{format_decimal(int(value))}+"
    return format_decimal(value)


def percent(share: float | None, digits: int = 0) -> str:
    """A share of 1 as a percentage: 0.627 is '63 %' in Dutch, '63%' in English; nothing for None."""
    if share is None:
        return ""
    figure = format_decimal(round(share * 100, digits))
    return f"{figure}{_HARD_SPACE if _dutch() else ''}%"


def wrapped(text: str | None, width: int = 62, indent: str = "") -> str:
    """Paragraphs broken into lines of at most `width` characters; addresses stay whole."""
    kept = (text or "").strip()
    if kept.isprintable():
        return "\n".join(_broken(kept, width, indent)) if kept else ""
    lines: list[str] = []
    for paragraph in kept.splitlines():
        lines += _broken(paragraph, width, indent)
    return "\n".join(lines)


def _broken(paragraph: str, width: int, indent: str) -> list[str]:
    """The lines of one paragraph; an empty one has one empty line."""
    room = width - len(indent)
    # What has only single spaces, which is nearly all, needs none of the care that takes textwrap 40 µs.
    if (
        room < 1
        or not paragraph.isprintable()
        or "  " in paragraph
        or paragraph[:1] in ("", " ")
        or paragraph[-1] == " "
    ):
        return textwrap.wrap(
            paragraph,
            width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    lines = []
    start = 0
    while len(paragraph) - start > room:
        cut = paragraph.rfind(" ", start, start + room + 1)
        if cut < 0:
            cut = paragraph.find(" ", start + room)
            if cut < 0:
                break
        lines.append(indent + paragraph[start:cut])
        start = cut + 1
    lines.append(indent + paragraph[start:])
    return lines


def quoted(text: str | None, width: int = 62) -> str:
    """Somebody's own words in a text mail: indented by two, in double quotes."""
    return wrapped(f'"{(text or "").strip()}"', width, "  ") if text else ""


def _local(at: date) -> date:
    return to_user_timezone(at) if isinstance(at, datetime) else at


def _dutch() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "nl"


def with_breaks(text: str | None) -> Markup:
    """Text with its line breaks as <br>, for HTML mail: not every reader knows `white-space`."""
    return Markup("<br>").join(escape(line) for line in escape(text or "").splitlines())


FILTERS: dict[str, Callable[[Any], str]] = {
    "date_long": date_long,
    "date_day": date_day,
    "date_plain": date_plain,
    "date_month": date_month,
    "date_short": date_short,
    "time_exact": time_exact,
    "time_short": time_short,
    "datetime_short": datetime_short,
    "datetime_long": datetime_long,
    "ago": ago,
    "number": number,
    "percent": percent,
    "wrapped": wrapped,
    "quoted": quoted,
    "with_breaks": with_breaks,
}
