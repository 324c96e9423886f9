"""Who may sign in, how fast, and for how long. Values in, decision out."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000  # characters; more only costs time to hash

IDLE_END = timedelta(hours=12)
ABSOLUTE_END = timedelta(days=7)
EXTEND_AFTER = timedelta(hours=1)  # a sign-in in use is extended at most this often

TRIES_KEPT = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 5  # in a minute
TRIES_PER_ADDRESS = 20  # in a minute
_MINUTE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=1)

_LONGEST_PATH = 2000
_UNSAFE_IN_PATH = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def session_end(started_at: datetime, used_at: datetime) -> datetime:
    """When a sign-in ends by itself: 12 hours after its last use, 7 days after its start at the latest."""
    return min(used_at + IDLE_END, started_at + ABSOLUTE_END)


def wait_before_try(account_tries: Sequence[datetime], address_tries: Sequence[datetime], now: datetime) -> timedelta:
    """How long the next try has to wait; zero when it may come now. Both lists hold tries of the last 15 minutes.

    An account takes 5 tries a minute and an address 20. Past those, each further try on an account waits twice as long
    as the one before, never longer than a minute: nobody is locked out of an account by somebody else's guessing.
    """
    return max(
        _until_free(account_tries, TRIES_PER_ACCOUNT, now),
        _until_free(address_tries, TRIES_PER_ADDRESS, now),
        _growing_pause(account_tries, now),
        timedelta(0),
    )


def _until_free(tries: Sequence[datetime], limit: int, now: datetime) -> timedelta:
    recent = sorted(one for one in tries if one > now - _MINUTE)
    return recent[-limit] + _MINUTE - now if len(recent) >= limit else timedelta(0)


def _growing_pause(tries: Sequence[datetime], now: datetime) -> timedelta:
    extra = len(tries) - TRIES_PER_ACCOUNT
    if extra < 0:
        return timedelta(0)
    pause = min(timedelta(seconds=2 ** min(extra, 6)), _LONGEST_PAUSE)
    return max(tries) + pause - now


def network_of(address: str | None) -> str:
    """What tries are counted by: an IPv4 address, or the /64 network that one IPv6 customer has to choose from."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def local_path(value: str | None) -> str | None:
    """The value where it is a path on this site, and None where a browser could read it as another site's address."""
    if not value or len(value) > _LONGEST_PATH or _UNSAFE_IN_PATH.search(value):
        return None
    if not value.startswith("/") or value.startswith("//"):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else value


def is_long_enough(password: str) -> bool:
    return SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD


def loses_last_admin(was_admin: bool, stays_admin: bool, other_active_admins: int) -> bool:
    """Whether a change of an account would leave nobody who can change accounts."""
    return was_admin and not stays_admin and other_active_admins == 0


def hash_of(key: str) -> str:
    """What is kept of a random key. Nobody finds such a key by trying, so a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
