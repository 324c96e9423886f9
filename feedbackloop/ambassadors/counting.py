"""Checks the board's counts and copies against the raw rows, and makes them anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Executable, Integer, String, bindparam, cast, func, null, select, union_all
from sqlalchemy.engine import Row
from sqlalchemy.orm.attributes import flag_modified

from feedbackloop.ambassadors import copies, counts, rules
from feedbackloop.ambassadors.models import NO_STEP, Ambassador, BoardChange, BoardCount, BoardState
from feedbackloop.ambassadors.rules import Kind
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.db import plain, transaction
from feedbackloop.extensions import db

BATCH = 500
_FIELDS = ("board_column", "category", "locale", "owner_id", "consents", "band")


def is_counted() -> bool:
    """Whether the board was ever counted: an upgrade leaves that to the first who looks."""
    return plain(select(BoardState.checked_at)).scalar() is not None


# Checking


def differences() -> Iterator[str]:
    """One line for each copy that is not as the raw rows say, and for each count that is not what is there.

    Read while the product works on: a change in the very moment is in the counts or among what is not folded yet.
    """
    yield from _wrong_copies()
    wanted = _recounted()
    kept = {Kind(*kind): people for *kind, people in plain(_KEPT)}
    for kind in sorted({*wanted, *kept}, key=lambda one: (one.board_column, one.key)):
        if wanted.get(kind, 0) != kept.get(kind, 0):
            yield f"{_words(kind)}: {kept.get(kind, 0)} counted, {wanted.get(kind, 0)} there"
    state = plain(select(BoardState.people, BoardState.totals, BoardState.categories)).one_or_none()
    people, totals, categories = state or (0, {}, {})
    yield from _wrong_totals("column", totals, _summed(wanted, lambda kind: kind.board_column))
    yield from _wrong_totals("category", categories, _summed(wanted, lambda kind: kind.category))
    yield from _wrong_totals("board", {"whole": people}, {"whole": sum(wanted.values())})


def _wrong_totals(name: str, said: dict[str, int], wanted: dict[str, int]) -> Iterator[str]:
    for one in sorted({*said, *wanted}):
        if said.get(one, 0) != wanted.get(one, 0):
            yield f"{name} {one or '(none)'}: {said.get(one, 0)} in total, {wanted.get(one, 0)} there"


def _wrong_copies() -> Iterator[str]:
    last = 0
    while rows := plain(_ON_BOARD, last=last).all():
        last = rows[-1].id
        kept = copies.of_people([row.id for row in rows])
        today = _today()
        for row in rows:
            wrong = _differing(row, kept[row.id], today)
            if wrong:
                yield f"person {row.id}: {', '.join(wrong)}"
    db.session.rollback()


def _differing(row: Row[Any], kept: copies.Copies, today: date) -> list[str]:
    """What of this row is not what it is to be. Names, never words of people."""
    wrong = [name for name, value in vars(kept).items() if getattr(row, name) != value]
    column = rules.column_of(row.stage, row.not_now_until, today)
    # Whose day came a moment ago is still to be taken up.
    if row.board_column != column and (row.board_column != "not_now" or row.not_now_until != today):
        wrong.append("board_column")
    kind = counts.kind_of(row._asdict())
    if kind is not None and kind.key != row.kind:
        wrong.append("kind")
    if row.next_key != (row.next_step_on or NO_STEP):
        wrong.append("next_key")
    return wrong


# Making anew


def rebuild(after: int = 0, said: Callable[[int], None] | None = None) -> int:
    """Makes copies and counts anew from the raw rows; how many people had a wrong copy.

    In batches of a short transaction each, by the id of the person; `said` hears how far it is, and `after` goes on
    from there. Nobody waits for it but the folding of counts.
    """
    mended = 0
    while True:
        with transaction():
            last, wrong = _mend(after)
        mended += wrong
        if last is None:
            break
        after = last
        if said:
            said(after)
    with transaction():
        _count_anew()
    return mended


def _mend(after: int) -> tuple[int | None, int]:
    """One batch of people: the last id, and how many were wrong."""
    rows = plain(_ON_BOARD, last=after).all()
    if not rows:
        return None, 0
    kept = copies.of_people([row.id for row in rows])
    wrong = [row.id for row in rows if _differing(row, kept[row.id], _today())]
    if wrong:
        held = db.session.scalars(
            select(Ambassador)
            .where(Ambassador.id.in_(wrong))
            .order_by(Ambassador.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        _put_right(held)
    return rows[-1].id, len(wrong)


def _put_right(held: Sequence[Ambassador]) -> None:
    kept = copies.of_people([one.id for one in held])  # once more: now nobody changes it
    for one in held:
        copies.put(one, kept[one.id])
        # Where nothing but the column or the kind was wrong a flush would not see that there is anything to write.
        flag_modified(one, "kind")
    db.session.flush()


def _count_anew() -> None:
    """Sets every count by one look at all rows. Changes that are not folded yet are left for the fold."""
    state = counts.held_state()
    wanted = _recounted()
    kept = {Kind(*kind): people for *kind, people in plain(_KEPT)}
    counts.write((kind, wanted.get(kind, 0)) for kind in {*wanted, *kept} if wanted.get(kind, 0) != kept.get(kind, 0))
    state.people = sum(wanted.values())
    state.totals = _summed(wanted, lambda kind: kind.board_column)
    state.categories = _summed(wanted, lambda kind: kind.category)
    state.checked_at = clock.now()
    db.session.flush()
    counts.note_seen()


def _recounted() -> Counter[Kind]:
    """What the counts have to say: who is there, less what is not folded yet; all seen in one moment."""
    found: Counter[Kind] = Counter()
    for column, category, locale, owner, consents, band, mark, people in plain(_THERE):
        kind = Kind(column, category, locale, owner, consents, rules.band(mark) if band is None else band)
        found[kind] += people
    return Counter({kind: people for kind, people in found.items() if people})


def _summed(wanted: Counter[Kind], of: Callable[[Kind], str]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for kind, people in wanted.items():
        found[of(kind)] += people
    return counts.without_zeros(found)


def _words(kind: Kind) -> str:
    return ", ".join(f"{name} {value}" for name, value in vars(kind).items() if value not in ("", 0)) or "unknown"


def _today() -> date:
    return clock.now().astimezone(settings().timezone).date()


_KEPT = select(*(getattr(BoardCount, name) for name in _FIELDS), BoardCount.people)
_A_PERSON = (
    Ambassador.board_column,
    func.coalesce(Ambassador.category, ""),
    func.coalesce(Ambassador.locale, ""),
    func.coalesce(Ambassador.owner_id, 0),
    Ambassador.consents,
)
_THERE: Executable = union_all(
    select(*_A_PERSON, cast(null(), String).label("band"), Ambassador.recommend, func.count())
    .where(Ambassador.left_at.is_(None))
    .group_by(*_A_PERSON, Ambassador.recommend),
    select(*(getattr(BoardChange, name) for name in _FIELDS), cast(null(), Integer), -func.sum(BoardChange.people))
    .where(BoardChange.people != 0)
    .group_by(*(getattr(BoardChange, name) for name in _FIELDS)),
)
_ON_BOARD = (
    select(
        Ambassador.id,
        Ambassador.stage,
        Ambassador.left_at,
        Ambassador.not_now_until,
        Ambassador.board_column,
        Ambassador.owner_id,
        Ambassador.category,
        Ambassador.locale,
        Ambassador.consents,
        Ambassador.recommend,
        Ambassador.quote_answer_id,
        Ambassador.number_key,
        Ambassador.next_step_on,
        Ambassador.next_key,
        Ambassador.kind,
    )
    .where(Ambassador.left_at.is_(None), Ambassador.id > bindparam("last"))
    .order_by(Ambassador.id)
    .limit(BATCH)
)
