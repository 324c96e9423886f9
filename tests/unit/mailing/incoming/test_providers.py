"""Each relay's webhook: who gets in, and what its events mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from feedbackloop.core.errors import Unauthorised
from feedbackloop.mailing.incoming.providers import PROVIDERS, sns
from feedbackloop.mailing.incoming.providers.common import Call
from feedbackloop.mailing.incoming.service import Event
from tests.support import relays

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
UUID = "0b7d4a1e-8c1f-4a3b-9d2e-1234567890ab"
TIMED = ("mailgun", "resend", "sendgrid")
SECRETS = {name.rpartition("_")[2].lower(): tuple(value.split(",")) for name, value in relays.settings().items()}


@pytest.fixture(autouse=True)
def _amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sns, "fetch", lambda _url: relays.certificate("sns", datetime(2026, 1, 1, tzinfo=UTC)))
    sns._certificates.clear()
    yield
    sns._certificates.clear()


def verify(name: str, sent: relays.Sent, secrets: tuple[str, ...] | None = None) -> None:
    headers = {key.lower(): value for key, value in sent.headers.items()}
    call = Call(headers, sent.body, SECRETS[name] if secrets is None else secrets, NOW)
    PROVIDERS[name].verify(call, json.loads(sent.body))


def events(name: str, payload: Any) -> list[Event]:
    body = relays.call(name, payload, NOW).body
    return [one for one in PROVIDERS[name].read(json.loads(body)) if isinstance(one, Event)]


def bounce(name: str) -> Any:
    return relays.bounce(name, UUID, "marleen@postvak.example")


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("old", [False, True])
def test_a_genuine_call_gets_in_with_either_secret(name: str, old: bool) -> None:
    verify(name, relays.call(name, bounce(name), NOW, old=old))


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_secret_that_was_taken_away_gets_nobody_in(name: str) -> None:
    with pytest.raises(Unauthorised):
        verify(name, relays.call(name, bounce(name), NOW, old=True), SECRETS[name][:1])


@pytest.mark.parametrize("name", PROVIDERS)
def test_nobody_gets_in_without_a_signature(name: str) -> None:
    with pytest.raises(Unauthorised):
        verify(name, relays.Sent(json.dumps(bounce(name)).encode()))


@pytest.mark.parametrize("name", ["resend", "sendgrid"])
def test_a_signature_of_another_body_gets_nobody_in(name: str) -> None:
    sent = relays.call(name, bounce(name), NOW)
    again = json.dumps(json.loads(sent.body), separators=(",", ":")).encode()
    for body in (sent.body + b" ", again, sent.body.replace(b"marleen", b"somebody")):
        with pytest.raises(Unauthorised):
            verify(name, relays.Sent(body, sent.headers))


def test_what_sns_signed_cannot_be_changed() -> None:
    sent = relays.call("ses", bounce("ses"), NOW)
    for name, value in (("Message", "{}"), ("Timestamp", "2026-11-03T09:00:01.000Z"), ("MessageId", "other")):
        with pytest.raises(Unauthorised):
            verify("ses", relays.Sent(json.dumps({**json.loads(sent.body), name: value}).encode(), sent.headers))


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize(("off", "gets_in"), [(-301, False), (-299, True), (0, True), (299, True), (301, False)])
def test_a_call_is_good_for_five_minutes_either_way(name: str, off: int, gets_in: bool) -> None:
    sent = relays.call(name, bounce(name), NOW, off=off)
    if gets_in:
        verify(name, sent)
    else:
        with pytest.raises(Unauthorised):
            verify(name, sent)


@pytest.mark.parametrize(("off", "gets_in"), [(-3500, True), (299, True), (301, False)])
def test_sns_may_try_again_for_long_and_never_comes_from_the_future(off: int, gets_in: bool) -> None:
    sent = relays.call("ses", bounce("ses"), NOW, off=off)
    if gets_in:
        verify("ses", sent)
    else:
        with pytest.raises(Unauthorised):
            verify("ses", sent)


def test_resend_is_verified_as_the_scheme_publishes_it() -> None:
    """The example of the scheme's own documentation."""
    call = Call(
        {
            "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "svix-timestamp": "1614265330",
            "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        b'{"test": 2432232314}',
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
        datetime.fromtimestamp(1614265330, UTC),
    )
    PROVIDERS["resend"].verify(call, {})


def test_a_signature_in_capitals_is_another_one() -> None:
    sent = relays.call("mailgun", bounce("mailgun"), NOW)
    data = json.loads(sent.body)
    data["signature"]["signature"] = data["signature"]["signature"].upper()
    with pytest.raises(Unauthorised):
        verify("mailgun", relays.Sent(json.dumps(data).encode()))


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
        "https://s3.eu-west-1.amazonaws.com/bucket/x.pem",
        "https://127.0.0.1/x.pem",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_certificate_of_another_host_is_never_fetched(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with pytest.raises(Unauthorised):
        sns.fetch(url)


def test_a_certificate_of_another_key_or_another_time_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = relays.call("ses", bounce("ses"), NOW)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    for found in (relays.certificate("other", datetime(2026, 1, 1, tzinfo=UTC)), relays.certificate("sns", past)):
        sns._certificates.clear()
        monkeypatch.setattr(sns, "fetch", lambda _url, found=found: found)
        with pytest.raises(Unauthorised):
            verify("ses", sent)


def test_a_certificate_is_fetched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return relays.certificate("sns", datetime(2026, 1, 1, tzinfo=UTC))

    monkeypatch.setattr(sns, "fetch", fetch)
    for _ in range(3):
        verify("ses", relays.call("ses", bounce("ses"), NOW))
    assert fetched == [relays.CERTIFICATE_URL]


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_subscription_is_confirmed_at_amazons_address(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    message = {
        "Type": "SubscriptionConfirmation",
        "MessageId": "m",
        "Token": "t",
        "TopicArn": relays.TOPIC,
        "Message": "You have chosen to subscribe",
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t",
        "Timestamp": "2026-11-03T09:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": relays.CERTIFICATE_URL,
    }
    sent = relays.signed_by_sns(message)
    verify("ses", sent)
    opened: list[str] = []
    monkeypatch.setattr(sns, "fetch", opened.append)
    assert sns.confirm(json.loads(sent.body))
    assert opened == [message["SubscribeURL"]]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_bounce_names_our_mail_its_address_and_its_status(name: str) -> None:
    (found,) = events(name, bounce(name))
    assert (found.finding.kind, found.finding.given_up) == ("bounce", True)
    assert found.finding.status in ("5.1.1", "5.1.0")
    assert (found.mail_uuids[-1], found.address) == (UUID, "marleen@postvak.example")


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_same_event_is_the_same_and_another_is_not(name: str) -> None:
    def identity(number: int) -> str:
        return events(name, relays.bounce(name, UUID, "marleen@postvak.example", number))[0].identity

    assert identity(1) == identity(1)
    assert identity(1) != identity(2)


MEANINGS: list[tuple[str, Any, str, str | None]] = [
    ("postmark", {"RecordType": "SpamComplaint", "ID": 1, "Email": "a@b.example"}, "complaint", None),
    ("postmark", {"RecordType": "Delivery", "Recipient": "a@b.example"}, "delivered", None),
    ("postmark", {"RecordType": "Bounce", "ID": 1, "Type": "SoftBounce", "Email": "a@b.example"}, "bounce", "4.0.0"),
    ("postmark", {"RecordType": "Bounce", "ID": 1, "Type": "Blocked", "Email": "a@b.example"}, "bounce", "5.0.0"),
    ("postmark", {"RecordType": "SubscriptionChange", "SuppressSending": True, "Recipient": "a@b.example",
                  "SuppressionReason": "ManualSuppression"}, "opt_out", None),
    ("mailgun", {"event": "complained", "id": "1", "recipient": "a@b.example"}, "complaint", None),
    ("mailgun", {"event": "unsubscribed", "id": "1", "recipient": "a@b.example"}, "opt_out", None),
    ("mailgun", {"event": "delivered", "id": "1", "recipient": "a@b.example"}, "delivered", None),
    ("mailgun", {"event": "failed", "severity": "permanent", "id": "1", "recipient": "a@b.example",
                 "delivery-status": {"code": 554, "message": "5.7.1 blocked"}}, "bounce", "5.7.1"),
    ("sendgrid", [{"event": "spamreport", "sg_event_id": "1", "email": "a@b.example"}], "complaint", None),
    ("sendgrid", [{"event": "bounce", "type": "blocked", "status": "5.7.1", "sg_event_id": "1",
                   "email": "a@b.example"}], "bounce", "5.7.1"),
    ("sendgrid", [{"event": "group_unsubscribe", "sg_event_id": "1", "email": "a@b.example"}], "opt_out", None),
    ("ses", {"notificationType": "Complaint", "complaint": {"complainedRecipients": [{"emailAddress": "a@b.example"}]}},
     "complaint", None),
    ("ses", {"eventType": "Delivery", "delivery": {"recipients": ["a@b.example"]}}, "delivered", None),
    ("ses", {"eventType": "Bounce", "bounce": {"bounceType": "Transient", "bouncedRecipients": [
        {"emailAddress": "a@b.example", "status": "5.1.1"}]}}, "bounce", "4.0.0"),
    ("brevo", {"event": "soft_bounce", "email": "a@b.example"}, "bounce", "4.0.0"),
    ("brevo", {"event": "spam", "email": "a@b.example"}, "complaint", None),
    ("brevo", {"event": "unsubscribed", "email": "a@b.example"}, "opt_out", None),
    ("mailjet", {"event": "bounce", "hard_bounce": False, "email": "a@b.example"}, "bounce", "4.0.0"),
    ("mailjet", {"event": "blocked", "email": "a@b.example"}, "bounce", "5.0.0"),
    ("mailjet", {"event": "sent", "email": "a@b.example"}, "delivered", None),
    ("sparkpost", [{"msys": {"message_event": {"type": "spam_complaint", "rcpt_to": "a@b.example"}}}],
     "complaint", None),
    ("sparkpost", [{"msys": {"message_event": {"type": "bounce", "bounce_class": "20", "rcpt_to": "a@b.example"}}}],
     "bounce", "4.0.0"),
    ("sparkpost", [{"msys": {"unsubscribe_event": {"type": "list_unsubscribe", "rcpt_to": "a@b.example"}}}],
     "opt_out", None),
    ("resend", {"type": "email.complained", "data": {"to": ["a@b.example"]}}, "complaint", None),
    ("resend", {"type": "email.delivered", "data": {"to": ["a@b.example"]}}, "delivered", None),
    ("resend", {"type": "email.bounced", "data": {"to": ["a@b.example"], "bounce": {"type": "Transient"}}},
     "bounce", "4.0.0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "payload", "kind", "status"), MEANINGS, ids=lambda value: str(value)[:40])
def test_each_event_means_one_of_ours(name: str, payload: Any, kind: str, status: str | None) -> None:
    (found,) = events(name, payload)
    assert (found.finding.kind, found.finding.status, found.address) == (kind, status, "a@b.example")


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("postmark", {"RecordType": "Open", "Recipient": "a@b.example"}),
        ("mailgun", {"event": "opened", "id": "1"}),
        ("sendgrid", [{"event": "processed"}, {"event": "click"}]),
        ("ses", "Successfully validated SNS topic for Amazon SES event publishing."),
        ("ses", {"eventType": "Open"}),
        ("brevo", {"event": "opened"}),
        ("mailjet", [{"event": "click"}]),
        ("sparkpost", [{"msys": {}}]),
        ("resend", {"type": "email.opened", "data": {}}),
    ],
)
def test_what_is_no_word_of_delivery_is_left_alone(name: str, payload: Any) -> None:
    assert events(name, payload) == []


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("payload", [[], {}, [[]], None, 3, "x", [None], {"event-data": []}, {"msys": 1}])
def test_any_json_ends_in_events_or_in_an_error_that_is_expected(name: str, payload: Any) -> None:
    try:
        found = list(PROVIDERS[name].read(payload))
    except (AttributeError, TypeError, KeyError, ValueError):
        found = []
    assert found == []
