"""SQL of planning mail and of what is known of its recipients. Claiming is in `claims.py`, counting in `figures.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.core.db import among, plain
from feedbackloop.core.inserts import insert_many
from feedbackloop.extensions import db
from feedbackloop.mailing import kinds
from feedbackloop.mailing.kinds import Row
from feedbackloop.mailing.models import Outbox, Suppression
from feedbackloop.mailing.rules import UNSENT, WAITING
from feedbackloop.people.models import Customer
from feedbackloop.staff.models import Staff

# SQLite takes at most 32,766 values in one statement.
CHUNK = 1000

# The table that the outbox points at. Its station comes later in the loop; here only the mark of sample data and the
# reference that people know a complaint by are read.
_complaints = next(iter(Outbox.__table__.c.complaint_id.foreign_keys))


@dataclass
class Claimed(Row):
    """An outbox row that this process may send until its lease ends. `attempts` counts the present one."""

    uuid: str
    to_name: str | None
    to_address: str | None
    expires_at: datetime | None
    attempts: int
    unclear: int
    reason: str | None
    shared_with: int | None = None

    @property
    def leads(self) -> bool:
        """Whether other rows go in the mail of this one."""
        return self.shared_with == self.id


@dataclass(slots=True)
class Recipient:
    """Who gets a mail, as they stand now."""

    name: str | None
    address: str | None
    locale: str | None
    sample: bool
    erased: bool


def chunks(values: Sequence[Any], size: int = CHUNK) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


# Planning


def insert_mails(rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, datetime]]:
    """Inserts what is not there yet; (id, due_at) of the new rows."""
    table = cast(Table, Outbox.__table__)
    found = insert_many(table, rows, once=("kind", "subject_id", "cycle"), returning=("id", "due_at"))
    return [(row.id, row.due_at) for row in found]


_OUTBOX = cast(Table, Outbox.__table__)
_CANCEL = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.kind == bindparam("of_kind"),
        _OUTBOX.c.subject_id.in_(bindparam("subject_ids", expanding=True)),
        _OUTBOX.c.status.in_(UNSENT),
    )
    .values(status="cancelled", reason=bindparam("why"))
    .returning(_OUTBOX.c.subject_id, _OUTBOX.c.id, _OUTBOX.c.shared_with)
)


def cancel_unsent(kind: str, subject_ids: Sequence[int], reason: str, cycle: int | None = None) -> list[int]:
    """Cancels what is unsent of these mails; rows that are loaded in this session are not told."""
    found: list[int] = []
    statement = _CANCEL if cycle is None else _CANCEL.where(_OUTBOX.c.cycle == cycle)
    for part in chunks(subject_ids):
        rows = plain(statement, of_kind=kind, subject_ids=list(part), why=reason).all()
        release_riders([row.id for row in rows if row.shared_with == row.id])
        found += [row.subject_id for row in rows]
    return found


def take_up(rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, datetime]]:
    """Queues cancelled rows of these mails again that no server was asked to take; (id, due_at) of each."""
    found: list[tuple[int, datetime]] = []
    for row in rows:
        same = (Outbox.kind == row["kind"], Outbox.subject_id == row["subject_id"], Outbox.cycle == row["cycle"])
        anew = {name: row[name] for name in ("due_at", "expires_at", "customer_id")}
        statement = (
            update(Outbox)
            .where(*same, Outbox.status == "cancelled", Outbox.attempts == 0)
            .values(status="queued", reason=None, shared_with=None, **anew)
            .returning(Outbox.id, Outbox.due_at)
        )
        found += [(one.id, one.due_at) for one in db.session.execute(statement)]
    return found


def release_riders(leaders: Sequence[int]) -> None:
    """What was to go in the mails of these rows waits for its own again."""
    if leaders:
        free = update(Outbox).where(Outbox.shared_with.in_(leaders)).execution_options(synchronize_session=False)
        db.session.execute(free.where(Outbox.status == "shared").values(status="queued", shared_with=None))
        db.session.execute(free.where(Outbox.id.in_(leaders)).values(shared_with=None))


def cancel_unsent_of(customer_ids: Sequence[int], kinds: Sequence[str] | None, reason: str) -> list[Any]:
    """Cancels what these people were still to get (of these kinds, or all): id, kind and subject_id of each row."""
    found: list[Any] = []
    for part in chunks(customer_ids):
        statement = (
            update(Outbox)
            .where(Outbox.customer_id.in_(part), Outbox.status.in_((*WAITING, "shared", "parked")))
            .values(status="cancelled", reason=reason)
            .returning(Outbox.id, Outbox.kind, Outbox.subject_id)
        )
        if kinds is not None:
            statement = statement.where(Outbox.kind.in_(kinds))
        found += db.session.execute(statement).all()
    return found


def forget_replies(customer_ids: Sequence[int]) -> None:
    for part in chunks(customer_ids):
        db.session.execute(
            update(Outbox).where(Outbox.customer_id.in_(part)).values(smtp_reply=None, to_name=None, to_address=None)
        )


def forget_addresses(kinds: Sequence[str], subject_ids: Sequence[int]) -> None:
    for part in chunks(subject_ids):
        own = update(Outbox).where(Outbox.kind.in_(kinds), Outbox.subject_id.in_(part))
        db.session.execute(own.values(to_name=None, to_address=None, smtp_reply=None))


def move_unsent(kind: str, due_by_subject: Mapping[int, datetime]) -> None:
    for subject_id, due_at in due_by_subject.items():
        db.session.execute(
            update(Outbox)
            .where(Outbox.kind == kind, Outbox.subject_id == subject_id, Outbox.status.in_(UNSENT))
            .values(due_at=due_at)
        )


def readdress_unsent(customer_by_complaint: Mapping[int, int | None]) -> None:
    for complaint_id, customer_id in customer_by_complaint.items():
        theirs = update(Outbox).where(Outbox.complaint_id == complaint_id, Outbox.to_address.is_(None))
        # What was to go in a mail to the person before goes by itself; so does what was to go in this one.
        db.session.execute(theirs.where(Outbox.status == "shared").values(status="queued", shared_with=None))
        rows = db.session.execute(
            theirs.where(Outbox.status.in_(UNSENT))
            .values(customer_id=customer_id)
            .returning(Outbox.id, Outbox.shared_with)
        )
        release_riders([row.id for row in rows if row.shared_with == row.id])


def cycle_counts(kind: str, cycles: Sequence[int]) -> dict[int, dict[str, int]]:
    """How the mails of this kind stand, by cycle: status → how many."""
    found: dict[int, dict[str, int]] = {one: {} for one in cycles}
    columns = select(Outbox.cycle, Outbox.status, func.count()).where(Outbox.kind == kind, Outbox.cycle.in_(cycles))
    for cycle, status, number in db.session.execute(columns.group_by(Outbox.cycle, Outbox.status)):
        found[cycle][status] = number
    return found


def statuses(kind: str, subject_ids: Sequence[int]) -> dict[int, tuple[str, str | None, datetime]]:
    """Status, reason and due moment of each subject's mail of this kind."""
    found: dict[int, tuple[str, str | None, datetime]] = {}
    for part in chunks(subject_ids):
        rows = db.session.execute(
            select(Outbox.subject_id, Outbox.status, Outbox.reason, Outbox.due_at).where(
                Outbox.kind == kind, Outbox.subject_id.in_(part)
            )
        )
        found.update({row.subject_id: (row.status, row.reason, row.due_at) for row in rows})
    return found


# Delivering (claiming and settling are in `claims.py`)


def recipients(mails: Sequence[Claimed]) -> dict[int, Recipient]:
    """Who each mail goes to, by outbox id: the customer as they are now, or the one it was written for."""
    customers: dict[int, Any] = {}
    for part in chunks(sorted({mail.customer_id for mail in mails if mail.customer_id is not None})):
        columns = select(
            Customer.id, Customer.name, Customer.email, Customer.locale, Customer.sample, Customer.erased_at
        )
        customers.update({row.id: row for row in db.session.execute(columns.where(among(Customer.id, part)))})
    colleagues: dict[str, Any] = {}
    for part in chunks(sorted({mail.to_address.lower() for mail in mails if mail.to_address})):
        colleagues.update(
            {
                row.email: row
                for row in db.session.execute(
                    select(Staff.email, Staff.locale, Staff.sample).where(Staff.email.in_(part))
                )
            }
        )
    readers = kinds.readers([mail for mail in mails if mail.customer_id is None])
    sample_complaints = _sample_complaints([mail.complaint_id for mail in mails if mail.complaint_id is not None])
    found: dict[int, Recipient] = {}
    for mail in mails:
        sample = mail.complaint_id in sample_complaints
        if mail.customer_id is not None:
            row = customers[mail.customer_id]
            found[mail.id] = Recipient(row.name, row.email, row.locale, sample or row.sample, row.erased_at is not None)
        else:
            known = readers.get(mail.id) or colleagues.get((mail.to_address or "").lower())
            found[mail.id] = Recipient(
                mail.to_name,
                mail.to_address,
                known.locale if known else None,
                sample or bool(known and known.sample),
                False,
            )
    return found


def _sample_complaints(ids: Sequence[int]) -> set[int]:
    table = _complaints.column.table
    found: set[int] = set()
    for part in chunks(sorted(set(ids))):
        found.update(db.session.scalars(select(table.c.id).where(among(table.c.id, part), table.c.sample)))
    return found


def references(complaint_ids: Sequence[int]) -> dict[int, str]:
    """The reference that people know each complaint by."""
    table = _complaints.column.table
    found: dict[int, str] = {}
    for part in chunks(sorted(set(complaint_ids))):
        rows = db.session.execute(select(table.c.id, table.c.external_id).where(table.c.id.in_(part)))
        found.update(dict(rows.tuples().all()))
    return found


def suppressions(keys: Sequence[str], now: datetime) -> list[Suppression]:
    found: list[Suppression] = []
    for part in chunks(keys):
        statement = select(Suppression).where(
            Suppression.address_key.in_(part), or_(Suppression.expires_at.is_(None), Suppression.expires_at > now)
        )
        found += db.session.scalars(statement).all()
    return found


def put_on(row: Mapping[str, Any]) -> None:
    insert = postgresql_insert if db.session.get_bind().dialect.name == "postgresql" else sqlite_insert
    changed = {name: row[name] for name in ("reason", "source", "created_at", "expires_at")}
    statement = insert(Suppression).values(dict(row))
    db.session.execute(statement.on_conflict_do_update(index_elements=["address_key", "purpose"], set_=changed))


def take_off(key: str, purpose: str, reason: str) -> None:
    db.session.execute(
        delete(Suppression).where(
            Suppression.address_key == key, Suppression.purpose == purpose, Suppression.reason == reason
        )
    )
