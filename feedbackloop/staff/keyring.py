"""API tokens: made, read and taken back. The token itself is shown once and kept nowhere."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from feedbackloop.core import clock
from feedbackloop.core.access import SCOPES
from feedbackloop.core.errors import BadInput, NotFound
from feedbackloop.core.history import Change, record
from feedbackloop.core.text import TextProblem, clean
from feedbackloop.extensions import db
from feedbackloop.staff import queries, rules
from feedbackloop.staff.models import ApiToken

_MARK = "fbl"  # tells people, and programs that look for leaked keys, what this is
_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Key:
    """A token that was read, as plain values."""

    id: int
    name: str
    scopes: list[str]
    last_used_at: datetime | None


def create(name: str, scopes: Sequence[str], actor: str = "system") -> str:
    """Makes a token and gives it, this once. Raises BadInput, by field."""
    try:
        cleaned = clean(name, limit=100)
    except TextProblem:
        cleaned = ""
    if not cleaned:
        raise BadInput(fields={"name": [_("Fill in a name of at most 100 characters.")]})
    wanted = [scope for scope in SCOPES if scope in scopes]
    if not wanted or set(scopes) - set(SCOPES):
        raise BadInput(fields={"scopes": [_("Choose at least one thing that this token may do.")]})
    prefix = secrets.token_hex(6)
    token = f"{_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    row = ApiToken(name=cleaned, prefix=prefix, key_hash=rules.hash_of(token), scopes=wanted, created_at=clock.now())
    db.session.add(row)
    db.session.flush()
    record(Change(actor, "api_token", row.id, "created", detail={"scopes": wanted}))
    return token


def read(token: str) -> Key | None:
    """The key that this token is, or None for one that is unknown or was taken back."""
    mark, _separator, rest = token.partition("_")
    prefix = rest.partition("_")[0]
    if mark != _MARK or not prefix.isascii() or not prefix.isalnum():
        return None
    row = queries.token_by_prefix(prefix)
    if row is None or not hmac.compare_digest(row.key_hash, rules.hash_of(token)):
        return None
    return Key(row.id, row.name, list(row.scopes), row.last_used_at)


def is_use_to_note(key: Key) -> bool:
    return key.last_used_at is None or key.last_used_at < clock.now() - _USE_NOTED_EVERY


def note_use(token_id: int) -> None:
    row = queries.token_by_id(token_id)
    if row is not None:
        row.last_used_at = clock.now()
        db.session.flush()


def revoke(token_id: int, actor: str) -> None:
    """Takes a token back, at once. Raises NotFound."""
    row = queries.token_by_id(token_id)
    if row is None:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        db.session.flush()
        record(Change(actor, "api_token", row.id, "revoked"))
