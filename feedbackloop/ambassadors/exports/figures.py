"""The numbers as tables, with the same words and the same filter as on their page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.ambassadors.numbers import words
from feedbackloop.ambassadors.numbers.figures import MEASURED, Counts, Group, Numbers
from feedbackloop.ambassadors.numbers.rules import STEPS
from feedbackloop.core.sheets import Value
from feedbackloop.core.workbooks import Table

TABLES: Mapping[str, Any] = {"funnel": _l("Funnel"), "weeks": _l("Weeks"), "scores": _l("Scores")}


def table(name: str, found: Numbers) -> Table:
    """One of TABLES."""
    make: Mapping[str, Callable[[Numbers], Table]] = {"funnel": _funnel, "weeks": _weeks, "scores": _scores}
    return make[name](found)


def _funnel(found: Numbers) -> Table:
    heads = [_("Step"), _("People"), _("Of the step before"), _("Of all resolved"), _("Days, typically")]
    rows: list[list[Value]] = [
        [str(words.STEP_WORDS[one.name]), one.people, one.of_before, one.of_start, one.days] for one in found.steps
    ]
    return Table(str(TABLES["funnel"]), heads, rows)


def _weeks(found: Numbers) -> Table:
    """`rises` is said in a column of its own: a number that is not final looks like any other in a file."""
    steps = [str(words.STEP_WORDS[name]) for name in STEPS]
    heads = [_("Week of"), *steps, _("Satisfied, of the answered"), _("Still rises")]
    rows: list[list[Value]] = [
        [
            week.monday,
            *week.counts.steps,
            week.counts.satisfied.value if week.counts.satisfied.enough else None,
            _("yes") if week.rises else None,
        ]
        for week in found.weeks
    ]
    return Table(str(TABLES["weeks"]), heads, rows)


def _scores(found: Numbers) -> Table:
    heads = [
        _("Of whom"),
        _("Group"),
        _("What"),
        _("Value"),
        _("At least"),
        _("At most"),
        _("Counted"),
        _("Of"),
        _("Note"),
    ]
    return Table(str(TABLES["scores"]), heads, list(_measured(found)), (22, 24, 18, 10, 10, 10, 10, 10, 14))


def _measured(found: Numbers) -> Iterator[list[Value]]:
    """A share as a part of 1, a score (NPS) from -1 to 1; 'at least' and 'at most' hold the true value in 95 of 100."""
    yield from _lines(_("Everybody"), "", found.total, MEASURED)
    yield from _lines(_("Solved at once"), "", found.at_once, ("satisfied", "recommend"))
    yield from _lines(_("Came back, and solved again"), "", found.again, ("satisfied", "recommend"))
    for dimension, groups in found.groups.items():
        for group in groups:
            name = _name(dimension, group)
            yield from _lines(str(words.DIMENSION_WORDS[dimension]), name, group.counts, MEASURED)


def _name(dimension: str, group: Group) -> str:
    return group.name if group.value else str(words.NOT_KNOWN[dimension])


def _lines(of: str, name: str, counts: Counts, measures: tuple[str, ...]) -> Iterator[list[Value]]:
    for one in measures:
        found = getattr(counts, one)
        shown = [found.value, found.low, found.high] if found.enough else [None, None, None]
        note = None if found.enough else _("too few")
        yield [of, name, str(words.MEASURE_WORDS[one]), *shown, found.hits, found.of, note]
