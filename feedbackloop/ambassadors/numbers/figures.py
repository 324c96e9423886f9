"""The numbers of a filter, as the page shows them and as exports and reports write them: `figures(wanted)`.

Read from kept cells, of which a filter needs a few hundred whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from feedbackloop.ambassadors.numbers import intervals, queries, rules
from feedbackloop.ambassadors.numbers.intervals import Measure
from feedbackloop.ambassadors.numbers.rules import DIMENSIONS, MEASURES, STEPS
from feedbackloop.config import settings
from feedbackloop.core import clock

# What is measured: satisfaction (CSAT), recommendation (NPS), who answers, who writes a review.
MEASURED = ("satisfied", "recommend", "response", "review")


@dataclass(frozen=True)
class Filter:
    """Whole weeks, from the Monday `first` to the week of the Monday `last`. A dimension that is None is not filtered
    by; '' are those of whom it is not known; `destination` is the id of a destination as text."""

    first: date
    last: date
    category: str | None = None
    handler: str | None = None
    locale: str | None = None
    destination: str | None = None

    @property
    def chosen(self) -> dict[str, str]:
        """What is filtered by, and its value."""
        found = {name: getattr(self, name) for name in DIMENSIONS}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def kind(self) -> int:
        """Which cells hold the sums of this filter."""
        return sum(rules.BITS[name] for name in self.chosen)


@dataclass(frozen=True)
class Counts:
    """How many came to each of rules.STEPS, what they answered, and the bands of their marks."""

    steps: tuple[int, ...]
    partly: int = 0
    no: int = 0
    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    def at(self, step: str) -> int:
        return self.steps[STEPS.index(step)]

    @property
    def satisfied(self) -> Measure:
        """CSAT: those who say yes, of those who answer yes, partly or no."""
        return intervals.share(self.at("satisfied"), self.at("answered"))

    @property
    def recommend(self) -> Measure:
        """NPS, from -1 to 1, of those who gave a mark."""
        return intervals.net_score(self.promoters, self.passives, self.detractors)

    @property
    def response(self) -> Measure:
        """Those who answer, of those who were asked."""
        return intervals.share(self.at("answered"), self.at("asked"))

    @property
    def review(self) -> Measure:
        """Those who write a review, of those who were invited."""
        return intervals.share(self.at("reviewed"), self.at("invited"))

    @property
    def review_of_chosen(self) -> Measure:
        """Those who write a review, of those who chose a place: what a place can be compared by."""
        return intervals.share(self.at("reviewed"), self.at("clicked"))


@dataclass(frozen=True)
class Step:
    """One step of the funnel over the whole period. `of_before`, `of_start`: 0 to 1, None where nobody could come."""

    name: str
    people: int
    of_before: float | None
    of_start: float | None
    days: int | None  # from the step before, half of them within so many; None where not kept or nobody


@dataclass(frozen=True)
class Week:
    """Those whose complaint was resolved in the week of this Monday. `rises`: it is too early for its numbers."""

    monday: date
    rises: bool
    counts: Counts


@dataclass(frozen=True)
class Group:
    """Those of one value of a dimension. `value` is as in Filter; `name` in words, '' where it is not known."""

    value: str
    name: str
    counts: Counts


@dataclass(frozen=True)
class Numbers:
    """All numbers of a filter. `counted_at` None: they are being counted for the first time, and are not complete.

    `groups`: by dimension, the one with most answers first; not of what is filtered by. `at_once` are those whose
    complaint was resolved once, `again` those whose complaint had come back and was resolved again.
    """

    wanted: Filter
    counted_at: datetime | None
    total: Counts
    steps: tuple[Step, ...]
    weeks: tuple[Week, ...]
    at_once: Counts
    again: Counts
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    days_kept: bool = True  # False: typical days are kept for one dimension at a time, and two are filtered by


def figures(wanted: Filter) -> Numbers:
    """The numbers of this filter, from what was counted last."""
    state = queries.state()
    today = clock.now().astimezone(settings().timezone).date()
    by_week = queries.weeks(wanted.kind, wanted.chosen, wanted.first, wanted.last)
    sums = _added([row for _monday, row in by_week])
    total, again = _counts(sums), _again(sums)
    days_kept = wanted.kind in rules.DAYS_KINDS
    days = queries.days(wanted.kind, wanted.chosen, wanted.first, wanted.last) if days_kept else {}
    return Numbers(
        wanted=wanted,
        counted_at=state.counted_at if state and state.built_at else None,
        total=total,
        steps=_steps(total, days),
        weeks=tuple(Week(monday, rules.rises(monday, today), _counts(row)) for monday, row in by_week),
        at_once=_less(total, again),
        again=again,
        groups={name: _groups(wanted, name) for name in DIMENSIONS if name not in wanted.chosen},
        days_kept=days_kept,
    )


def _added(rows: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(row[name] for row in rows) for name in MEASURES}


def _counts(row: Mapping[str, int]) -> Counts:
    return Counts(
        tuple(row[step] for step in STEPS),
        row["partly"],
        row["no"],
        row["promoter"],
        row["passive"],
        row["detractor"],
    )


def _again(row: Mapping[str, int]) -> Counts:
    """Of those whose complaint came back only their answers are kept apart."""
    answered, satisfied = row["again_answered"], row["again_satisfied"]
    steps = (answered, answered, answered, satisfied, 0, 0, 0, 0)
    bands = (row["again_promoter"], row["again_passive"], row["again_detractor"])
    return Counts(steps, answered - satisfied, 0, *bands)


def _less(total: Counts, part: Counts) -> Counts:
    """The answers of all others."""
    answered = total.at("answered") - part.at("answered")
    satisfied = total.at("satisfied") - part.at("satisfied")
    return Counts(
        (answered, answered, answered, satisfied, 0, 0, 0, 0),
        answered - satisfied,
        0,
        total.promoters - part.promoters,
        total.passives - part.passives,
        total.detractors - part.detractors,
    )


def _steps(total: Counts, days: Mapping[int, dict[int, int]]) -> tuple[Step, ...]:
    found = []
    for place, name in enumerate(STEPS):
        people, start = total.steps[place], total.steps[0]
        before = total.steps[place - 1] if place else 0
        found.append(
            Step(
                name,
                people,
                people / before if before else None,
                people / start if start else None,
                rules.median(days.get(place, {})),
            )
        )
    return tuple(found)


def _groups(wanted: Filter, name: str) -> tuple[Group, ...]:
    rows = queries.groups(name, wanted.kind | rules.BITS[name], wanted.chosen, wanted.first, wanted.last)
    names: Mapping[str, Any] = queries.destination_names() if name == "destination" else {}
    found = [
        Group(value, str(names.get(value, value)), _counts(row))
        for value, row in rows
        if value or name != "destination"  # most people never chose a place
    ]
    return tuple(sorted(found, key=lambda one: (-one.counts.at("answered"), one.name)))
