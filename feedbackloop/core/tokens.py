"""Signed links: bound to one purpose and one id, never stored. Expiry is the row's business, not the token's."""

from __future__ import annotations

import hashlib
import hmac

from itsdangerous import Signer

from feedbackloop.config import settings
from feedbackloop.core.errors import NotFound

_LONGEST = 200


def _signer(key: str, purpose: str) -> Signer:
    return Signer(key, salt=f"feedbackloop.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)


def make(purpose: str, value: int | str) -> str:
    """A token for this purpose; `value` (an id, or a few words of letters, digits and `-_:`) is readable in it."""
    return _signer(settings().secret_keys[0], purpose).sign(str(value)).decode()


def read(purpose: str, token: str) -> str:
    """What was signed. Raises NotFound for anything that this instance did not make for this purpose."""
    value, _, signature = token[:_LONGEST].rpartition(".")
    genuine = False
    # Compared as text: base64 has spare bits, and a token with one of them flipped is not ours. Every key is
    # always tried, so that the time taken says nothing.
    for key in settings().secret_keys:
        genuine |= hmac.compare_digest(_signer(key, purpose).sign(value), token.encode())
    if not (genuine and signature):
        raise NotFound
    return value


def read_id(purpose: str, token: str) -> int:
    """As `read`, for tokens over a row's id."""
    value = read(purpose, token)
    if not value.isdecimal():
        raise NotFound
    return int(value)
