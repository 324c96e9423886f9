"""How many mails may go in a minute, in total and to one recipient domain; off unless the settings say otherwise.

All senders share the counts, in the database: they are taken under a row's lock, in the caller's transaction, which
should therefore be short. Minutes are the database's and begin at second 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.config import settings
from feedbackloop.extensions import db
from feedbackloop.mailing.models import SendingRate

_ALL = ""
_MINUTE = timedelta(minutes=1)
# What is put off comes back within this time, so that a mail that has just been written never waits behind a million.
_AT_MOST = timedelta(hours=1)
_KEPT = timedelta(days=1)
_CHUNK = 1000


def are_set() -> bool:
    """Whether any cap holds: without one nobody needs to open a transaction to ask `admit`."""
    return settings().rate_per_minute is not None or settings().rate_per_domain is not None


def admit(domains: Sequence[str], now: datetime) -> list[datetime | None]:
    """For mails to these domains, in order: None where one may go now (it is counted), else when to try it again.

    Moments to come are handed out one after the other at the pace of the cap, over the next hour, and over the hour
    again where more waits than an hour takes. No SQL where no cap is set.
    """
    if not domains or not are_set():
        return [None] * len(domains)
    total, rates = settings().rate_per_minute, settings().rate_per_domain
    names = [domain.strip().strip(".").lower()[:255] for domain in domains]
    caps = {} if rates is None else {name: cap for name in names if (cap := rates.of(name)) is not None}
    if total is not None:
        caps[_ALL] = total
    counts = {name: _Count(row, caps[name], now) for name, row in _locked(caps, now).items()}
    everything = counts.get(_ALL)
    answers: list[datetime | None] = []
    for name in names:
        asked = [count for count in (counts.get(name) if name else None, everything) if count is not None]
        full = next((count for count in asked if not count.has_room()), None)
        if full is not None:
            answers.append(full.put_off())
            continue
        for count in asked:
            count.take()
        answers.append(None)
    db.session.flush()
    return answers


def forget_old(now: datetime) -> int:
    """Deletes the counts of domains that nothing was sent to for a day; how many."""
    gone = db.session.execute(
        delete(SendingRate).where(SendingRate.minute < now - _KEPT).execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


class _Count:
    """The row of one bucket, locked."""

    def __init__(self, row: SendingRate, cap: int, now: datetime) -> None:
        self._row = row
        self._cap = cap
        self._next_minute = _minute(now) + _MINUTE
        self._last = now + _AT_MOST
        # Another host's transaction may have begun a later minute than ours while we waited for the lock.
        if row.minute < _minute(now):
            row.minute, row.used = _minute(now), 0

    def has_room(self) -> bool:
        return self._row.used < self._cap

    def take(self) -> None:
        self._row.used += 1

    def put_off(self) -> datetime:
        moment = self._row.put_off_to
        if not self._next_minute <= moment < self._last:
            moment = self._next_minute
        self._row.put_off_to = moment + _MINUTE / self._cap
        return moment


def _locked(names: Iterable[str], now: datetime) -> dict[str, SendingRate]:
    """The rows of these buckets, made where they are not there, held until the transaction ends."""
    postgresql = db.session.get_bind().dialect.name == "postgresql"
    insert = postgresql_insert if postgresql else sqlite_insert
    minute = _minute(now)
    # In one order everywhere, whatever the database's language, so that two senders never wait for each other.
    wanted = sorted(names)
    parts = [wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK)]
    for part in parts:
        rows = [{"bucket": name, "minute": minute, "used": 0, "put_off_to": minute + _MINUTE} for name in part]
        db.session.execute(insert(SendingRate).values(rows).on_conflict_do_nothing())
    in_order = SendingRate.bucket.collate("C") if postgresql else SendingRate.bucket
    found: dict[str, SendingRate] = {}
    for part in parts:
        locked = db.session.scalars(
            select(SendingRate)
            .where(SendingRate.bucket.in_(part))
            .order_by(in_order)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update({row.bucket: row for row in locked})
    return found


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
