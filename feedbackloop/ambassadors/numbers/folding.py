"""The sums that are kept, brought from what complaints were counted as to what they are counted as now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from sqlalchemy import Table

from feedbackloop.ambassadors.numbers import queries
from feedbackloop.ambassadors.numbers.models import NumberCell, NumberDays, NumberFact
from feedbackloop.ambassadors.numbers.rules import BITS, DAYS_KINDS, DIMENSIONS, KINDS, MEASURES, Fact
from feedbackloop.core.inserts import insert_many

_AT_ONCE = 2_000

CellKey = tuple[date, tuple[Any, ...]]  # the week; kind and values
DaysKey = tuple[date, tuple[Any, ...]]  # the week; kind, value, step and days


@dataclass
class Sums:
    """What is to be added to the cells and to the days; less than nothing where somebody leaves."""

    cells: dict[CellKey, list[int]] = field(default_factory=dict)
    days: dict[DaysKey, int] = field(default_factory=dict)

    def add(self, one: Fact, sign: int) -> None:
        given = [sign * value for value in one.measures()]
        for kind in KINDS:
            key = (one.week, (kind, *one.values(kind)))
            kept = self.cells.get(key)
            self.cells[key] = given if kept is None else [a + b for a, b in zip(kept, given, strict=True)]
        for place, passed in enumerate(one.days):
            if passed is None:
                continue
            for kind in DAYS_KINDS:
                key = (one.week, (kind, value_of(one, kind), place + 1, passed))
                self.days[key] = self.days.get(key, 0) + sign

    @property
    def weeks(self) -> set[date]:
        return {week for week, _key in self.cells}


def value_of(one: Fact, kind: int) -> str:
    """The value of the one dimension that this kind tells apart; '' for everybody."""
    found = next((name for name, bit in BITS.items() if bit == kind), None)
    return str(getattr(one, found)) if found else ""


def sums_of(facts: Iterable[Fact]) -> Sums:
    """The sums that these complaints make."""
    sums = Sums()
    for one in facts:
        sums.add(one, 1)
    return sums


def fold(before: Mapping[int, Fact], after: Mapping[int, Fact]) -> int:
    """Keeps complaints as they are counted now, and moves the sums along; how many are counted otherwise than before.

    In the open transaction, whose counting row is held.
    """
    sums, left, leaves = Sums(), [], False
    changed = [one for complaint_id, one in after.items() if before.get(complaint_id) != one]
    for complaint_id, one in before.items():
        if after.get(complaint_id) == one:
            continue
        sums.add(one, -1)
        leaves = True
        if complaint_id not in after:
            left.append(complaint_id)
    for one in changed:
        sums.add(one, 1)
    queries.forget_facts(left)
    keep_facts(changed)
    _keep(sums)
    if leaves:
        queries.forget_empty(sums.weeks)
    return len(changed) + len(left)


def keep_sums(facts: Iterable[Fact]) -> None:
    """Adds up complaints that are kept and stand in no sum yet."""
    _keep(sums_of(facts))


def keep_facts(facts: Sequence[Fact]) -> None:
    """Keeps complaints as they are counted, and adds them up nowhere."""
    names = tuple(Fact.__dataclass_fields__)
    for part in _parts([{**vars(one), "days": list(one.days)} for one in facts]):
        insert_many(_table(NumberFact), part, once=("complaint_id",), replacing=names[1:])


def _keep(sums: Sums) -> None:
    keys = ("kind", *DIMENSIONS)
    cells = [
        {"week": week, **dict(zip(keys, key, strict=True)), **dict(zip(MEASURES, given, strict=True))}
        for (week, key), given in sorted(sums.cells.items(), key=_place)
        if any(given)
    ]
    for part in _parts(cells):
        insert_many(_table(NumberCell), part, once=(*keys, "week"), adding=MEASURES)
    names = ("kind", "value", "step", "days")
    days = [
        {"week": week, **dict(zip(names, key, strict=True)), "people": people}
        for (week, key), people in sorted(sums.days.items())
        if people
    ]
    for part in _parts(days):
        insert_many(_table(NumberDays), part, once=("kind", "value", "week", "step", "days"), adding=("people",))


def _place(cell: tuple[CellKey, list[int]]) -> tuple[Any, ...]:
    """Sums of few dimensions stand together, a week after the other: those a page reads lie side by side."""
    (week, key), _given = cell
    return (week, int(key[0]).bit_count(), *key)


def _parts(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _table(model: Any) -> Table:
    return cast(Table, model.__table__)
