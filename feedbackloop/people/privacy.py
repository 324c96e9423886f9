"""Access and erasure: everything that is kept of a person, shown or taken away."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from feedbackloop.core import clock, events, keys, moments
from feedbackloop.core.history import Change, record
from feedbackloop.people import queries
from feedbackloop.people.events import AddressesErased, PeopleErased
from feedbackloop.people.models import Customer

log = logging.getLogger(__name__)

PERSON, ADDRESS = "person", "address"


@dataclass(frozen=True)
class Trail:
    """A table in which people are found. `column` holds the id that leads there: the person's, or that of a row of an
    earlier trail, which `leads_from` names; or, with ADDRESS, the keyed hash of the person's address."""

    name: str
    column: Any
    leads_from: str = PERSON
    only: Any = None


_trails: list[Trail] = []


def know(trails: Sequence[Trail]) -> None:
    """Sets the trails; `create_app` does it once with loop.PERSON_TRAILS."""
    _trails[:] = trails


def find(address: str) -> Customer | None:
    """Who is known by this address; None for nobody and for an erased person."""
    return queries.by_address(address)


def was_erased(address: str) -> bool:
    """Whether somebody with this address was erased: the one thing that can still be told of them."""
    return queries.is_erased_key(keys.address_key(address))


def export(customer: Customer) -> dict[str, Any]:
    """Every row of every table that carries this person, by trail."""
    return {
        "exported_at": moments.show(clock.now()),
        PERSON: _plain(queries.row_of(customer.id)),
        **{name: [_plain(row) for row in rows] for name, rows in _follow(customer.id, customer.email).items()},
    }


def export_address(address: str) -> dict[str, Any] | None:
    """Every row that is kept by an address alone, by trail, for somebody who never complained; None where none is."""
    found = {name: [_plain(row) for row in rows] for name, rows in _follow(None, address).items() if rows}
    return {"exported_at": moments.show(clock.now()), **found} if found else None


def erase(customer: Customer, actor: str) -> dict[str, int]:
    """Takes away who the person is, and what they wrote, everywhere; the number of rows along each trail.

    Complaints, answers and dates stay, as nobody's. What addresses must not be mailed stays too: it is kept by a hash.
    """
    if queries.lock({customer.id}, set())[0].erased:
        return {}
    counts = {name: len(rows) for name, rows in _follow(customer.id, customer.email).items()}
    erased_key = keys.address_key(customer.email) if customer.email else None
    events.emit(PeopleErased((customer.id,)))
    if erased_key is not None:
        events.emit(AddressesErased((erased_key,)))
    queries.withdraw_consents(customer.id, clock.now())
    queries.empty(customer.id, clock.now(), erased_key)
    record(Change(actor, "customer", customer.id, "erased"))
    log.info("person_erased", extra={"customer": customer.id})
    return counts


def erase_address(address: str) -> dict[str, int]:
    """Takes away what is kept by an address alone; the number of rows along each trail that had some.

    The list of addresses that are not mailed holds hashes only, and stays.
    """
    kept = {name: len(rows) for name, rows in _follow(None, address).items() if rows}
    if set(kept) <= {"suppressions"}:
        return {}
    events.emit(AddressesErased((keys.address_key(address),)))
    log.info("address_erased")
    return kept


def _follow(customer_id: int | None, email: str | None) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    address = [keys.address_key(email)] if email else []
    for trail in _trails:
        if trail.leads_from == PERSON:
            values: Sequence[Any] = [] if customer_id is None else [customer_id]
        elif trail.leads_from == ADDRESS:
            values = address
        else:
            values = [row["id"] for row in found[trail.leads_from]]
        found[trail.name] = queries.rows_along(trail.column, values, trail.only)
    return found


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it, without what is empty."""
    shown: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, datetime):
            shown[name] = moments.show(value)
        elif isinstance(value, date):
            shown[name] = value.isoformat()
        elif value is not None:
            shown[name] = value
    return shown
