"""Postmark: HTTP Basic in the webhook's address. Bounces, complaints, deliveries, opt-outs and inbound mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from typing import Any

from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Provider, event, part, text
from feedbackloop.mailing.incoming.rules import Finding
from feedbackloop.mailing.incoming.service import Event

_GONE = ("HardBounce", "BadEmailAddress", "AddressChange")
_NOT_NOW = ("SoftBounce", "DnsError", "Unknown")
_INFORMS = ("Transient", "AutoResponder", "Subscribe", "OpenRelayTest", "ChallengeVerification")
_INBOUND = ("Message-ID", "In-Reply-To", "References", "Auto-Submitted", "Precedence", "Return-Path", "List-Id",
            "X-Autoreply", "X-Autorespond")  # fmt: skip


def read(data: Any) -> Iterator[Event | bytes]:
    """One object a call."""
    for one in common.items(data):
        kind = text(one, "RecordType")
        if not kind and "FromFull" in one:
            yield _message(one)
        elif kind == "Bounce":
            yield event(one, f"bounce:{text(one, 'ID')}", _bounce(one), text(one, "Email"), *_ids(one))
        elif kind == "SpamComplaint":
            yield event(one, f"complaint:{text(one, 'ID')}", common.SPAM, text(one, "Email"), *_ids(one))
        elif kind == "Delivery":
            yield event(one, "", common.DELIVERED, text(one, "Recipient"), *_ids(one))
        elif kind == "SubscriptionChange" and part(one, "SuppressSending") is True:
            reasons = {"HardBounce": common.permanent(None), "SpamComplaint": common.SPAM}
            found = reasons.get(text(one, "SuppressionReason"), common.STOP)
            yield event(one, "", found, text(one, "Recipient"), *_ids(one))


def _bounce(one: Mapping[str, Any]) -> Finding:
    kind, said = text(one, "Type"), f"{text(one, 'Details')} {text(one, 'Description')}"
    if kind == "SpamComplaint":
        return common.SPAM
    if kind == "Unsubscribe":
        return common.STOP
    if kind in _INFORMS:
        return common.DELAYED
    if kind in _GONE:
        return common.permanent(text(one, "Details"))
    return common.bounced(None, common.NOT_NOW) if kind in _NOT_NOW else common.permanent(said, common.REFUSED)


def _ids(one: Mapping[str, Any]) -> list[str]:
    sent_along = part(one, "Metadata")
    return [str(value) for value in sent_along.values()] if isinstance(sent_along, dict) else []


def _message(one: Mapping[str, Any]) -> bytes:
    """The message itself, where Postmark is set to include it; else one made of what it says."""
    raw = part(one, "RawEmail")
    if isinstance(raw, str) and raw.strip():
        return raw.encode("utf-8", "surrogateescape")
    made = EmailMessage()
    made["From"] = _flat(text(one, "From"))
    made["To"] = _flat(text(one, "OriginalRecipient"))
    made["Subject"] = _flat(text(one, "Subject"))
    for header in part(one, "Headers") or []:
        if text(header, "Name") in _INBOUND and text(header, "Name") not in made:
            made[text(header, "Name")] = _flat(text(header, "Value"))
    if "Message-ID" not in made:
        made["Message-ID"] = f"<{_flat(text(one, 'MessageID'))}@inbound.postmark>"
    made.set_content(str(part(one, "TextBody") or part(one, "StrippedTextReply") or ""))
    for file in part(one, "Attachments") or []:
        made.add_attachment(b"", "application", "octet-stream", filename=_flat(text(file, "Name")))
    return made.as_bytes()


def _flat(value: str) -> str:
    return " ".join(value.split())


PROVIDER = Provider("postmark", common.password, read, by_headers=True, largest=common.LARGEST_WITH_MAIL)
