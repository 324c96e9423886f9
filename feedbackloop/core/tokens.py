"""Signed links: bound to one purpose and one id, never stored. Expiry is the row's business, not the token's."""

from __future__ import annotations

import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import Any

from itsdangerous import Signer

from feedbackloop.config import settings
from feedbackloop.core.errors import NotFound

_LONGEST = 200
_BLOCK = hashlib.sha256().block_size
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _signer(key: str, purpose: str) -> Signer:
    return Signer(key, salt=f"feedbackloop.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)


@lru_cache(maxsize=64)
def _begun(key: str, purpose: str) -> tuple[Any, Any]:
    """The two hashes of an HMAC (RFC 2104) with the key of this purpose in them, and nothing else yet.

    Deriving that key costs more than signing, and a copy of a hash half of a copy of `hmac.HMAC`.
    """
    padded = _signer(key, purpose).derive_key().ljust(_BLOCK, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ mask for byte in padded)) for mask in (0x36, 0x5C))
    return inner, outer


def make(purpose: str, value: int | str) -> str:
    """A token for this purpose; `value` (an id, or a few words of letters, digits and `-_:`) is readable in it."""
    return signed(settings().secret_keys[0], purpose, str(value))


# A mail has several links with one token.
@lru_cache(maxsize=16)
def signed(key: str, purpose: str, text: str) -> str:
    """The token of this text, made with this key."""
    begun = _begun(key, purpose)
    inner, outer = begun[0].copy(), begun[1].copy()
    inner.update(text.encode())
    outer.update(inner.digest())
    # As itsdangerous writes it: without the sign that fills up its last four characters.
    written = binascii.b2a_base64(outer.digest(), newline=False)[:-1].translate(_URL_SAFE)
    return f"{text}.{written.decode()}"


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
