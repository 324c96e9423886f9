"""What keeps senders from sending: staff's switch, a server that is away, a sign-in that is refused.

Every process of the installation obeys the same three stored values. Moments are the database's. The verbs that write
are called inside an open transaction.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.config import settings
from feedbackloop.core import db as transactions
from feedbackloop.core import history, turns
from feedbackloop.core.keys import StoredValue
from feedbackloop.core.logs import mask
from feedbackloop.extensions import db

log = logging.getLogger(__name__)

STOPPED = "stopped"  # staff's switch
SIGN_IN_REFUSED = "sign_in_refused"
PAUSED = "paused"  # the server said 421, or does not answer
# What a person decided goes before what a server said.
KINDS = (STOPPED, SIGN_IN_REFUSED, PAUSED)

PAUSE = timedelta(minutes=5)
# A server that can't be reached is asked again soon, it may just be starting; later every minute.
AWAY_FIRST = timedelta(seconds=5)
AWAY = timedelta(minutes=1)
# So often one sender tries whether the server is well again. After a pause all go on when the one was not heard of.
PROBE_EVERY = timedelta(seconds=60)
RESTORED = "restored"
# Twice this fits into a stored value: each quotation mark is written as two characters.
REASON_LENGTH = 150
_TURN_NAME = "mail_probe"
_SUBJECT = "sending"
_NAMES = {kind: f"sending:{kind}" for kind in KINDS}


@dataclass(frozen=True)
class Hold:
    """Why nothing is sent now.

    `until` is when a pause ends; the others end by a person or by a sign-in that works. From `probe_from` on one
    sender may try (ask `may_probe`). `reason` is the server's line without addresses, or the words of `by`.
    """

    kind: str
    since: datetime
    until: datetime | None
    by: str | None
    reason: str
    probe_from: datetime | None = None


@dataclass(frozen=True)
class Switched:
    """The switch was turned: `what` is stopped or resumed."""

    at: datetime
    actor: str
    what: str


def hold(now: datetime) -> Hold | None:
    """What keeps senders from sending at this moment, by one cheap SELECT; None where they may go on."""
    rows = db.session.execute(select(StoredValue.name, StoredValue.value).where(StoredValue.name.in_(_NAMES.values())))
    found = {row.name: row.value for row in rows}
    for kind in KINDS:
        one = _read(kind, found.get(_NAMES[kind], ""))
        if one is not None and not _is_over(one, now):
            return one
    return None


def stop(actor: str, reason: str) -> bool:
    """Stops all sending, on every host, within 5 s. False where it was stopped already: that stands as it is."""
    now = transactions.now()
    if not _write_new(STOPPED, now, None, actor, reason):
        return False
    history.record(history.Change(actor, _SUBJECT, 0, "stopped"))
    log.warning("sending_stopped", extra={"actor": actor})
    return True


def restored(actor: str) -> bool:
    """As `stop`, after a database was put back from a backup: somebody looks at what would be sent a second time."""
    return stop(actor, RESTORED)


def resume(actor: str) -> bool:
    """Takes staff's stop back. False where there was none."""
    if not _forget(STOPPED):
        return False
    history.record(history.Change(actor, _SUBJECT, 0, "resumed"))
    log.warning("sending_resumed", extra={"actor": actor})
    return True


def away(reason: str, now: datetime) -> bool:
    """As `pause`, for a server that can't be reached: five seconds, then twice as long each time, up to a minute."""
    stored = db.session.scalar(select(StoredValue.value).where(StoredValue.name == _NAMES[PAUSED]))
    before = _read(PAUSED, stored or "")
    length = AWAY_FIRST
    if before is not None and not _is_over(before, now) and before.until is not None:
        length = min(2 * (before.until - before.since) * settings().time_scale, AWAY)
    return pause(reason, now, length)


def pause(reason: str, now: datetime, length: timedelta = PAUSE) -> bool:
    """Leaves the server alone for a while after a 421: five minutes.

    A pause that still lasts is not changed (False). When it ends one sender tries; what it meets decides for all:
    `server_worked`, or `pause` again. Where neither comes within a minute everybody goes on.
    """
    if not _write_new(PAUSED, now, now + settings().scaled(length), None, reason):
        return False
    log.warning("sending_paused", extra={"reason": reason})
    return True


def sign_in_refused(reason: str, now: datetime) -> bool:
    """Stops everything: the server refuses our name or password (535, 530). False where that is known."""
    if not _write_new(SIGN_IN_REFUSED, now, None, None, reason):
        return False
    log.error("sign_in_refused", extra={"reason": reason})
    return True


def may_probe(now: datetime) -> bool:
    """Whether this sender is the one that may try the server now, with one mail over one connection. Taken by turn."""
    held = hold(now)
    if held is None or held.probe_from is None or held.probe_from > now:
        return False
    return turns.take(_TURN_NAME, str(uuid.uuid4()), settings().scaled(PROBE_EVERY))


def server_worked() -> bool:
    """The server took a mail: neither a pause nor a refused sign-in holds any longer. True where something did."""
    return any([_forget(SIGN_IN_REFUSED), _forget(PAUSED)])


def recently_switched(most: int = 5) -> Sequence[Switched]:
    """Who stopped and resumed the sending, newest first."""
    rows = db.session.execute(
        select(history.History.at, history.History.actor, history.History.what)
        .where(history.History.subject == _SUBJECT, history.History.subject_id == 0)
        .order_by(history.History.id.desc())
        .limit(most)
    )
    return [Switched(row.at, row.actor, row.what) for row in rows]


def _is_over(one: Hold, now: datetime) -> bool:
    return one.until is not None and one.until + settings().scaled(PROBE_EVERY) <= now


def _read(kind: str, value: str) -> Hold | None:
    if not value:
        return None
    kept = json.loads(value)
    since = datetime.fromisoformat(kept["since"])
    until = datetime.fromisoformat(kept["until"]) if kept["until"] else None
    probe_from = until if kind == PAUSED else since + settings().scaled(PROBE_EVERY)
    return Hold(kind, since, until, kept["by"], kept["reason"], None if kind == STOPPED else probe_from)


def _write_new(kind: str, now: datetime, until: datetime | None, by: str | None, reason: str) -> bool:
    """Writes the hold unless one of its kind lasts; one process at a time, by the row's lock."""
    insert = postgresql_insert if db.session.get_bind().dialect.name == "postgresql" else sqlite_insert
    name = _NAMES[kind]
    db.session.execute(insert(StoredValue).values(name=name, value="").on_conflict_do_nothing())
    wanted = select(StoredValue).where(StoredValue.name == name).with_for_update()
    row = db.session.scalars(wanted.execution_options(populate_existing=True)).one()
    before = _read(kind, row.value)
    # A pause that has run out begins anew at once: its probe has failed.
    if before is not None and (before.until is None or before.until > now):
        return False
    said = "".join(sign for sign in " ".join(mask(reason).split()) if sign.isprintable())[:REASON_LENGTH]
    row.value = json.dumps(
        {"since": now.isoformat(), "until": until.isoformat() if until else None, "by": by, "reason": said},
        ensure_ascii=False,
    )
    db.session.flush()
    return True


def _forget(kind: str) -> bool:
    gone = db.session.execute(
        delete(StoredValue)
        .where(StoredValue.name == _NAMES[kind], StoredValue.value != "")
        .execution_options(synchronize_session=False)
    )
    return bool(gone.rowcount)  # type: ignore[attr-defined]
