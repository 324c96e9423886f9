"""Return addresses of each mail's own: what comes back to `bounces+1234.<signature>@…` is about mail 1234."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from flask import current_app

from feedbackloop.config import Settings, settings
from feedbackloop.mailing.message import wire_address

_DIGEST_BYTES = 10
_MARKED = re.compile(r"(\d{1,18})\.([0-9a-f]{20})")


@dataclass(frozen=True)
class _Way:
    """How return addresses are made: what stands before and after the mark, and the keys, the signing one first."""

    before: str
    after: str
    marked: bool
    keys: tuple[bytes, ...]


def envelope_sender(mail_id: int) -> str:
    """The return address of this mail, or the same for all where FEEDBACKLOOP_BOUNCE_ADDRESS holds no `*`."""
    way = _way()
    if not way.marked:
        return way.before
    return f"{way.before}{mail_id}.{_sign(way.keys[0], mail_id)}{way.after}"


def mail_id(address: str) -> int | None:
    """The mail that a return address of ours was made for; None for any other address."""
    way = _way()
    given = address.strip().lower()
    before, after = way.before.lower(), way.after.lower()
    if not way.marked or not (given.startswith(before) and given.endswith(after)):
        return None
    found = _MARKED.fullmatch(given[len(before) : len(given) - len(after)])
    if found is None:
        return None
    number = int(found[1])
    genuine = [hmac.compare_digest(_sign(key, number), found[2]) for key in way.keys]
    return number if any(genuine) else None


def _sign(key: bytes, number: int) -> str:
    # Short and lower-case: a local part holds 64 characters, and some servers fold it.
    return hashlib.blake2s(b"%d" % number, key=key, digest_size=_DIGEST_BYTES).hexdigest()


def _way() -> _Way:
    found: _Way | None = current_app.extensions.get("feedbackloop.verp")
    if found is None:
        found = current_app.extensions["feedbackloop.verp"] = _read(settings())
    return found


def _read(found: Settings) -> _Way:
    local, _, domain = wire_address((found.bounce_address or found.sender).address).rpartition("@")
    before, star, after = local.partition("*")
    keys = tuple(hashlib.sha256(f"feedbackloop.verp:{key}".encode()).digest() for key in found.secret_keys)
    if not star:
        return _Way(f"{local}@{domain}", "", False, keys)
    return _Way(before, f"{after}@{domain}", True, keys)
