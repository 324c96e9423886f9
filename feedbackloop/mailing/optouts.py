"""Who is not mailed, and for what: people who said so, and addresses that do not exist."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from feedbackloop.core import clock, history
from feedbackloop.core.errors import NotFound
from feedbackloop.core.keys import address_key, address_keys
from feedbackloop.extensions import db
from feedbackloop.mailing import kinds, queries
from feedbackloop.mailing.ending import emit_ended
from feedbackloop.people.models import Customer

PURPOSES = ("check_in", "review", "news", "follow")
EVERYTHING = "all"
OPTED_OUT = "opted_out"


def reasons(addresses: Iterable[str], purpose: str | None, now: datetime) -> dict[str, str]:
    """Why these addresses get no mail of this purpose; one that is not in the answer may be mailed.

    Without a purpose (a reply to a person, a mail to a colleague) only an address that does not exist is held back.
    """
    keyed = address_keys(set(addresses))
    listed = queries.suppressions(sorted(set(keyed.values())), now)
    found = {row.address_key: row.reason for row in listed if row.purpose in (EVERYTHING, purpose)}
    return {address: found[key] for address, key in keyed.items() if key in found}


def is_suppressed(addresses: Iterable[str], purpose: str | None, now: datetime) -> set[str]:
    """Those of the addresses that get no mail of this purpose."""
    return set(reasons(addresses, purpose, now))


def has_opted_out(customer: Customer, purpose: str) -> bool:
    return (
        customer.email is not None and reasons([customer.email], purpose, clock.now()).get(customer.email) == OPTED_OUT
    )


def opt_out(customer_id: int, purpose: str, source: str) -> None:
    """Ends mail of this purpose to the person, what was planned included. Saying it twice is saying it once."""
    customer = person(customer_id)
    if customer.email is not None:
        suppress(customer.email, purpose, OPTED_OUT, source)
    ended = queries.cancel_unsent_of([customer_id], kinds.of_purpose(purpose), OPTED_OUT)
    emit_ended([(row.kind, row.id, row.subject_id, "cancelled", OPTED_OUT) for row in ended])
    _record(customer_id, "opted_out", purpose)


def opt_in(customer_id: int, purpose: str) -> None:
    """Takes the person's own opt-out back. What was cancelled stays cancelled."""
    customer = person(customer_id)
    if customer.email is not None:
        queries.take_off(address_key(customer.email), purpose, OPTED_OUT)
    _record(customer_id, "opted_in", purpose)


def take_back(address: str, purpose: str) -> None:
    """As `opt_in`, for an address that says so itself and may be no customer's."""
    queries.take_off(address_key(address), purpose, OPTED_OUT)


def suppress(address: str, purpose: str, reason: str, source: str, expires_at: datetime | None = None) -> None:
    """Puts an address on the list; what was known before for this purpose is replaced."""
    queries.put_on(
        {
            "address_key": address_key(address),
            "purpose": purpose,
            "reason": reason,
            "source": source,
            "created_at": clock.now(),
            "expires_at": expires_at,
        }
    )


def person(customer_id: int) -> Customer:
    """The person; raises NotFound for one who is unknown or was erased."""
    customer = db.session.get(Customer, customer_id)
    if customer is None or customer.erased_at is not None:
        raise NotFound
    return customer


def _record(customer_id: int, what: str, purpose: str) -> None:
    history.record(history.Change(f"customer:{customer_id}", "customer", customer_id, what, reason=purpose))
