"""How many people stand where, kept true by whatever changes a person, in the same transaction.

Each change of the board is a row that is only added, so that a thousand answers at once wait for nobody; a job folds
them into the counts. Who writes an Ambassador need not think of it: a flush does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, delete, event, func, inspect, select
from sqlalchemy.orm import Session

from feedbackloop.ambassadors import rules
from feedbackloop.ambassadors.models import NO_STEP, Ambassador, BoardChange, BoardCount, BoardState, Tag
from feedbackloop.ambassadors.rules import Kind
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.db import plain
from feedbackloop.core.inserts import insert_many
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks

FOLD = 5_000  # changes at once
_ONLY = 1
_NOTHING = {**asdict(Kind("", "", "", 0, 0, "")), "kind": 0, "people": 0}
_TOLD = ("left_at", "board_column", "category", "locale", "owner_id", "consents", "recommend")


def kind_of(values: Mapping[str, Any]) -> Kind | None:
    """The kind of a person with these values of their row; None for who is off the board."""
    if values["left_at"] is not None:
        return None
    return Kind(
        values["board_column"],
        values["category"] or "",
        values["locale"] or "",
        values["owner_id"] or 0,
        values["consents"] or 0,  # a new row has its defaults only once it is written
        rules.band(values["recommend"]),
    )


def change(moved: Mapping[Kind | None, int]) -> None:
    """Adds to the open transaction that so many people became, or ceased to be, of these kinds.

    At least one row is written: what moves nobody is seen all the same.
    """
    rows = [
        {**asdict(kind), "kind": kind.key, "people": people}
        for kind, people in moved.items()
        if kind is not None and people
    ]
    insert_many(cast(Table, BoardChange.__table__), rows or [_NOTHING])


def note_seen() -> None:
    """Adds that cards show something else now, though nobody moved."""
    change({})


def board_version() -> int:
    """Grows with every change of the board that is committed, and with nothing else; one cheap query."""
    folded, waiting = plain(_VERSION).one()
    return (folded or 0) + int(waiting)


_VERSION = select(
    select(BoardState.folded).scalar_subquery(), select(func.count()).select_from(BoardChange).scalar_subquery()
)


@event.listens_for(Session, "before_flush")
def _keep(session: Session, _context: Any, _instances: Any) -> None:
    """Brings column and kind of whoever is about to be written up to date, and writes down what changed."""
    moved: Counter[Kind | None] = Counter()
    seen = False
    for one in session.dirty:
        if isinstance(one, Ambassador) and session.is_modified(one, include_collections=False):
            seen = True
            moved[kind_of(_before(one))] -= 1
            moved[_put(one)] += 1
    for one in session.new:
        if isinstance(one, Ambassador):
            seen = True
            moved[_put(one)] += 1
        seen = seen or isinstance(one, Tag)
    for one in session.deleted:
        if isinstance(one, Ambassador):
            moved[kind_of(_before(one))] -= 1
        seen = seen or isinstance(one, (Ambassador, Tag))
    if seen:
        change(moved)


def _before(one: Ambassador) -> dict[str, Any]:
    """What its row holds until this flush."""
    states = inspect(one).attrs
    found = {}
    for name in _TOLD:
        gone = states[name].history.deleted
        found[name] = gone[0] if gone else getattr(one, name)
    return found


def _put(one: Ambassador) -> Kind | None:
    """Sets what follows from its other values."""
    today = clock.now().astimezone(settings().timezone).date()
    column = rules.column_of(one.stage, one.not_now_until, today)
    if one.board_column != column:
        one.board_column = column
    if one.next_key != (one.next_step_on or NO_STEP):
        one.next_key = one.next_step_on or NO_STEP
    kind = kind_of({name: getattr(one, name) for name in _TOLD})
    if kind is not None and one.kind != kind.key:
        one.kind = kind.key
    return kind


def take_off(whom: ColumnElement[bool]) -> None:
    """Takes people off the board whose rows are about to be deleted past the session."""
    for one in db.session.scalars(select(Ambassador).where(whom, Ambassador.left_at.is_(None))):
        one.left_at = clock.now()
    db.session.flush()


def release(owners: Select[Any]) -> None:
    """Leaves the people of these members of staff, who go, without an owner."""
    for one in db.session.scalars(select(Ambassador).where(Ambassador.owner_id.in_(owners))):
        one.owner_id = None
    db.session.flush()


# Folding


def fold() -> int:
    """Puts the oldest changes into the counts, FOLD at most; how many they were. Two at once wait for each other."""
    state = held_state()
    oldest = select(BoardChange.id).order_by(BoardChange.id).limit(FOLD)
    taken = delete(BoardChange).where(BoardChange.id.in_(oldest)).returning(*_KIND, BoardChange.people)
    rows = plain(taken).all()
    moved: Counter[Kind] = Counter()
    for *kind, people in rows:
        if people:
            moved[Kind(*kind)] += people
    if rows:
        _add(moved)
        _add_totals(state, moved)
        state.folded += len(rows)
        state.folded_at = clock.now()
    return len(rows)


def held_state() -> BoardState:
    """The one row, held until the transaction ends; the first who asks for it makes it."""
    wanted = select(BoardState).where(BoardState.id == _ONLY).with_for_update()
    wanted = wanted.execution_options(populate_existing=True)
    state = db.session.scalars(wanted).one_or_none()
    if state is None:
        empty = {"id": _ONLY, "folded": 0, "people": 0, "totals": {}, "categories": {}, "folded_at": clock.now()}
        insert_many(cast(Table, BoardState.__table__), [empty], once=("id",))
        state = db.session.scalars(wanted).one()
    return state


_KIND = (
    BoardChange.board_column,
    BoardChange.category,
    BoardChange.locale,
    BoardChange.owner_id,
    BoardChange.consents,
    BoardChange.band,
)


def _add(moved: Mapping[Kind, int]) -> None:
    """Adds these people to the counts of their kinds."""
    wanted = {kind.key: kind for kind, people in moved.items() if people}
    for part in chunks(sorted(wanted)):
        known = plain(select(BoardCount.kind, BoardCount.people).where(BoardCount.kind.in_(part)))
        there: dict[int, int] = dict(known.all())
        write([(wanted[key], there.get(key, 0) + moved[wanted[key]]) for key in part])


def write(counts: Iterable[tuple[Kind, int]]) -> None:
    """Sets how many people are of each of these kinds. Whoever calls holds the row of BoardState."""
    counts = list(counts)
    rows = [{**asdict(kind), "kind": kind.key, "people": people} for kind, people in counts if people]
    insert_many(cast(Table, BoardCount.__table__), rows, once=("kind",), replacing=("people",))
    for part in chunks([kind.key for kind, people in counts if not people]):
        plain(delete(BoardCount).where(BoardCount.kind.in_(part)))


def _add_totals(state: BoardState, moved: Mapping[Kind, int]) -> None:
    totals, categories = Counter(state.totals), Counter(state.categories)
    for kind, people in moved.items():
        totals[kind.board_column] += people
        categories[kind.category] += people
        state.people += people
    state.totals, state.categories = without_zeros(totals), without_zeros(categories)


def without_zeros(counted: Mapping[str, int]) -> dict[str, int]:
    """As the totals are kept."""
    return {name: people for name, people in sorted(counted.items()) if people}
