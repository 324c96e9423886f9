"""Replays what was brought in from an older list, and the improvement that followed from it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.values import ComplaintInput
from feedbackloop.core import clock
from feedbackloop.sample import improving
from feedbackloop.sample.content import Table
from feedbackloop.sample.replay import Stage, Step

_TAKES = timedelta(days=2, hours=3)


def steps_of(stage: Stage, told: Table) -> Iterator[Step]:
    """The complaints, each at its own moment, and what was done about them; those from before it are behind it."""
    done_on = stage.at(told["step"][-1]["at"]).astimezone(stage.now.tzinfo).date()
    numbers: list[str] = []
    for week, many in zip(range(-len(told["before"]), len(told["after"])), told["before"] + told["after"], strict=True):
        for place in range(many):
            number = f"T-{len(numbers) + 1:03}"
            numbers.append(number)
            day = done_on + timedelta(weeks=week, days=3 * place % 7)
            at = datetime.combine(day, time(9 + place, 12), stage.now.tzinfo)
            yield at, lambda number=number: _bring(stage, told, number)  # type: ignore[misc]
    behind = numbers[: sum(told["before"][:-1])]
    yield from improving.steps_of(stage, {**told, "complaints": behind})


def number_of(told: Table) -> int:
    return sum(told["before"]) + sum(told["after"])


def _bring(stage: Stage, told: Table, number: str) -> None:
    same = ("source", "category", "channel", "root_cause", "subject")
    record = ComplaintInput(
        external_id=number,
        **{name: told[name] for name in same},
        opened_at=clock.now(),
        resolved_at=clock.now() + _TAKES,
        sample=True,
    )
    with clock.at(clock.now() + _TAKES):
        stage.complaints[number] = complaints.upsert([record], "sample")[0].id
