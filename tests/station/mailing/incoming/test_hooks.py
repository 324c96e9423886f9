"""Relays call, and what they say is done once, whatever the order and however often."""

from __future__ import annotations

import contextvars
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing.incoming import lists, service
from feedbackloop.mailing.incoming.providers import PROVIDERS, sns
from feedbackloop.mailing.models import Outbox, Suppression
from tests.station.mailing.incoming.conftest import Asked, Post
from tests.support import relays, reports
from tests.support.clock import Clock


@pytest.fixture(autouse=True)
def _amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sns, "fetch", lambda _url: relays.certificate("sns", datetime(2026, 1, 1, tzinfo=UTC)))
    sns._certificates.clear()
    yield
    sns._certificates.clear()


def bounce(provider: str, asked: Asked, clock: Clock, number: int = 1) -> relays.Sent:
    return relays.call(provider, relays.bounce(provider, asked.uuid, asked.address, number), clock.now)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_relays_bounce_ends_the_mail_and_stops_the_address(post: Post, clock: Clock, provider: str) -> None:
    asked = post.asks()
    answer = post.hears(provider, bounce(provider, asked, clock))
    assert (answer.status_code, answer.json) == (200, {"taken": 1, "known": 0})
    assert post.check_in(asked.complaint_id) == "bounced"
    assert post.suppressed(asked.address) == "no_such_address"
    assert post.received()[0].source == provider


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_same_call_again_has_no_effect_and_is_answered_alike(post: Post, clock: Clock, provider: str) -> None:
    asked = post.asks()
    answers = [post.hears(provider, bounce(provider, asked, clock)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[-1].json == {"taken": 0, "known": 1}
    assert len(post.received()) == 1
    assert post.people.story(asked.complaint_id, "mail").count("came_back") == 1


def test_the_same_event_with_another_content_has_no_effect(post: Post, clock: Clock) -> None:
    asked, other = post.asks("K-1"), post.asks("K-2")
    post.hears("sendgrid", bounce("sendgrid", asked, clock))
    assert post.hears("sendgrid", bounce("sendgrid", other, clock)).status_code == 200
    assert post.check_in(other.complaint_id) == "sent"
    assert post.suppressed(other.address) is None


def test_copies_at_the_same_time_have_one_effect(post: Post, clock: Clock) -> None:
    asked = post.asks()
    sent, answers = bounce("sendgrid", asked, clock), []

    def call() -> None:
        answers.append(post.hears("sendgrid", sent).status_code)

    # The clock that stands still is each context's own.
    threads = [threading.Thread(target=contextvars.copy_context().run, args=(call,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 5
    assert len(post.received()) == 1
    assert post.people.story(asked.complaint_id, "mail").count("came_back") == 1


def test_an_unset_relay_and_an_unknown_one_are_not_there(
    settings_env: dict[str, str], request: pytest.FixtureRequest
) -> None:
    for name in list(settings_env):
        if name.startswith("FEEDBACKLOOP_MAIL_HOOK_"):
            del settings_env[name]
    app: Flask = request.getfixturevalue("app")
    for provider in (*PROVIDERS, "unheard-of"):
        assert app.test_client().post(f"/hooks/mail/{provider}", data=b"{}").status_code == 404


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_call_of_nobody_we_know_is_refused_and_leaves_nothing(post: Post, clock: Clock, provider: str) -> None:
    asked = post.asks()
    sent = bounce(provider, asked, clock)
    headers = {"Content-Type": "application/json", "Authorization": "Basic bm9ib2R5Om5vYm9keQ=="}
    body = json.dumps({**json.loads(sent.body), "signature": {}, "Signature": ""}).encode() if provider in (
        "mailgun", "ses") else sent.body  # fmt: skip
    answer = post.hears(provider, relays.Sent(body, headers))
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert post.received() == []


@pytest.mark.parametrize(
    "body", [b"[" * 20000, b'{"a":' * 5000, b"NaN", b"\xff\xfe", b"", b'{"a":1,"a":2}', b"1e400000", b"[1]", b"3"]
)
@pytest.mark.parametrize("provider", ["postmark", "sparkpost"])
def test_bait_is_answered_with_400(app: Flask, provider: str, body: bytes) -> None:
    headers = relays.call(provider, {}, datetime(2026, 11, 3, tzinfo=UTC)).headers
    assert app.test_client().post(f"/hooks/mail/{provider}", data=body, headers=headers).status_code == 400


def test_a_large_body_is_not_read(app: Flask) -> None:
    headers = relays.call("sparkpost", {}, datetime(2026, 11, 3, tzinfo=UTC)).headers
    answer = app.test_client().post("/hooks/mail/sparkpost", data=b"[" + b" " * 1024 * 1024, headers=headers)
    assert answer.status_code == 413


def test_only_a_post_is_taken(app: Flask) -> None:
    assert app.test_client().get("/hooks/mail/postmark").status_code == 405


def test_nothing_is_promised_before_it_is_written_down(
    post: Post, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = post.asks()

    def fails(*_given: object) -> None:
        raise OperationalError("the statement", {}, Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(service, "take_event", fails)
        assert post.hears("postmark", bounce("postmark", asked, clock)).status_code == 503
    assert post.received() == []
    assert post.hears("postmark", bounce("postmark", asked, clock)).json == {"taken": 1, "known": 0}


def test_an_event_that_comes_before_its_mail_is_known_is_kept_for_five_minutes(post: Post, clock: Clock) -> None:
    asked = Asked(0, 0, "0b7d4a1e-8c1f-4a3b-9d2e-1234567890ab", "", "nobody@postvak.example")
    post.hears("sendgrid", bounce("sendgrid", asked, clock))
    assert post.received()[0].reason == "unknown_mail"
    clock.advance(timedelta(minutes=4, seconds=50))
    post.looks_again()
    assert post.received()[0].verdict == "waiting"
    clock.advance(timedelta(seconds=31))
    post.looks_again()
    row = post.received()[0]
    assert (row.verdict, row.reason, row.facts, row.look_again_at) == ("nothing", "not_ours", None, None)


def test_what_waited_has_its_effect_once_the_mail_is_known(app: Flask, post: Post, clock: Clock) -> None:
    asked = post.asks()
    with app.app_context(), transactions.transaction():
        db.session.get_one(Outbox, asked.mail_id).uuid = "hidden"
    unknown = Asked(asked.complaint_id, asked.mail_id, asked.uuid, "", "else@postvak.example")
    post.hears("sendgrid", bounce("sendgrid", unknown, clock))
    with app.app_context(), transactions.transaction():
        db.session.get_one(Outbox, asked.mail_id).uuid = asked.uuid
    clock.advance(timedelta(minutes=1))
    post.looks_again()
    assert post.received()[0].reason == "other_address"
    assert post.check_in(asked.complaint_id) == "bounced"
    post.looks_again()
    assert post.people.story(asked.complaint_id, "mail").count("came_back") == 1


def test_a_relay_that_names_only_the_address_means_the_newest_mail_to_it(post: Post, clock: Clock) -> None:
    first = post.asks("K-1", email="one@postvak.example")
    second = post.asks("K-2", email="one@postvak.example")
    nameless = Asked(0, 0, "", "", "one@postvak.example")
    post.hears("postmark", bounce("postmark", nameless, clock))
    assert post.check_in(second.complaint_id) == "bounced"
    assert post.check_in(first.complaint_id) == "sent"


def test_word_of_arrival_after_a_bounce_does_not_undo_it(post: Post, clock: Clock) -> None:
    asked = post.asks()
    post.hears("sendgrid", bounce("sendgrid", asked, clock))
    arrived = [{"event": "delivered", "email": asked.address, "sg_event_id": "d1", "smtp-id": asked.message_id}]
    post.hears("sendgrid", relays.call("sendgrid", arrived, clock.now))
    assert post.mail(asked.mail_id).status == "bounced"
    assert [row.verdict for row in post.received()] == ["suppressed", "nothing"]


def test_word_of_arrival_settles_a_mail_of_which_no_reply_came(app: Flask, post: Post, clock: Clock) -> None:
    complaint_id = post.people.brings("K-1")
    planned = post.mail_about(complaint_id)
    with app.app_context(), transactions.transaction():
        row = db.session.get_one(Outbox, planned.mail_id)
        row.status, row.reason, row.attempts, row.unclear = "uncertain", "no_reply", 1, 1
    arrived = {"RecordType": "Delivery", "Recipient": "k-1@postvak.example", "Metadata": {"mail": planned.uuid}}
    post.hears("postmark", relays.call("postmark", arrived, clock.now))
    assert post.mail(planned.mail_id).status == "sent"
    assert post.check_in(complaint_id) == "sent"
    assert post.received()[0].verdict == "arrived"


def test_an_opt_out_at_the_relay_is_one_here_for_the_purpose_of_its_mail(post: Post, clock: Clock) -> None:
    asked = post.asks()
    stop = [{"event": "unsubscribe", "email": asked.address, "sg_event_id": "u1", "smtp-id": asked.message_id}]
    post.hears("sendgrid", relays.call("sendgrid", stop, clock.now))
    assert post.received()[0].verdict == "opted_out"
    assert post.count(Suppression) == 1
    assert post.check_in(post.people.brings("K-2", email=asked.address)) == "suppressed"


def test_an_opt_out_before_the_mail_was_sent_stops_it(post: Post, clock: Clock) -> None:
    planned = post.mail_about(post.people.brings("K-1"))
    stop = {
        "RecordType": "SubscriptionChange",
        "SuppressSending": True,
        "SuppressionReason": "ManualSuppression",
        "Recipient": "k-1@postvak.example",
    }
    post.hears("postmark", relays.call("postmark", stop, clock.now))
    assert post.received()[0].verdict == "opted_out"
    assert post.mail(planned.mail_id).status == "cancelled"


def test_many_events_in_one_call_each_have_their_own_verdict(post: Post, clock: Clock) -> None:
    one, two = post.asks("K-1"), post.asks("K-2")
    batch = [
        *relays.bounce("sendgrid", one.uuid, one.address, 1),
        {"event": "spamreport", "email": two.address, "sg_event_id": "s1", "smtp-id": two.message_id},
        {"event": "open", "email": two.address, "sg_event_id": "o1"},
    ]
    answer = post.hears("sendgrid", relays.call("sendgrid", batch, clock.now))
    assert answer.json == {"taken": 2, "known": 0}
    assert [post.suppressed(who.address) for who in (one, two)] == ["no_such_address", "complained"]


@pytest.mark.parametrize("whole", [True, False])
def test_inbound_mail_of_postmark_is_a_reply(post: Post, clock: Clock, whole: bool) -> None:
    asked = post.asks()
    raw = reports.reply("Nee, nog niet.", sender=asked.address, answers=asked.message_id, files=("a.jpg",))
    given = {
        "FromFull": {"Email": asked.address, "Name": "Marleen"},
        "From": f"Marleen <{asked.address}>",
        "Subject": "Re: Is het opgelost?",
        "MessageID": "22c74902",
        "TextBody": "Nee, nog niet.",
        "Headers": [{"Name": "In-Reply-To", "Value": asked.message_id}],
        "Attachments": [{"Name": "a.jpg", "Content": "", "ContentType": "image/jpeg"}],
        **({"RawEmail": raw.decode()} if whole else {}),
    }
    assert post.hears("postmark", relays.call("postmark", given, clock.now)).status_code == 200
    (kept,) = post.replies()
    assert (kept.complaint_id, kept.text, kept.attachments) == (asked.complaint_id, "Nee, nog niet.", ["a.jpg"])


def test_old_word_of_deliveries_is_forgotten_and_nothing_else(post: Post, clock: Clock) -> None:
    asked = post.asks()
    arrived = [{"event": "delivered", "email": asked.address, "sg_event_id": "d1", "smtp-id": asked.message_id}]
    post.hears("sendgrid", relays.call("sendgrid", arrived, clock.now))
    post.hears("sendgrid", bounce("sendgrid", asked, clock))
    clock.advance(timedelta(days=31))
    post.looks_again()
    assert [row.kind for row in post.received()] == ["bounce"]


def test_the_page_is_not_filled_with_word_of_what_arrived(app: Flask, post: Post, clock: Clock) -> None:
    asked = post.asks()
    arrived = [{"event": "delivered", "email": asked.address, "sg_event_id": "d1", "smtp-id": asked.message_id}]
    post.hears("sendgrid", relays.call("sendgrid", arrived, clock.now))
    with app.app_context():
        assert lists.page("", "", None) == ([], None)
        assert [line.row.reason for line in lists.page("delivered", "", None)[0]] == ["arrived"]
        assert lists.counts_since(clock.now) == {}


def test_a_log_line_holds_no_address(post: Post, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    asked = post.asks(email="zichtbaar@postvak.example")
    caplog.clear()
    post.hears("sendgrid", bounce("sendgrid", asked, clock))
    assert "zichtbaar" not in caplog.text
    assert any(record.message == "mail_came_in" for record in caplog.records)
