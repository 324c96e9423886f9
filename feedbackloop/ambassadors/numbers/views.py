"""The numbers, and who is behind each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import Blueprint, Flask, render_template, request, url_for
from flask_babel import gettext as _

from feedbackloop.ambassadors.numbers import asking, figures, people, queries, rules, words
from feedbackloop.ambassadors.numbers.asking import NOTHING, Asked
from feedbackloop.ambassadors.numbers.figures import MEASURED, Counts, Group, Numbers
from feedbackloop.ambassadors.numbers.intervals import Measure
from feedbackloop.config import settings
from feedbackloop.core import access, clock, formats, queue
from feedbackloop.core.errors import BadInput

READERS = ("marketing", "quality")
COUNT = "feedbackloop.ambassadors.numbers.jobs.count"
PAGE_SIZE = 50
_OFFERED = 100
_SHOWN = 30
# What a share is of, by step: those counted, and all of whom they are a part.
_OF = {
    "satisfied": ("satisfied", "answered"),
    "recommend": ("promoter", "marked"),
    "response": ("answered", "asked"),
    "review": ("reviewed", "invited"),
}
_OF_PLACE = ("reviewed", "clicked")

staff = Blueprint("numbers_staff", __name__, url_prefix="/staff/numbers")


def register(app: Flask) -> None:
    app.register_blueprint(staff)


@staff.get("/")
@access.requires(*READERS)
def numbers() -> str:
    """The funnel, week by week and whole; what people say, by group; and what these numbers cannot show."""
    asked = _asked()
    measure = _measure()
    found = figures.figures(asked.filter)
    if found.counted_at is None and queries.state() is None:
        queue.push("work", COUNT)  # the first to look need not wait for the clock
    return render_template(
        "staff/numbers/numbers.html",
        asked=asked,
        found=found,
        measure=measure,
        stats=_stats(found, asked),
        tables=[_table(found, asked, name, measure) for name in found.groups],
        recovery=[_recovery(found, asked, name) for name in ("satisfied", "recommend")],
        people_of=lambda step, **more: _people_of(asked, step, **more),
        step_words=words.STEP_WORDS,
        step_means=words.STEP_MEANS,
        measure_words=words.MEASURE_WORDS,
        rises_weeks=rules.RISES_FOR.days // 7,
        **_frame(asked),
    )


@staff.get("/people")
@access.requires(*READERS)
def listing() -> str:
    """The cases that a number counts."""
    asked = _asked()
    step = request.args.get("step") or "resolved"
    if step not in people.CHOICES:
        raise _wrong("step", ", ".join(people.CHOICES))
    week = _week(request.args.get("week"))
    wanted = people.Wanted(asked.filter, step, _again(step))
    if week is not None:
        wanted = people.in_week(wanted, week)
    after = people.read_place(request.args.get("after"))
    return render_template(
        "staff/numbers/people.html",
        asked=asked,
        step=step,
        week=week,
        again=wanted.again,
        title=words.CHOICE_WORDS[step],
        page=people.page(wanted, after, PAGE_SIZE),
        first=after is None,
        step_words=words.STEP_WORDS,
        kept={"step": step, "week": week, "again": request.args.get("again")},
        **_frame(asked),
    )


def _asked() -> Asked:
    return asking.read(request.args, _today())


def _today() -> date:
    return clock.now().astimezone(settings().timezone).date()


def _measure() -> str:
    found = request.args.get("measure") or MEASURED[0]
    if found not in MEASURED:
        raise _wrong("measure", ", ".join(MEASURED))
    return found


def _week(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return rules.monday(date.fromisoformat(text))
    except (ValueError, OverflowError) as problem:
        raise _wrong("week", _("a day such as 2026-11-22")) from problem


def _again(step: str) -> bool | None:
    given = request.args.get("again")
    if not given:
        return None
    if given not in ("yes", "no") or step not in people.APART:
        raise _wrong("again", _("yes or no, with one of %(steps)s", steps=", ".join(people.APART)))
    return given == "yes"


def _wrong(name: str, takes: str) -> BadInput:
    return BadInput(_("'%(name)s' takes %(takes)s.", name=name, takes=takes), fields={name: [takes]})


def _people_of(asked: Asked, step: str, **more: Any) -> str:
    """The address of those whom a number counts; `more`: week, again, or a dimension's value."""
    given = {name: value or NOTHING if name in rules.DIMENSIONS else value for name, value in more.items()}
    address: dict[str, Any] = {**asked.given, "step": step, **given}
    return url_for("numbers_staff.listing", **address)


def _frame(asked: Asked) -> dict[str, Any]:
    """The filter, with what can be chosen."""
    one = asked.filter
    names = queries.destination_names()
    options = {}
    for name in rules.DIMENSIONS:
        offered = queries.values(name, one.first, one.last, _OFFERED)
        chosen = one.chosen.get(name)
        if chosen and chosen not in offered:
            offered.append(chosen)
        options[name] = [("", _("All"))] + [(value, _named(name, value, names)) for value in offered]
        if chosen == "":
            options[name].append((NOTHING, str(words.NOT_KNOWN[name])))
    return {
        "options": options,
        "dimension_words": words.DIMENSION_WORDS,
        "periods": [(key, words.PERIOD_WORDS[key]) for key in (*asking.PERIODS, asking.BETWEEN)],
    }


def _named(name: str, value: str, destinations: dict[str, str]) -> str:
    if name == "locale":
        return _language(value)
    return destinations.get(value, value) if name == "destination" else value


def _language(code: str) -> str:
    """What a language calls itself; its code where nobody knows it."""
    try:
        return (Locale.parse(code).display_name or code).capitalize()
    except (UnknownLocaleError, ValueError):
        return code


@dataclass(frozen=True)
class Row:
    """One row of a table of groups: who, the two numbers with their people, and the measure in words."""

    name: str
    measure: Measure
    low: float
    point: float
    high: float
    value: str
    range: str
    counts: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Table:
    """The groups of one dimension by one measure, everybody as the last; `said`: what their ranges mean."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    said: str
    more: int


def _stats(found: Numbers, asked: Asked) -> list[dict[str, Any]]:
    said = {
        "response": _("answer the question"),
        "satisfied": _("are really satisfied (CSAT)"),
        "recommend": _("NPS, of %(n)s marks", n=formats.number(found.total.recommend.of)),
        "review": _("of the invited write a review"),
    }
    return [
        {
            "number": words.written(name, getattr(found.total, name)),
            "words": sentence,
            "small": words.written_range(name, getattr(found.total, name)),
            "href": _people_of(asked, _OF[name][1] if name == "recommend" else _OF[name][0]),
        }
        for name, sentence in said.items()
    ]


def _table(found: Numbers, asked: Asked, name: str, measure: str) -> Table:
    groups = found.groups[name]
    shown = groups[:_SHOWN]
    rows = [_row(one, asked, measure, name) for one in shown]
    everybody = Group("", str(_("Everybody")), found.total)
    whole = _row(everybody, asked, measure, None)
    return Table(
        name=name,
        title=str(words.DIMENSION_WORDS[name]),
        heads=_heads(measure, name),
        rows=(*rows, whole) if rows and name != "destination" else tuple(rows),
        said=words.differs([one.measure for one in rows]),
        more=len(groups) - len(shown),
    )


def _heads(measure: str, name: str) -> tuple[str, ...]:
    found = {
        "satisfied": (_("Yes"), _("Answers")),
        "recommend": (_("9 or 10"), _("0 to 6"), _("Marks")),
        "response": (_("Answers"), _("Asked")),
        "review": (_("Reviews"), _("Invited")),
    }[measure]
    return (_("Reviews"), _("Chose it")) if measure == "review" and name == "destination" else found


def _row(group: Group, asked: Asked, measure: str, dimension: str | None, again: str | None = None) -> Row:
    counts = group.counts
    by_place = measure == "review" and dimension == "destination"
    found: Measure = counts.review_of_chosen if by_place else getattr(counts, measure)
    more: dict[str, Any] = {dimension: group.value} if dimension else {}
    if again:
        more["again"] = again
    steps: tuple[str, ...] = _OF_PLACE if by_place else _OF[measure]
    if measure == "recommend":
        steps = ("promoter", "detractor", "marked")
    name = _named(dimension or "", group.name, {}) if group.name else str(words.NOT_KNOWN[dimension or "category"])
    return Row(
        name=name,
        measure=found,
        low=_on_line(measure, found.low),
        point=_on_line(measure, found.value),
        high=_on_line(measure, found.high),
        value=words.written(measure, found),
        range=words.written_range(measure, found),
        counts=tuple((_number(counts, step), _people_of(asked, step, **more)) for step in steps),
    )


def _on_line(measure: str, value: float | None) -> float:
    """Where it stands on a line that runs from 0 to 1; a score runs from -1."""
    return ((value or 0) + 1) / 2 if measure == "recommend" else value or 0


def _number(counts: Counts, step: str) -> int:
    marks = {"promoter": counts.promoters, "detractor": counts.detractors, "marked": counts.recommend.of}
    return marks[step] if step in marks else counts.at(step)


def _recovery(found: Numbers, asked: Asked, measure: str) -> Table:
    """Those who were helped at once beside those whose complaint came back."""
    groups = (
        (Group("", str(_("Solved at once")), found.at_once), "no"),
        (Group("", str(_("Came back, and solved again")), found.again), "yes"),
    )
    rows = tuple(_row(group, asked, measure, None, again) for group, again in groups)
    said = words.compared(measure, rows[0].measure, rows[1].measure)
    return Table(measure, str(words.MEASURE_WORDS[measure]), _heads(measure, ""), rows, said, 0)
