"""What the relays' webhooks have in common: who may call, and one event in our words."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.core.errors import Unauthorised
from feedbackloop.mailing.incoming import rules
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event

CLOCKS_DIFFER = timedelta(seconds=300)
LARGEST = 1024 * 1024
LARGEST_WITH_MAIL = 45 * 1024 * 1024  # a whole message in base64
# Codes for what a relay says without one: an address that is not there, a refusal, and 'not now'.
GONE, REFUSED, NOT_NOW = "5.1.0", "5.0.0", "4.0.0"
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE)


class WrongShape(ValueError):
    """The call is genuine, and what it says can't be read."""


@dataclass(frozen=True)
class Call:
    """One request: header names in lower case, the body as it came, and the secrets that are set, newest first."""

    headers: Mapping[str, str]
    body: bytes
    secrets: Sequence[str]
    now: datetime

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True)
class Provider:
    """A relay. `verify` raises Unauthorised; one that looks at headers alone does so before the body is read.

    `read` gives, of its JSON, events and whole messages (bytes). `answer` does what a call asks besides, and says
    whether it was such a call.
    """

    name: str
    verify: Callable[[Call, Any], None]
    read: Callable[[Any], Iterable[Event | bytes]]
    by_headers: bool = False
    largest: int = LARGEST
    answer: Callable[[Any], bool] | None = None


def password(call: Call, _data: Any = None) -> None:
    """HTTP Basic with one of the secrets (`name:password`), or the secret as a bearer token."""
    scheme, _space, given = call.header("Authorization").partition(" ")
    shown = given.strip()
    if scheme.lower() == "basic":
        try:
            shown = base64.b64decode(shown, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Unauthorised from None
    elif scheme.lower() != "bearer":
        raise Unauthorised
    if not any_equal(shown, call.secrets):
        raise Unauthorised


def any_equal(given: str, expected: Iterable[str]) -> bool:
    """Whether it is one of these; all are compared, so that the time taken says nothing."""
    found = [hmac.compare_digest(given.encode("utf-8", "replace"), one.encode()) for one in expected]
    return any(found)


def is_now(seconds: str | int, now: datetime) -> bool:
    """Whether a moment in Unix seconds lies within five minutes of now, either way."""
    text = str(seconds)
    if not re.fullmatch(r"\d{1,12}", text):
        return False
    return abs(int(text) - now.timestamp()) <= CLOCKS_DIFFER.total_seconds()


def hmac_sha256(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, said, hashlib.sha256).digest()


def items(data: Any) -> list[Mapping[str, Any]]:
    """The objects of a call that sends one or many."""
    found = data if isinstance(data, list) else [data]
    if not all(isinstance(one, dict) for one in found):
        raise WrongShape("objects are expected")
    return found


def part(data: Any, *path: str) -> Any:
    """What stands at this path of objects; None where there is nothing."""
    for name in path:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def text(data: Any, *path: str) -> str:
    found = part(data, *path)
    return str(found)[:2000] if isinstance(found, (str, int, float)) and not isinstance(found, bool) else ""


def event(given: Mapping[str, Any], identity: str, finding: Finding, address: str, *ids: str) -> Event:
    """An event in our words. `identity` is the relay's id of it, or empty where it gives none: then its content is.

    `ids` are texts in which an id of our mail may stand: a Message-ID, or what was sent along.
    """
    digest = hashlib.sha256(json.dumps(given, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    named = [match[0].lower() for one in ids for match in _UUID.finditer(one[:2000])]
    return Event(
        identity=(identity or digest)[:120],
        digest=digest,
        finding=finding,
        mail_uuids=tuple(dict.fromkeys(named))[:5],
        address=address.strip()[:320] or None,
    )


def bounced(status: str | None, otherwise: str) -> Finding:
    """A mail that will not arrive: with the status that stands in this text, else with the code for its class."""
    return Finding(rules.BOUNCE, rules.status_in(status) or otherwise)


def permanent(status: str | None, otherwise: str = GONE) -> Finding:
    """A bounce that the relay calls permanent; a status of another class in its text does not change that."""
    found = rules.status_in(status)
    return Finding(rules.BOUNCE, found if found and found.startswith("5") else otherwise)


DELAYED = Finding(rules.BOUNCE, given_up=False, informs=True)
DELIVERED = Finding(rules.DELIVERED)
SPAM = Finding(rules.COMPLAINT, feedback="abuse")
STOP = Finding(rules.OPT_OUT)
