"""SQL of mails that go as one: who has several, which rows they are, and what becomes of those that go along."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, func, literal, or_, select, text, update

from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.queries import Claimed, chunks
from feedbackloop.mailing.rules import UNSENT, Neighbour

_ALIVE = (*UNSENT, "claimed", "uncertain", "parked")
_COLUMNS = [Outbox.__table__.c[name] for name in Claimed.__dataclass_fields__ if name != "along"]
# A lock of ours among others that the database may be asked for.
_LOCKS = 7_402_118_000_000_000_000
_LOCK = text("""SELECT pg_advisory_xact_lock(:base + one)
    FROM (SELECT unnest(CAST(:ids AS bigint[])) AS one ORDER BY one) AS wanted""")


def _counts(kind: str, people: Sequence[int], since: datetime | None) -> ColumnElement[bool]:
    """First mails of this kind to these people that are still to go, or went since then."""
    alive: ColumnElement[bool] = Outbox.status.in_(_ALIVE)
    if since is not None:
        alive = or_(alive, and_(Outbox.status == "sent", Outbox.sent_at > since))
    return and_(_among(people), Outbox.kind == kind, Outbox.cycle == 1, alive)


def _among(people: Sequence[int]) -> ColumnElement[bool]:
    """One of these people, who go as one value: five hundred of them cost as much to read as the answer."""
    if db.session.get_bind().dialect.name == "postgresql":
        return Outbox.customer_id == any_(literal(list(people), ARRAY(BigInteger)))
    return Outbox.customer_id.in_(select(func.json_each(json.dumps(list(people))).table_valued("value").c.value))


def crowded(kind: str, people: Sequence[int], since: datetime | None) -> list[int]:
    """Those of the people who have more than one such mail, in the order of their ids."""
    if not people:
        return []
    wanted = select(Outbox.customer_id).where(_counts(kind, people, since))
    several = wanted.group_by(Outbox.customer_id).having(func.count() > 1)
    # Past the ORM: this is asked for each batch, and nearly always nobody is found.
    return sorted(db.session.connection().scalars(several))


def lock(people: Sequence[int]) -> None:
    """Nobody else decides about mail to these people until the transaction ends."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(_LOCK, {"base": _LOCKS, "ids": list(people)})


def neighbours(kind: str, people: Sequence[int], since: datetime | None) -> dict[int, list[Neighbour]]:
    """Such mails of each person, in the order in which they fall due."""
    rows = db.session.execute(
        select(
            Outbox.customer_id,
            Outbox.id,
            Outbox.status,
            Outbox.due_at,
            Outbox.sent_at,
            Outbox.unclear,
            func.coalesce(Outbox.shared_with == Outbox.id, False),
        )
        .where(_counts(kind, people, since))
        .order_by(Outbox.due_at, Outbox.id)
    )
    found: dict[int, list[Neighbour]] = {}
    for row in rows:
        found.setdefault(int(row[0] or 0), []).append(Neighbour(*row[1:]))
    return found


def join(leader: int, ours: Sequence[int], others: Sequence[int]) -> list[int]:
    """Makes these rows go in the mail of `leader`, where they still may: their ids.

    `ours` are claimed by us, and are not any more; of the `others` somebody may just have taken one.
    """
    going_along = {"status": "shared", "shared_with": leader, "reason": None, "lease": None, "leased_until": None}
    joined: list[int] = []
    for which, values in (
        (and_(Outbox.id.in_(ours), Outbox.status == "claimed"), {**going_along, "attempts": Outbox.attempts - 1}),
        (and_(Outbox.id.in_(others), Outbox.status.in_(UNSENT), Outbox.unclear == 0), going_along),
    ):
        joined += db.session.scalars(update(Outbox).where(which).values(**values).returning(Outbox.id))
    if joined:
        db.session.execute(update(Outbox).where(Outbox.id == leader).values(shared_with=leader))
    return sorted(joined)


def along(leaders: Sequence[int]) -> dict[int, list[Claimed]]:
    """What goes in the mails of these rows, by theirs; always in the same order, so that every copy is the same."""
    found: dict[int, list[Claimed]] = {}
    for part in chunks(leaders):
        rows = db.session.execute(
            select(*_COLUMNS).where(Outbox.shared_with.in_(part), Outbox.status == "shared").order_by(Outbox.id)
        )
        for row in rows:
            one = Claimed(*row)
            found.setdefault(int(one.shared_with or 0), []).append(one)
    return found


def end(ids: Sequence[int], **values: Any) -> list[Any]:
    """Ends these rows, where they still go in another's mail: kind, id and subject_id of each."""
    return _end(Outbox.id.in_(ids), ("shared",), values)


def end_along(leader: int, statuses: Sequence[str], **values: Any) -> list[Any]:
    """Ends what goes, or went, in the mail of this row: kind, id and subject_id of each."""
    return _end(and_(Outbox.shared_with == leader, Outbox.id != leader), statuses, values)


def _end(which: ColumnElement[bool], statuses: Sequence[str], values: Mapping[str, Any]) -> list[Any]:
    statement = (
        update(Outbox)
        .where(which, Outbox.status.in_(statuses))
        .values(**values)
        .returning(Outbox.kind, Outbox.id, Outbox.subject_id)
    )
    return list(db.session.execute(statement))
