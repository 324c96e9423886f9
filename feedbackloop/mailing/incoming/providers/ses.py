"""Amazon SES by SNS: bounces, complaints and deliveries, by feedback notification or by event publishing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from feedbackloop.core.api import strict_loads
from feedbackloop.mailing.incoming.providers import common, sns
from feedbackloop.mailing.incoming.providers.common import Provider, event, part, text
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event


def read(data: Any) -> Iterator[Event]:
    """An event for each recipient: SNS sends one message about all of a mail."""
    try:
        one = strict_loads(text_in_full(data, "Message"))
    except (ValueError, RecursionError):
        return  # SNS says hello in plain words when a topic is set up
    kind = text(one, "eventType") or text(one, "notificationType")
    identity = text(data, "MessageId")
    for address, finding in _recipients(kind, one):
        ids = (_own_id(one), *_tags(one))
        yield event(one, f"{identity}:{address.lower()}", finding, address, *ids)


def text_in_full(data: Any, name: str) -> str:
    found = part(data, name)
    return found if isinstance(found, str) else ""


def _recipients(kind: str, one: Any) -> Iterator[tuple[str, Finding]]:
    if kind == "Bounce":
        for recipient in part(one, "bounce", "bouncedRecipients") or []:
            yield text(recipient, "emailAddress"), _bounce(part(one, "bounce"), recipient)
    elif kind == "Complaint":
        feedback = text(one, "complaint", "complaintFeedbackType") or "abuse"
        for recipient in part(one, "complaint", "complainedRecipients") or []:
            yield text(recipient, "emailAddress"), Finding(common.SPAM.kind, feedback=feedback)
    elif kind == "Delivery":
        for address in part(one, "delivery", "recipients") or []:
            yield str(address), common.DELIVERED
    elif kind == "DeliveryDelay":
        for recipient in part(one, "deliveryDelay", "delayedRecipients") or []:
            yield text(recipient, "emailAddress"), common.DELAYED
    elif kind == "Reject":
        for address in part(one, "mail", "destination") or []:
            yield str(address), common.permanent(None, common.REFUSED)


def _bounce(bounce: Any, recipient: Mapping[str, Any]) -> Finding:
    said = text(recipient, "status") or text(recipient, "diagnosticCode")
    if text(bounce, "bounceType") == "Permanent":
        return common.permanent(said, common.GONE)
    return common.bounced(None, common.NOT_NOW)


def _own_id(one: Any) -> str:
    """Our own Message-ID: SES writes another one, and keeps ours among the headers of the mail."""
    for header in part(one, "mail", "headers") or []:
        if text(header, "name").lower() == "message-id":
            return text(header, "value")
    return text(one, "mail", "commonHeaders", "messageId")


def _tags(one: Any) -> list[str]:
    tags = part(one, "mail", "tags")
    return [str(value) for values in tags.values() for value in values] if isinstance(tags, dict) else []


PROVIDER = Provider("ses", sns.verify, read, answer=sns.confirm)
