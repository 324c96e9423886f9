"""SQL of the outbox's life between two senders: claim, keep, settle, give back; one statement each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, literal_column, select, text, update

from feedbackloop.core.db import among
from feedbackloop.core.types import UtcDateTime
from feedbackloop.extensions import db
from feedbackloop.mailing.models import CLAIMED, WAITING_NOW, Outbox
from feedbackloop.mailing.queries import Claimed

_COLUMNS = (
    "id",
    "kind",
    "subject_id",
    "cycle",
    "complaint_id",
    "customer_id",
    "due_at",
    "uuid",
    "to_name",
    "to_address",
    "expires_at",
    "attempts",
    "unclear",
    "reason",
    "shared_with",
)
_CLAIM = f"""
    WITH picked AS (SELECT id FROM outbox WHERE {{due}} ORDER BY {{order}} LIMIT :most {{locked}})
    UPDATE outbox SET status = 'claimed', lease = :lease, leased_until = :until, attempts = attempts + 1
    WHERE id IN (SELECT id FROM picked)
    RETURNING {", ".join(_COLUMNS)}
"""  # noqa: S608 - our own column names
_WAITING = f"{WAITING_NOW} AND due_at <= :now", "due_at, id"
_EXPIRED = f"{CLAIMED} AND leased_until <= :now", "leased_until, id"
_AMONG_POSTGRESQL = " AND id IN (SELECT value::bigint FROM jsonb_array_elements_text(CAST(:ids AS jsonb)))"
_AMONG_SQLITE = " AND id IN (SELECT value FROM json_each(:ids))"
_SETTLED = ("status", "reason", "due_at", "expires_at", "attempts", "unclear", "sent_at", "smtp_reply")
_SETTLE = f"""
    UPDATE outbox SET lease = NULL, leased_until = NULL, {", ".join(f"{name} = found.{name}" for name in _SETTLED)}
    FROM {{found}} WHERE outbox.id = found.id AND outbox.lease = :lease AND outbox.{CLAIMED}
    RETURNING outbox.id
"""  # noqa: S608 - our own column names
_FOUND_POSTGRESQL = """jsonb_to_recordset(CAST(:rows AS jsonb)) AS found(id bigint, status text, reason text,
    due_at timestamptz, expires_at timestamptz, attempts int, unclear int, sent_at timestamptz, smtp_reply text)"""
_FOUND_SQLITE = f"""(SELECT json_extract(value, '$.id') AS id,
    {", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in _SETTLED)} FROM json_each(:rows)) AS found"""  # noqa: S608 - our own column names

_SENT = f"""
    UPDATE outbox SET status = 'sent', reason = NULL, sent_at = :at, smtp_reply = found.reply,
        lease = NULL, leased_until = NULL
    FROM {{found}} WHERE outbox.id = found.id AND outbox.lease = :lease AND outbox.{CLAIMED}
    RETURNING outbox.id
"""  # noqa: S608 - our own column names
_REPLIES_POSTGRESQL = """(SELECT (value ->> 0)::bigint AS id, value ->> 1 AS reply
    FROM jsonb_array_elements(CAST(:rows AS jsonb))) AS found"""
_REPLIES_SQLITE = """(SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS reply
    FROM json_each(:rows)) AS found"""


def claim(lease: str, now: datetime, until: datetime, limit: int, ids: Sequence[int] | None = None) -> list[Claimed]:
    """Takes at most `limit` rows that are due (out of `ids`, where given), oldest first.

    A row goes to one process only.
    """
    return _claim("ids" if ids is not None else "waiting", lease, now, until, limit, ids)


def claim_expired(lease: str, now: datetime, until: datetime, limit: int) -> list[Claimed]:
    """Takes rows whose holder's lease has ended; only after what the holder wrote down was read, see `takeover`."""
    return _claim("expired", lease, now, until, limit, None)


def _claim(
    which: str, lease: str, now: datetime, until: datetime, limit: int, ids: Sequence[int] | None
) -> list[Claimed]:
    values: dict[str, Any] = {"lease": lease, "now": now, "until": until, "most": limit}
    if ids is not None:
        values["ids"] = json.dumps(list(ids))
    rows = db.session.execute(_claim_statement(which, _postgresql()), values)
    return sorted((Claimed(*row) for row in rows), key=lambda row: (row.due_at, row.id))


@cache
def _claim_statement(which: str, postgresql: bool) -> Any:
    due, order = _EXPIRED if which == "expired" else _WAITING
    if which == "ids":
        due += _AMONG_POSTGRESQL if postgresql else _AMONG_SQLITE
    # PostgreSQL passes over rows that another sender is just taking; SQLite has one writer at a time anyway.
    statement = text(_CLAIM.format(due=due, order=order, locked="FOR UPDATE SKIP LOCKED" if postgresql else ""))
    typed: TextClause = statement.bindparams(
        bindparam("now", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime())
    )
    columns = Outbox.__table__.c
    return typed.columns(*[columns[name] for name in _COLUMNS])


def count_due(now: datetime, most: int) -> int:
    """How many rows a sender could claim now; counts no further than `most`."""
    total = 0
    for due in _each_due(now):
        if total < most:
            total += len(db.session.scalars(select(Outbox.id).where(due).limit(most - total)).all())
    return total


def any_expired(now: datetime) -> bool:
    """Whether there are rows whose holder's lease has ended."""
    return db.session.scalar(select(Outbox.id).where(_each_due(now)[1]).limit(1)) is not None


def _each_due(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    # Written out, not bound: only then is it seen to fit the partial indexes.
    waiting: ColumnElement[bool] = literal_column(WAITING_NOW)
    claimed: ColumnElement[bool] = literal_column(CLAIMED)
    return and_(waiting, Outbox.due_at <= now), and_(claimed, Outbox.leased_until <= now)


def renew(lease: str, ids: Iterable[int], until: datetime) -> None:
    db.session.execute(
        update(Outbox)
        .where(among(Outbox.id, list(ids)), Outbox.lease == lease, Outbox.status == "claimed")
        .values(leased_until=until)
    )


def held_under(lease: str, ended_by: datetime | None = None) -> list[Claimed]:
    """What is still claimed under this lease; with `ended_by`, only where the lease had ended by then."""
    columns = [Outbox.__table__.c[name] for name in _COLUMNS]
    wanted = select(*columns).where(literal_column(CLAIMED), Outbox.lease == lease)
    if ended_by is not None:
        wanted = wanted.where(Outbox.leased_until <= ended_by)
    return [Claimed(*row) for row in db.session.execute(wanted.order_by(Outbox.id))]


def settle_sent(lease: str, replies: Sequence[tuple[int, str | None]], at: datetime) -> set[int]:
    """As `settle`, for what most mails come to: a server took them, (id, its reply). Writes only what that changes."""
    if not replies:
        return set()
    values = {"lease": lease, "at": at, "rows": json.dumps(replies)}
    return set(db.session.scalars(_sent_statement(_postgresql()), values))


@cache
def _sent_statement(postgresql: bool) -> TextClause:
    statement = text(_SENT.format(found=_REPLIES_POSTGRESQL if postgresql else _REPLIES_SQLITE))
    return statement.bindparams(bindparam("at", type_=UtcDateTime()))


def settle(lease: str, rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Writes how rows ended or when they go on, and gives up their lease: the ids of those that were still ours.

    Keys of a row: id, status, reason, due_at, expires_at, attempts, unclear, sent_at, smtp_reply.
    """
    if not rows:
        return set()
    postgresql = _postgresql()
    values = {"lease": lease, "rows": json.dumps([_plain(row, postgresql) for row in rows])}
    return set(db.session.scalars(_settle_statement(postgresql), values))


@cache
def _settle_statement(postgresql: bool) -> TextClause:
    return text(_SETTLE.format(found=_FOUND_POSTGRESQL if postgresql else _FOUND_SQLITE))


def _plain(row: Mapping[str, Any], postgresql: bool) -> dict[str, Any]:
    return {name: _moment(value, postgresql) if isinstance(value, datetime) else value for name, value in row.items()}


def _moment(value: datetime, postgresql: bool) -> str:
    if postgresql:
        return value.isoformat()
    # As SQLAlchemy writes a moment into SQLite, so that it compares with those.
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"
