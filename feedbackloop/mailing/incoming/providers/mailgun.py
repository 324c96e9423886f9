"""Mailgun: an HMAC over a timestamp and a token that is good once. It does not cover what the event says."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from feedbackloop.core.errors import Unauthorised
from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Call, Provider, event, part, text
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event


def verify(call: Call, data: Any) -> None:
    """Raises Unauthorised for a wrong signature and for one of another time."""
    timestamp, token = text(data, "signature", "timestamp"), text(data, "signature", "token")
    said = f"{timestamp}{token}".encode()
    given = text(data, "signature", "signature")
    found = [hmac.compare_digest(common.hmac_sha256(key.encode(), said).hex(), given) for key in call.secrets]
    if not (token and any(found) and common.is_now(timestamp, call.now)):
        raise Unauthorised


def read(data: Any) -> Iterator[Event]:
    """One event a call. The token is its identity: a signature taken from one call vouches for no other event."""
    one = part(data, "event-data")
    if not isinstance(one, dict):
        raise common.WrongShape("event-data is missing")
    found = _finding(one)
    if found is not None:
        identity = text(data, "signature", "token")
        along = part(one, "user-variables")
        ids = [str(value) for value in along.values()] if isinstance(along, dict) else []
        yield event(one, identity, found, text(one, "recipient"), text(one, "message", "headers", "message-id"), *ids)


def _finding(one: Mapping[str, Any]) -> Finding | None:
    kind = text(one, "event")
    if kind == "failed":
        if text(one, "severity") == "temporary":
            return common.DELAYED
        status = part(one, "delivery-status")
        said = f"{text(status, 'enhanced-code')} {text(status, 'message')}"
        gone = text(status, "code") in ("550", "551", "553", "605") or text(one, "reason") == "suppress-bounce"
        return common.permanent(said, common.GONE if gone else common.REFUSED)
    known = {"delivered": common.DELIVERED, "complained": common.SPAM, "unsubscribed": common.STOP}
    return known.get(kind)


PROVIDER = Provider("mailgun", verify, read)
