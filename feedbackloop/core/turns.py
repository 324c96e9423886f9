"""One process at a time: a turn that is taken for a while, by a row in the database and by the database's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.core import db as transactions
from feedbackloop.core.keys import StoredValue, read_value
from feedbackloop.extensions import db


def take(name: str, holder: str, length: timedelta) -> bool:
    """Takes the turn, or keeps it, in the open transaction; False while another holder has it. `holder` is a UUID."""
    now = transactions.now()
    insert = postgresql_insert if db.session.get_bind().dialect.name == "postgresql" else sqlite_insert
    db.session.execute(insert(StoredValue).values(name=_key(name), value="").on_conflict_do_nothing())
    # "end holder": texts of one length, so that they compare as the moments do.
    free = or_(StoredValue.value < _text(now), StoredValue.value.endswith(f" {holder}"))
    taken = db.session.execute(
        update(StoredValue)
        .where(StoredValue.name == _key(name), free)
        .values(value=f"{_text(now + length)} {holder}")
        .execution_options(synchronize_session=False)
    )
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def leave(name: str, holder: str) -> None:
    """Gives the turn up at once, so that nobody waits for its end."""
    db.session.execute(
        update(StoredValue)
        .where(StoredValue.name == _key(name), StoredValue.value.endswith(f" {holder}"))
        .values(value="")
        .execution_options(synchronize_session=False)
    )


def taken_until(name: str) -> datetime | None:
    """When the turn that was taken last ends, or ended; None where nobody has it or it was given up."""
    value = read_value(_key(name))
    return datetime.fromisoformat(value.partition(" ")[0]).replace(tzinfo=UTC) if value else None


def _key(name: str) -> str:
    return f"turn:{name}"


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
