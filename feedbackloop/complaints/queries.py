"""All SQL of complaints."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, RowMapping, Table, bindparam, select, tuple_, update
from sqlalchemy.orm import joinedload

from feedbackloop.complaints.models import Complaint, ImportRun, Round
from feedbackloop.core import inserts
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer

COMPLAINTS = cast(Table, Complaint.__table__)
_ROUNDS = cast(Table, Round.__table__)
Key = tuple[str, str]
_LONGEST_STORY = 500
# What never changes after the row is made.
_FIXED = frozenset({"id", "source", "external_id", "sample", "created_at"})
MUTABLE = tuple(column.name for column in COMPLAINTS.columns if column.name not in _FIXED)


def by_ids(ids: Iterable[int]) -> dict[int, Complaint]:
    """The complaints with these ids, by id, each with its person."""
    statement = select(Complaint).options(joinedload(Complaint.customer)).where(Complaint.id.in_(set(ids)))
    return {complaint.id: complaint for complaint in db.session.scalars(statement)}


def by_key(source: str, external_id: str) -> Complaint | None:
    """The complaint that a source knows under this name."""
    return db.session.scalar(
        select(Complaint)
        .options(joinedload(Complaint.customer))
        .where(Complaint.source == source, Complaint.external_id == external_id)
    )


def page(
    equal: Mapping[str, str], since: datetime | None, after: tuple[datetime | None, int] | None, limit: int
) -> list[Row[tuple[int, datetime]]]:
    """The next ids (with updated_at) where these columns are equal: by id, or with `since` by when they changed.

    `after` is the last row of the page before: its updated_at where there is `since`, and its id.
    """
    c = COMPLAINTS.c
    statement = select(c.id, c.updated_at).where(*(c[name] == value for name, value in equal.items())).limit(limit)
    if since is None:
        if after is not None:
            statement = statement.where(c.id > after[1])
        return list(db.session.execute(statement.order_by(c.id)))
    statement = statement.where(c.updated_at >= since)
    if after is not None:
        statement = statement.where(tuple_(c.updated_at, c.id) > after)
    return list(db.session.execute(statement.order_by(c.updated_at, c.id)))


def lock(ids: Iterable[int]) -> list[Complaint]:
    """The complaints with these ids as they stand now, held until the transaction ends; in the order of their ids."""
    statement = (
        select(Complaint)
        .where(Complaint.id.in_(set(ids)))
        .order_by(Complaint.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(statement))


def lock_known(keys: Collection[Key]) -> dict[Key, RowMapping]:
    """The rows of these (source, external_id), held until the transaction ends, each with `erased`: is its person?"""
    by_source: dict[str, list[str]] = {}
    for source, external_id in keys:
        by_source.setdefault(source, []).append(external_id)
    c = COMPLAINTS.c
    found: dict[Key, RowMapping] = {}
    for source in sorted(by_source):
        statement = (
            select(COMPLAINTS, Customer.erased_at.is_not(None).label("erased"))
            .outerjoin(Customer, Customer.id == c.customer_id)
            .where(c.source == source, c.external_id.in_(by_source[source]))
            .order_by(c.id)
            .with_for_update(of=COMPLAINTS, key_share=True)
        )
        found.update({(row["source"], row["external_id"]): row for row in db.session.execute(statement).mappings()})
    return found


def insert_new(rows: Sequence[Mapping[str, Any]]) -> dict[Key, int]:
    """Inserts what is not there yet; the ids by key of what this call inserted."""
    if not rows:
        return {}
    c = COMPLAINTS.c
    statement = inserts.insert_into(COMPLAINTS).on_conflict_do_nothing(index_elements=["source", "external_id"])
    # In one order everywhere, so that two imports at once wait for each other and never both.
    ordered = sorted(rows, key=lambda row: (str(row["source"]), str(row["external_id"])))
    found = db.session.execute(statement.returning(c.id, c.source, c.external_id), ordered)
    return {(row.source, row.external_id): row.id for row in found}


def update_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes every column that may change of these rows, which are locked."""
    if rows:
        statement = update(COMPLAINTS).where(COMPLAINTS.c.id == bindparam("row_id"))
        statement = statement.values({name: bindparam(f"new_{name}") for name in MUTABLE})
        values = [{"row_id": row["id"], **{f"new_{name}": row[name] for name in MUTABLE}} for row in rows]
        db.session.execute(statement, values)


def keep_rounds(rows: Sequence[Mapping[str, Any]]) -> None:
    """Keeps how these cycles were resolved; what was kept of the same cycle before is replaced."""
    inserts.insert_many(
        _ROUNDS, rows, once=("complaint_id", "cycle"), replacing=("resolved_at", "resolution", "prevention")
    )


def rounds(complaint_id: int) -> dict[int, Round]:
    """How the cycles of a complaint that came back were resolved, by cycle."""
    found = db.session.scalars(select(Round).where(Round.complaint_id == complaint_id).order_by(Round.cycle))
    return {one.cycle: one for one in found}


def history_of(complaint_id: int) -> list[History]:
    """What happened to a complaint, in every station, oldest first."""
    statement = select(History).where(History.complaint_id == complaint_id).order_by(History.id).limit(_LONGEST_STORY)
    return list(db.session.scalars(statement).all())


def trial_shift(digest: str, mapping: str) -> int | None:
    """The days by which the first trial of this file moved its dates; None where there was none."""
    return db.session.scalar(
        select(ImportRun.shift_days)
        .where(ImportRun.digest == digest, ImportRun.mapping == mapping, ImportRun.shift_days.is_not(None))
        .order_by(ImportRun.id)
        .limit(1)
    )


def save_import_run(run_id: int | None, values: Mapping[str, Any]) -> int:
    """Keeps what an import did, as a new row or in its own; the row's id."""
    run = db.session.get(ImportRun, run_id) if run_id is not None else None
    if run is None:
        run = ImportRun()
        db.session.add(run)
    for name, value in values.items():
        setattr(run, name, value)
    db.session.flush()
    return run.id
