"""Amazon SNS: messages signed with a certificate of Amazon's, and the confirmation of a subscription."""

from __future__ import annotations

import base64
import binascii
import http.client
import re
import ssl
import threading
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from feedbackloop.core import moments
from feedbackloop.core.errors import Unauthorised, Unavailable
from feedbackloop.mailing.incoming.providers import common
from feedbackloop.mailing.incoming.providers.common import Call, text

_HOST = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(\.cn)?")
_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_HASHES: dict[str, type[hashes.SHA1] | type[hashes.SHA256]] = {"1": hashes.SHA1, "2": hashes.SHA256}
_LARGEST_ANSWER = 64 * 1024
_TIMEOUT_S = 5
_MOST_CERTIFICATES = 16
_certificates: dict[str, x509.Certificate] = {}
_lock = threading.Lock()


def verify(call: Call, data: Any) -> None:
    """Raises Unauthorised unless Amazon signed it for one of our topics. A message that waited is as genuine as ever:
    SNS tries for an hour with the moment of its first try, so only one of the future is refused."""
    kind = text(data, "Type")
    if kind not in _FIELDS or not common.any_equal(text(data, "TopicArn"), call.secrets):
        raise Unauthorised
    try:
        moment = moments.read(text(data, "Timestamp"))
        signature = base64.b64decode(text(data, "Signature"), validate=True)
    except (binascii.Error, ValueError):
        raise Unauthorised from None
    made = _HASHES.get(text(data, "SignatureVersion"))
    if made is None or moment - call.now > common.CLOCKS_DIFFER:
        raise Unauthorised
    certificate = _certificate(text(data, "SigningCertURL"), call.now)
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise Unauthorised
    try:
        public.verify(signature, canonical(data), padding.PKCS1v15(), made())
    except (InvalidSignature, UnsupportedAlgorithm):
        raise Unauthorised from None


def canonical(data: Any) -> bytes:
    """The text that is signed: name and value of each field on a line, those that are absent left out."""
    lines = []
    for name in _FIELDS[str(data["Type"])]:
        if isinstance(data.get(name), str):
            lines += [name, data[name]]
    return "".join(f"{line}\n" for line in lines).encode()


def confirm(data: Any) -> bool:
    """Confirms a subscription that was asked for; True where the call was about a subscription and holds no event."""
    kind = text(data, "Type")
    if kind == "SubscriptionConfirmation":
        fetch(text(data, "SubscribeURL"))
    return kind != "Notification"


def fetch(url: str) -> bytes:
    """What stands at an address of SNS. Raises Unauthorised for another host, Unavailable where it does not answer."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
        raise Unauthorised
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    link = http.client.HTTPSConnection(parts.netloc, timeout=_TIMEOUT_S, context=ssl.create_default_context())
    try:
        link.request("GET", path)
        answer = link.getresponse()
        body = answer.read(_LARGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException):
        raise Unavailable from None
    finally:
        link.close()
    if answer.status != 200 or len(body) > _LARGEST_ANSWER:
        raise Unavailable
    return body


def _certificate(url: str, now: datetime) -> x509.Certificate:
    if not urlsplit(url).path.endswith(".pem"):
        raise Unauthorised
    with _lock:
        known = _certificates.get(url)
    if known is None:
        try:
            known = x509.load_pem_x509_certificate(fetch(url))
        except ValueError:
            raise Unauthorised from None
        with _lock:
            if len(_certificates) >= _MOST_CERTIFICATES:
                _certificates.clear()
            _certificates[url] = known
    if not known.not_valid_before_utc <= now <= known.not_valid_after_utc:
        raise Unauthorised
    return known
