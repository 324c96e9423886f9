"""Resend: Standard Webhooks (as svix signs them), one event a call."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from feedbackloop.core.errors import Unauthorised
from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Call, Provider, event, part, text
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event


def verify(call: Call, _data: Any) -> None:
    """Raises Unauthorised for a wrong signature and for one of another time. The id is signed with the rest."""
    found = {name: call.header(f"svix-{name}") or call.header(f"webhook-{name}") for name in ("id", "timestamp")}
    given = call.header("svix-signature") or call.header("webhook-signature")
    said = f"{found['id']}.{found['timestamp']}.".encode("utf-8", "replace") + call.body
    expected = [f"v1,{base64.b64encode(common.hmac_sha256(key(one), said)).decode()}" for one in call.secrets]
    genuine = [hmac.compare_digest(one.encode("utf-8", "replace"), other.encode()) for one in given.split()[:20]
               for other in expected]  # fmt: skip
    if not (found["id"] and any(genuine)) or not common.is_now(found["timestamp"], call.now):
        raise Unauthorised


def key(secret: str) -> bytes:
    """The key in a secret `whsec_…`. Raises ValueError for what is none."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None


def read(data: Any) -> Iterator[Event]:
    """One event a recipient; Resend names each event in a header, and its mail and kind say the same."""
    found = _finding(data)
    if found is None:
        return
    addresses = part(data, "data", "to") or []
    headers = part(data, "data", "headers") or []
    ids = [text(one, "value") for one in headers if text(one, "name").lower() in ("message-id", "x-entity-ref-id")]
    ids += [text(data, "data", "message_id")]
    for address in addresses if isinstance(addresses, list) else [addresses]:
        identity = ":".join((text(data, "type"), text(data, "data", "email_id"), str(address).lower()))
        yield event(data, identity, found, str(address), *ids)


def _finding(data: Mapping[str, Any]) -> Finding | None:
    kind = text(data, "type")
    if kind == "email.bounced":
        bounce = part(data, "data", "bounce")
        if text(bounce, "type") == "Permanent":
            return common.permanent(text(bounce, "message"), common.GONE)
        return common.bounced(None, common.NOT_NOW)
    known = {
        "email.delivered": common.DELIVERED,
        "email.delivery_delayed": common.DELAYED,
        "email.complained": common.SPAM,
        "email.failed": common.permanent(None, common.REFUSED),
    }
    return known.get(kind)


PROVIDER = Provider("resend", verify, read)
