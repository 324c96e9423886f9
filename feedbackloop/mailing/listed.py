"""The list of addresses that are not mailed, as staff see and change it. It keeps keyed hashes, never an address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from feedbackloop.core import clock, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.keys import address_key, address_keys
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing.models import Suppression

PAGE = 50
# What a person decided with a link or a button of theirs, only that person takes back.
THEIR_OWN = (optouts.OPTED_OUT, "complained")
PUT_ON_FOR = ("asked_us", "other_person", "decided_by_us")
TAKEN_OFF_FOR = ("works_again", "asked_again", "by_mistake")
_SUBJECT = "suppression"
_NOBODY = "0" * 64


def counts() -> list[tuple[str, str, int]]:
    """(purpose, reason, how many addresses)."""
    rows = db.session.execute(
        select(Suppression.purpose, Suppression.reason, func.count())
        .group_by(Suppression.purpose, Suppression.reason)
        .order_by(Suppression.purpose, Suppression.reason)
    )
    return [(purpose, reason, number) for purpose, reason, number in rows]


def counts_in_force(now: datetime) -> list[tuple[str, str, int]]:
    """As `counts`, without those whose time is over."""
    rows = db.session.execute(
        select(Suppression.purpose, Suppression.reason, func.count())
        .where(or_(Suppression.expires_at.is_(None), Suppression.expires_at > now))
        .group_by(Suppression.purpose, Suppression.reason)
    )
    return [(purpose, reason, number) for purpose, reason, number in rows]


def reasons() -> list[str]:
    """Why addresses are listed at all: every reason that is in use."""
    return sorted(db.session.scalars(select(Suppression.reason).distinct()))


def page(
    purpose: str | None, reason: str | None, key: str | None, before: int | None
) -> tuple[list[Suppression], int | None]:
    """The newest rows that fit, and where the next page begins."""
    wanted = select(Suppression).order_by(Suppression.id.desc()).limit(PAGE + 1)
    for column, value in (
        (Suppression.purpose, purpose),
        (Suppression.reason, reason),
        (Suppression.address_key, key),
    ):
        if value:
            wanted = wanted.where(column == value)
    if before is not None:
        wanted = wanted.where(Suppression.id < before)
    rows = list(db.session.scalars(wanted))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def get(listed_id: int) -> Suppression:
    """The row; raises NotFound."""
    row = db.session.get(Suppression, listed_id)
    if row is None:
        raise NotFound
    return row


def changes_of(row: Suppression) -> Sequence[history.History]:
    """What staff did about the row, oldest first."""
    changes = select(history.History).where(
        history.History.subject == _SUBJECT,
        history.History.subject_id == row.id,
        # SQLite may give the number of a row that was taken off to a new one.
        history.History.at >= row.created_at,
    )
    return db.session.scalars(changes.order_by(history.History.id)).all()


def key_of(address: str) -> str:
    """The hash to look an address up by. Without writing: before any address was keyed it is one that nobody has."""
    return address_keys([address]).get(address, _NOBODY)


def is_key(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"[0-9a-f]{64}", text) is not None


def put_on(address: str, purpose: str, reason: str, actor: str) -> bool:
    """Staff put an address on the list. False where it is listed for that purpose already: that stands as it is."""
    if purpose not in (*optouts.PURPOSES, optouts.EVERYTHING) or reason not in PUT_ON_FOR:
        raise ValueError("not a purpose or a reason of staff's")
    key = address_key(address)
    there = db.session.scalar(_row(key, purpose))
    if there is not None and (there.expires_at is None or there.expires_at > clock.now()):
        return False
    optouts.suppress(address, purpose, reason, "staff")
    row = db.session.scalars(_row(key, purpose)).one()
    _record(actor, row, "put_on", reason)
    return True


def take_off(row_id: int, reason: str, actor: str) -> None:
    """Staff take an address off. Raises NotFound, and Conflict for what only the person may take back."""
    if reason not in TAKEN_OFF_FOR:
        raise ValueError("not a reason of staff's")
    row = db.session.get(Suppression, row_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.reason in THEIR_OWN:
        raise Conflict
    _record(actor, row, "taken_off", reason)
    db.session.delete(row)
    db.session.flush()


def _row(key: str, purpose: str) -> Select[Suppression]:
    wanted = select(Suppression).where(Suppression.address_key == key, Suppression.purpose == purpose)
    return wanted.execution_options(populate_existing=True)


def _record(actor: str, row: Suppression, what: str, reason: str) -> None:
    said = {"purpose": row.purpose, "listed_for": row.reason, "source": row.source}
    history.record(history.Change(actor, _SUBJECT, row.id, what, reason=reason, detail=said))
