"""All SQL of the people who complained."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from feedbackloop.core import inserts
from feedbackloop.extensions import db
from feedbackloop.people.models import Consent, Customer
from feedbackloop.people.rules import Person, address_key

CUSTOMERS = cast(Table, Customer.__table__)
_CHUNK = 1000  # SQLite takes 32,766 values in one statement


def by_ids(ids: Iterable[int]) -> dict[int, Customer]:
    """The people with these ids, by id."""
    found = db.session.scalars(select(Customer).where(Customer.id.in_(set(ids))))
    return {customer.id: customer for customer in found}


def by_address(address: str) -> Customer | None:
    """Who is known by this address, however it is spelled."""
    return db.session.scalar(select(Customer).where(Customer.email_key == address_key(address)))


def lock(ids: Collection[int], keys: Collection[str]) -> list[Person]:
    """The people with these ids or addresses, held until the transaction ends; in the order of their ids."""
    c = CUSTOMERS.c
    statement = (
        select(c.id, c.name, c.email, c.email_key, c.phone, c.locale, c.sample, c.erased_at)
        .where(or_(c.id.in_(ids), c.email_key.in_(keys)))
        .order_by(c.id)
        .with_for_update(key_share=True)
    )
    return [
        Person(row.id, row.name, row.email, row.email_key, row.phone, row.locale, row.sample, row.erased_at is not None)
        for row in db.session.execute(statement)
    ]


def insert_addressed(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Inserts people by address; the ids by address of those that nobody else inserted first."""
    if not rows:
        return {}
    statement = inserts.insert_into(CUSTOMERS).on_conflict_do_nothing(index_elements=["email_key"])
    # In one order everywhere, so that two imports at once wait for each other and never both.
    ordered = sorted(rows, key=lambda row: str(row["email_key"]))
    found = db.session.execute(statement.returning(CUSTOMERS.c.id, CUSTOMERS.c.email_key), ordered)
    return {row.email_key: row.id for row in found}


def insert_unaddressed(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Inserts people without an address; their ids in the same order."""
    if not rows:
        return []
    statement = insert(CUSTOMERS).returning(CUSTOMERS.c.id, sort_by_parameter_order=True)
    return list(db.session.scalars(statement, [dict(row) for row in rows]))


def update_people(people: Sequence[Person]) -> bool:
    """Writes the details of stored people. False, with nothing written, where an address is somebody else's."""
    if not people:
        return True
    names = ("name", "email", "email_key", "phone", "locale")
    statement = (
        update(CUSTOMERS)
        .where(CUSTOMERS.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    rows = [{"row_id": p.id, **{f"new_{name}": getattr(p, name) for name in names}} for p in people]
    try:
        with db.session.begin_nested():
            db.session.execute(statement, rows)
    except IntegrityError:
        return False
    return True


def is_erased_key(erased_key: str) -> bool:
    """Whether an erased person had the address with this keyed hash."""
    return db.session.scalar(select(CUSTOMERS.c.id).where(CUSTOMERS.c.erased_key == erased_key).limit(1)) is not None


def row_of(customer_id: int) -> Mapping[str, Any]:
    return dict(db.session.execute(select(CUSTOMERS).where(CUSTOMERS.c.id == customer_id)).one()._mapping)


def rows_along(column: Any, values: Sequence[Any], only: Any = None) -> list[Mapping[str, Any]]:
    """Whole rows of the column's table in which it holds one of the values, in the order of their keys."""
    table = cast(Table, column.class_.__table__)
    found: list[Mapping[str, Any]] = []
    for start in range(0, len(values), _CHUNK):
        statement = select(table).where(column.in_(values[start : start + _CHUNK])).order_by(*table.primary_key.columns)
        if only is not None:
            statement = statement.where(only)
        found += [dict(row._mapping) for row in db.session.execute(statement)]
    return found


def withdraw_consents(customer_id: int, at: datetime) -> None:
    """Ends all that a person allowed."""
    statement = update(Consent).where(Consent.customer_id == customer_id, Consent.withdrawn_at.is_(None))
    db.session.execute(statement.values(withdrawn_at=at).execution_options(synchronize_session="fetch"))


def empty(customer_id: int, at: datetime, erased_key: str | None) -> None:
    """Leaves of a person an empty row, and a keyed hash by which a second erasure knows of the first."""
    gone = dict.fromkeys(("name", "email", "email_key", "phone", "locale"))
    statement = update(Customer).where(Customer.id == customer_id).values(**gone, erased_at=at, erased_key=erased_key)
    db.session.execute(statement.execution_options(synchronize_session="fetch"))
