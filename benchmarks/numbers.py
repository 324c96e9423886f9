"""The numbers of the pipeline on the board's databases: what the page reads for several filters, and the people behind
common and rare numbers. A list of a rare number has rows with many people and none with few: it has no ratio."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.report import Figure, Part, Ratio
from feedbackloop.ambassadors.numbers import people, rules, service
from feedbackloop.ambassadors.numbers.figures import Filter, figures
from feedbackloop.core.db import transaction

_TIMES = 9
_LAST = rules.monday(datetime.now(UTC).date())
_YEAR = (_LAST - timedelta(weeks=52), _LAST)
_LONGEST = (_LAST - timedelta(weeks=105), _LAST)
_PAGES: Mapping[str, Filter] = {
    "6 weeks": Filter(_LAST - timedelta(weeks=5), _LAST),
    "12 months": Filter(*_YEAR),
    "2 years": Filter(*_LONGEST),
    "one filter": Filter(*_YEAR, category="bezorging"),
    "two filters": Filter(*_YEAR, category="lease", locale="en"),
}
_LISTS: Mapping[str, people.Wanted] = {
    "all": people.Wanted(Filter(*_LONGEST), "resolved"),
    "ambassadors": people.Wanted(Filter(*_LONGEST), "ambassador"),
    "detractors": people.Wanted(Filter(*_LONGEST), "detractor"),
    "rare": people.Wanted(Filter(*_YEAR, category="inruil", locale="de"), "reviewed"),
}


def count() -> None:
    """Counts everything for the first time, as the clock would; in the context of the app."""
    more = True
    while more:
        with transaction():
            more = service.count()


def part(sites: Sequence[tuple[int, Flask]], longest_ms: float) -> Part:
    """So many people each, the most last: the time of each page and list, and of its dearest statement."""
    asked: dict[str, Callable[[], Any]] = {f"page, {name}": partial(figures, one) for name, one in _PAGES.items()}
    asked |= {f"list, {name}": partial(people.page, one, None, 50) for name, one in _LISTS.items()}
    shown, ratios, slow = [], [], []
    for name, ask in asked.items():
        timed = [Figure(f"{name}, {number:,} people", "ms") for number, _app in sites]
        dearest = Figure(f"{name}, {sites[-1][0]:,} people: its dearest statement", "ms")
        for _time in range(_TIMES):
            for figure, (_number, app) in zip(timed, sites, strict=True):
                whole, statements = _took(app, ask)
                figure.add(whole)
            dearest.add(max(statements))
        shown += [*timed, dearest]
        if name.startswith("page"):
            ratios += [Ratio(f"{one.name}: time to that", timed[-1], one, 1.5) for one in timed[:-1]]
        if dearest.median > longest_ms:
            slow.append(name)
    said = f"Over {longest_ms:g} ms: {'; '.join(slow)}." if slow else f"No statement takes over {longest_ms:g} ms."
    return Part("The numbers of the pipeline", shown, ratios, [f"A ratio of times is to be at most its goal. {said}"])


def _took(app: Flask, ask: Callable[[], Any]) -> tuple[float, list[float]]:
    """Milliseconds of the whole, and of each statement."""
    with app.app_context(), _timed() as statements:
        started = perf_counter()
        ask()
        return 1000 * (perf_counter() - started), statements


@contextmanager
def _timed() -> Iterator[list[float]]:
    began: list[float] = []
    took: list[float] = []

    def begin(*_given: Any) -> None:
        began.append(perf_counter())

    def end(*_given: Any) -> None:
        took.append(1000 * (perf_counter() - began.pop()))

    event.listen(Engine, "before_cursor_execute", begin)
    event.listen(Engine, "after_cursor_execute", end)
    try:
        yield took
    finally:
        event.remove(Engine, "before_cursor_execute", begin)
        event.remove(Engine, "after_cursor_execute", end)
