"""Who is behind a number, as marketing may read them: a case's number, category and days; a name with consent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, tuple_

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.numbers import queries
from feedbackloop.ambassadors.numbers.figures import Filter
from feedbackloop.ambassadors.numbers.models import NumberFact
from feedbackloop.ambassadors.numbers.rules import STEPS
from feedbackloop.ambassadors.rules import BANDS, first_name
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.people.models import Consent, Customer

# What a number can be of: the steps, the answers, the bands, everybody who gave a mark; each as the cells add it up.
CHOICES: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in STEPS},
    **{name: (name,) for name in ("partly", "no")},
    **{name: (name,) for name in BANDS},
    "marked": tuple(BANDS),
}
# Of these, those whose complaint came back are counted apart.
APART = ("answered", "satisfied", *BANDS, "marked")


@dataclass(frozen=True)
class Wanted:
    """Whom to list. `again`: True only those whose complaint had come back, False only the others, None all."""

    filter: Filter
    step: str
    again: bool | None = None


@dataclass(frozen=True)
class Person:
    """One row. `ambassador_id` where they have a page in the pipeline; `complaint_id` for those who may open cases."""

    complaint_id: int
    week: date
    number: str
    category: str | None
    resolved_at: datetime | None
    reached: str
    ambassador_id: int | None
    name: str | None


@dataclass(frozen=True)
class Page:
    """`total` is the number that led here; `goes_on` is where the next page begins."""

    people: tuple[Person, ...]
    total: int
    goes_on: str | None


def page(wanted: Wanted, after: tuple[date, int] | None, limit: int) -> Page:
    """At most `limit` people, those resolved last first, behind the (week, complaint) `after`."""
    by_week = _by_week(wanted)
    shown = _weeks_shown(by_week, after, limit)
    rows: Sequence[Any] = []
    if shown:
        found = (
            select(*_ROW)
            .join(Complaint, Complaint.id == NumberFact.complaint_id)
            .where(NumberFact.week.in_(shown), *_conditions(wanted))
            .order_by(NumberFact.week.desc(), NumberFact.complaint_id.desc())
        )
        if after is not None:
            found = found.where(tuple_(NumberFact.week, NumberFact.complaint_id) < after)
        rows = db.session.execute(found.limit(limit + 1)).all()
    goes_on = f"{rows[limit - 1].week.toordinal()}-{rows[limit - 1].complaint_id}" if len(rows) > limit else None
    return Page(_people(rows[:limit]), sum(by_week.values()), goes_on)


def read_place(text: str | None) -> tuple[date, int] | None:
    """Where a page begins, as `goes_on` wrote it; None for anything that is none of ours."""
    parts = (text or "").split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        return None
    try:
        return date.fromordinal(int(parts[0])), int(parts[1])
    except (ValueError, OverflowError):
        return None


_ROW = (
    NumberFact.complaint_id,
    NumberFact.week,
    NumberFact.reached,
    Complaint.external_id,
    Complaint.category,
    Complaint.resolved_at,
    Complaint.customer_id,
)


def _by_week(wanted: Wanted) -> dict[date, int]:
    """How many there are in each week, by the kept sums: a list is read from weeks that have somebody."""
    one = wanted.filter
    names = CHOICES[wanted.step]
    found = {}
    for week, row in queries.weeks(one.kind, one.chosen, one.first, one.last):
        everybody = sum(row[name] for name in names)
        came_back = sum(row[f"again_{name}"] for name in names) if wanted.again is not None else 0
        people = {None: everybody, True: came_back, False: everybody - came_back}[wanted.again]
        if people:
            found[week] = people
    return found


def _weeks_shown(by_week: Mapping[date, int], after: tuple[date, int] | None, limit: int) -> list[date]:
    """The latest weeks that fill a page for certain; of the week in which it begins nobody is counted on."""
    shown, people = [], 0
    for week in sorted(by_week, reverse=True):
        if after is not None and week > after[0]:
            continue
        if people > limit:
            break
        shown.append(week)
        people += 0 if after is not None and week == after[0] else by_week[week]
    return shown


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [getattr(NumberFact, name) == value for name, value in wanted.filter.chosen.items()]
    if wanted.step in STEPS:
        found.append(NumberFact.reached >= STEPS.index(wanted.step))
    elif wanted.step == "marked":
        found.append(NumberFact.band != "")
    else:
        found.append((NumberFact.band if wanted.step in BANDS else NumberFact.answer) == wanted.step)
    if wanted.again is not None:
        found.append(NumberFact.again.is_(wanted.again))
    return found


def _people(rows: Sequence[Row[Any]]) -> tuple[Person, ...]:
    ids = [row.customer_id for row in rows if row.customer_id is not None]
    pages = _pages(ids)
    names = _names([(row.customer_id, row.complaint_id) for row in rows if row.customer_id is not None])
    return tuple(
        Person(
            complaint_id=row.complaint_id,
            week=row.week,
            number=row.external_id,
            category=row.category,
            resolved_at=row.resolved_at,
            reached=STEPS[row.reached],
            ambassador_id=pages.get(row.customer_id),
            name=first_name(names.get(row.complaint_id)),
        )
        for row in rows
    )


def _pages(customer_ids: Sequence[int]) -> dict[int, int]:
    """Who is in the pipeline now, and where."""
    if not customer_ids:
        return {}
    wanted = select(Ambassador.customer_id, Ambassador.id)
    rows = db.session.execute(wanted.where(Ambassador.customer_id.in_(customer_ids), Ambassador.left_at.is_(None)))
    return {row.customer_id: row.id for row in rows}


def _names(cases: Sequence[tuple[int, int]]) -> dict[int, str | None]:
    """The names of those who allow that theirs is used, for everything or for this case; by case."""
    if not cases:
        return {}
    rows = db.session.execute(
        select(Consent.customer_id, Consent.complaint_id, Customer.name)
        .join(Customer, Customer.id == Consent.customer_id)
        .where(
            Consent.customer_id.in_([customer_id for customer_id, _case in cases]),
            Consent.purpose == "name",
            Consent.withdrawn_at.is_(None),
        )
    ).all()
    allowed = {(row.customer_id, row.complaint_id): row.name for row in rows}
    found = {}
    for customer_id, case in cases:
        if (customer_id, case) in allowed or (customer_id, None) in allowed:
            found[case] = allowed.get((customer_id, case)) or allowed.get((customer_id, None))
    return found


def in_week(wanted: Wanted, week: date) -> Wanted:
    """The same of one week alone."""
    return replace(wanted, filter=replace(wanted.filter, first=week, last=week))
