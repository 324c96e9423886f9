"""SendGrid's signed Event Webhook: ECDSA over the timestamp and the body, many events a call."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from feedbackloop.core.errors import Unauthorised
from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Call, Provider, event, text
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event

_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def verify(call: Call, _data: Any) -> None:
    """Raises Unauthorised for a wrong signature and for one of another time."""
    timestamp = call.header(_TIMESTAMP)
    try:
        signature = base64.b64decode(call.header(_SIGNATURE), validate=True)
    except (binascii.Error, ValueError):
        raise Unauthorised from None
    said = timestamp.encode("utf-8", "replace") + call.body
    # The signature first, so that an answer tells nobody what our clock says.
    if not any(_signed(key, signature, said) for key in call.secrets) or not common.is_now(timestamp, call.now):
        raise Unauthorised


def read(data: Any) -> Iterator[Event]:
    """Several events a call; what is no word of delivery (opened, clicked, processed) is left out."""
    for one in common.items(data):
        found = _finding(one)
        if found is not None:
            ids = (text(one, "smtp-id"), text(one, "mail_uuid"), text(one, "unique_args", "mail_uuid"))
            yield event(one, text(one, "sg_event_id"), found, text(one, "email"), *ids)


def _finding(one: Mapping[str, Any]) -> Finding | None:
    kind = text(one, "event")
    if kind == "bounce":
        said = f"{text(one, 'status')} {text(one, 'reason')}"
        if text(one, "type") == "blocked":
            return common.bounced(text(one, "status"), common.NOT_NOW)
        return common.permanent(said, common.GONE)
    if kind == "dropped":
        return _dropped(text(one, "reason").lower())
    known = {
        "delivered": common.DELIVERED,
        "deferred": common.DELAYED,
        "spamreport": common.SPAM,
        "unsubscribe": common.STOP,
        "group_unsubscribe": common.STOP,
    }
    return known.get(kind)


def _dropped(reason: str) -> Finding:
    """Not even tried: the address is on the relay's own list."""
    if "spam" in reason and "report" in reason:
        return common.SPAM
    if "unsubscribe" in reason:
        return common.STOP
    gone = "bounced" in reason or "invalid" in reason
    return common.permanent(None, common.GONE if gone else common.REFUSED)


def _signed(key: str, signature: bytes, said: bytes) -> bool:
    try:
        public = load_der_public_key(base64.b64decode(key))
        if not isinstance(public, ec.EllipticCurvePublicKey):
            return False
        public.verify(signature, said, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


PROVIDER = Provider("sendgrid", verify, read)
