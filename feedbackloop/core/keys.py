"""Values that every host of one installation shares, made once and kept in the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from sqlalchemy import String, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from feedbackloop.extensions import Base, db


class StoredValue(Base):
    """A named value of the whole installation: a key, a switch."""

    __tablename__ = "stored_values"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(500))


def read_value(name: str) -> str | None:
    return db.session.scalar(select(StoredValue.value).where(StoredValue.name == name))


def write_value(name: str, value: str) -> None:
    """Sets the value, in the open transaction."""
    found = db.session.get(StoredValue, name)
    if found is None:
        db.session.add(StoredValue(name=name, value=value))
    else:
        found.value = value
    db.session.flush()


def address_key(address: str) -> str:
    """A keyed hash of an address: it finds the same address again and tells nothing to who only has the hash."""
    key = read_value("address_key")
    if key is None:
        key = _make("address_key")
    return hmac.new(key.encode(), address.strip().lower().encode(), hashlib.sha256).hexdigest()


def address_keys(addresses: Iterable[str]) -> dict[str, str]:
    """As `address_key`, for many at once and without writing: empty while no address was ever keyed."""
    key = read_value("address_key")
    if key is None:
        return {}
    return {one: hmac.new(key.encode(), one.strip().lower().encode(), hashlib.sha256).hexdigest() for one in addresses}


def _make(name: str) -> str:
    dialect = db.session.get_bind().dialect.name
    insert = postgresql_insert if dialect == "postgresql" else sqlite_insert
    row = {"name": name, "value": secrets.token_hex(32)}
    db.session.execute(insert(StoredValue).values(row).on_conflict_do_nothing())
    return db.session.scalars(select(StoredValue.value).where(StoredValue.name == name)).one()
