"""The webhooks of the big relays, called and signed as they do it; with keys made for the test run."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

PASSWORD, OLD_PASSWORD = "relay:correct-horse-battery", "relay:the-one-before-this"
MAILGUN_KEY, OLD_MAILGUN_KEY = "key-1234567890abcdef1234", "key-fedcba0987654321fedc"
WHSEC, OLD_WHSEC = (f"whsec_{base64.b64encode(hashlib.sha256(one).digest()[:24]).decode()}" for one in (b"new", b"old"))
TOPIC, OLD_TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces", "arn:aws:sns:eu-west-1:123456789012:before"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-abc.pem"


@dataclass
class Sent:
    """A request of a relay: its body and headers."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@cache
def curve_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def public_key(name: str) -> str:
    """As SendGrid shows it: DER in base64."""
    raw = curve_key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(raw).decode()


@cache
def certificate(name: str, since: datetime) -> bytes:
    """A certificate, as SNS publishes it."""
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(rsa_key(name).public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=365))
        .sign(rsa_key(name), hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def settings() -> dict[str, str]:
    """The environment in which all of them may call, each with the secret before this one too."""
    both = f"{PASSWORD},{OLD_PASSWORD}"
    return {
        **{f"FEEDBACKLOOP_MAIL_HOOK_{name}": both for name in ("BREVO", "MAILJET", "POSTMARK", "SPARKPOST")},
        "FEEDBACKLOOP_MAIL_HOOK_MAILGUN": f"{MAILGUN_KEY},{OLD_MAILGUN_KEY}",
        "FEEDBACKLOOP_MAIL_HOOK_RESEND": f"{WHSEC},{OLD_WHSEC}",
        "FEEDBACKLOOP_MAIL_HOOK_SENDGRID": f"{public_key('new')},{public_key('old')}",
        "FEEDBACKLOOP_MAIL_HOOK_SES": f"{TOPIC},{OLD_TOPIC}",
    }


def call(provider: str, payload: Any, now: datetime, *, old: bool = False, off: float = 0.0) -> Sent:
    """The request of this relay. `old`: with the secret that is being replaced; `off`: its clock's error in seconds."""
    makers = {"mailgun": _mailgun, "resend": _resend, "sendgrid": _sendgrid, "ses": _sns}
    made = makers.get(provider, _basic)(payload, now + timedelta(seconds=off), old)
    made.headers.setdefault("Content-Type", "application/json")
    return made


def _basic(payload: Any, _now: datetime, old: bool) -> Sent:
    given = base64.b64encode((OLD_PASSWORD if old else PASSWORD).encode()).decode()
    return Sent(json.dumps(payload).encode(), {"Authorization": f"Basic {given}"})


def _mailgun(payload: Any, now: datetime, old: bool) -> Sent:
    timestamp = str(int(now.timestamp()))
    token = hashlib.sha256(json.dumps(payload).encode()).hexdigest()[:50]
    key = (OLD_MAILGUN_KEY if old else MAILGUN_KEY).encode()
    signature = hmac.new(key, f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return Sent(
        json.dumps(
            {"signature": {"timestamp": timestamp, "token": token, "signature": signature}, "event-data": payload}
        ).encode()
    )


def _resend(payload: Any, now: datetime, old: bool) -> Sent:
    body, timestamp = json.dumps(payload).encode(), str(int(now.timestamp()))
    key = base64.b64decode((OLD_WHSEC if old else WHSEC).removeprefix("whsec_"))
    signature = hmac.new(key, f"msg_1.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return Sent(
        body,
        {
            "svix-id": "msg_1",
            "svix-timestamp": timestamp,
            "svix-signature": f"v1a,bm90aGluZw== v1,{base64.b64encode(signature).decode()}",
        },
    )


def _sendgrid(payload: Any, now: datetime, old: bool) -> Sent:
    body, timestamp = json.dumps(payload).encode(), str(int(now.timestamp()))
    signature = curve_key("old" if old else "new").sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return Sent(
        body,
        {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        },
    )


def _sns(payload: Any, now: datetime, old: bool) -> Sent:
    said = payload if isinstance(payload, str) else json.dumps(payload)
    message = {
        "Type": "Notification",
        "MessageId": hashlib.sha256(said.encode()).hexdigest()[:36],
        "TopicArn": OLD_TOPIC if old else TOPIC,
        "Message": said,
        "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
    }
    return signed_by_sns(message)


def signed_by_sns(message: dict[str, str], key: str = "sns") -> Sent:
    """The message with its signature, made as Amazon describes it."""
    if message["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    said = "".join(f"{name}\n{message[name]}\n" for name in names if name in message).encode()
    made = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()  # noqa: S303 - as SNS does
    signature = rsa_key(key).sign(said, padding.PKCS1v15(), made)
    body = json.dumps({**message, "Signature": base64.b64encode(signature).decode()}).encode()
    return Sent(body, {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": message["Type"]})


# One event of each relay, in the words that it uses. `uuid` is our mail's, `address` whom it was to.


def bounce(provider: str, uuid: str, address: str, number: int = 1) -> Any:
    """An address that is not there."""
    ours = f"{uuid}.check_in@ours.example"
    return {
        "brevo": {"event": "hard_bounce", "email": address, "id": 9, "message-id": f"<{ours}>", "ts_event": number,
                  "reason": "550 5.1.1 unknown user"},
        "mailgun": {"event": "failed", "severity": "permanent", "id": f"ev{number}", "recipient": address,
                    "delivery-status": {"code": 550, "message": "5.1.1 unknown user"},
                    "message": {"headers": {"message-id": ours}}},
        "mailjet": {"event": "bounce", "time": number, "MessageID": 1954, "email": address, "hard_bounce": True,
                    "error_related_to": "recipient", "error": "user unknown", "CustomID": uuid},
        "postmark": {"RecordType": "Bounce", "ID": number, "Type": "HardBounce", "TypeCode": 1, "Email": address,
                     "MessageID": "00000000-0000-0000-0000-000000000000", "Details": "smtp;550 5.1.1 unknown",
                     "Metadata": {"mail": uuid}},
        "resend": {"type": "email.bounced", "created_at": "2026-11-03T09:00:00Z",
                   "data": {"email_id": f"56761188-7520-42d8-8898-{number:012d}", "to": [address],
                            "headers": [{"name": "Message-ID", "value": f"<{ours}>"}],
                            "bounce": {"type": "Permanent", "subType": "General", "message": "550 5.1.1 unknown"}}},
        "sendgrid": [{"event": "bounce", "type": "bounce", "email": address, "sg_event_id": f"ev{number}",
                      "smtp-id": f"<{ours}>", "status": "5.1.1", "reason": "550 5.1.1 unknown", "timestamp": 1}],
        "ses": {"eventType": "Bounce", "mail": {"messageId": f"0102-{number}", "destination": [address],
                "headers": [{"name": "Message-ID", "value": f"<{ours}>"}]},
                "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "feedbackId": "f",
                           "bouncedRecipients": [{"emailAddress": address, "status": "5.1.1", "action": "failed"}]}},
        "sparkpost": [{"msys": {"message_event": {"type": "bounce", "event_id": f"ev{number}", "rcpt_to": address,
                                "bounce_class": "10", "raw_reason": "550 5.1.1 unknown",
                                "rcpt_meta": {"mail": uuid}}}}],
    }[provider]  # fmt: skip
