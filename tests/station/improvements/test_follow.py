"""Following the log by mail: confirmed by the mailbox, ended with one click, forgotten, erased; and told of nobody."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.core.history import History
from feedbackloop.core.logs import mask
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing.incoming import effects
from feedbackloop.mailing.incoming.models import Received
from feedbackloop.mailing.incoming.rules import OPT_OUT, Finding
from feedbackloop.mailing.models import Outbox
from tests.support.follower import WEEK, Followed
from tests.support.improver import EN
from tests.support.rows import rows

pytestmark = pytest.mark.takes_turns

DAY = timedelta(days=1)
READER = "lezer@post.example"


def test_the_log_has_a_form_with_an_address_and_nothing_else(readers: Followed, client: FlaskClient) -> None:
    for path in ("/improvements/", "/follow/"):
        page = client.get(path, headers={"Accept-Language": "nl"})
        form = page.text.partition('action="/follow/')[2].partition("</form>")[0]
        assert re.findall(r"<(?:input|select|textarea)[^>]*name=\"(\w+)\"", form) == ["address"]
        assert "Set-Cookie" not in page.headers


def test_nobody_follows_before_the_mailbox_says_so(readers: Followed, client: FlaskClient) -> None:
    readers.asks()
    assert readers.followers() == [("asked", READER)]
    mail = readers.delivers()[0]
    assert mail.recipients == (READER,)
    assert mail.subject == "Wilt u de verbeteringen van Testwinkel volgen?"
    assert "List-Unsubscribe" not in mail.message
    path = readers.path(mail, "/follow/")
    page = client.get(path)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert READER in page.text
    assert " checked" not in page.text
    readers.confirms(mail)
    assert readers.followers() == [("following", READER)]
    assert "U volgt onze verbeteringen" in client.get(path).text


def test_looking_and_pressing_without_a_choice_confirm_nothing(readers: Followed, client: FlaskClient) -> None:
    readers.asks()
    path = readers.path(readers.delivers()[0], "/follow/")
    for one in (path, f"{path}?answer=yes", f"{path}?answer=no"):
        client.get(one)
        client.head(one)
        client.options(one)
    for given in ({}, {"answer": ""}, {"answer": "YES"}):
        answer = client.post(path, data=given)
        assert answer.status_code == 400
        assert "Kies een van de twee antwoorden." in answer.text
    assert readers.followers() == [("asked", READER)]


def test_who_never_asked_says_so_and_is_forgotten_at_once(readers: Followed, client: FlaskClient) -> None:
    readers.asks()
    mail = readers.delivers()[0]
    readers.confirms(mail, "no")
    assert readers.followers() == [("declined", None)]
    assert "U volgt ons niet" in client.get(readers.path(mail, "/follow/")).text
    client.post(readers.path(mail, "/follow/"), data={"answer": "yes"})
    assert readers.followers() == [("declined", None)]


def test_the_answer_never_tells_whether_an_address_follows(readers: Followed, client: FlaskClient) -> None:
    readers.follows()
    said = [
        client.post("/follow/?lang=nl", data={"address": one}, follow_redirects=True) for one in (READER, "x@y.example")
    ]
    assert said[0].data == said[1].data
    assert said[0].status_code == said[1].status_code == 200


def test_one_mailbox_is_asked_once_a_day(readers: Followed) -> None:
    for address in (READER, READER.upper(), f" {READER} "):
        readers.asks(address)
    assert len(readers.delivers()) == 1
    readers.clock.advance(DAY)
    readers.asks()
    assert len(readers.delivers()) == 1
    assert [one[0] for one in readers.followers()] == ["asked"]


def test_who_follows_already_is_told_so_in_the_mailbox(readers: Followed) -> None:
    readers.follows()
    readers.asks()
    assert readers.delivers() == []
    readers.clock.advance(DAY)
    readers.asks()
    mail = readers.delivers()[0]
    assert mail.subject == "U volgt de verbeteringen van Testwinkel al"
    assert "/follow/" not in mail.text.replace("/unsubscribe/follow/", "")
    assert readers.path(mail, "/unsubscribe/follow/")


@pytest.mark.parametrize(
    "address", ["", "x", "a@b", "a b@post.example", "a@post.example\nBcc: b@x.example", "x" * 250 + "@y.example"]
)
def test_what_is_no_address_is_said_and_kept_nowhere(readers: Followed, client: FlaskClient, address: str) -> None:
    answer = client.post("/follow/", data={"address": address}, headers={"Accept-Language": "nl"})
    assert answer.status_code == 400
    assert "<title>Fout:" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert readers.followers() == []


def test_a_link_to_confirm_lives_a_week_and_then_the_address_is_forgotten(
    readers: Followed, client: FlaskClient
) -> None:
    readers.asks()
    path = readers.path(readers.delivers()[0], "/follow/")
    readers.clock.advance(WEEK - timedelta(seconds=1))
    assert (client.get(path).status_code, readers.forgets()) == (200, 0)
    readers.clock.advance(timedelta(seconds=2))
    assert client.get(path).status_code == 410
    assert client.post(path, data={"answer": "yes"}).status_code == 410
    assert (readers.forgets(), readers.forgets()) == (1, 0)
    assert readers.followers() == [("forgotten", None)]
    assert client.get(path).status_code == 410
    assert READER not in _everything(readers.app)


def test_one_click_ends_it_and_leaves_no_address(readers: Followed, client: FlaskClient) -> None:
    readers.follows()
    readers.clock.advance(timedelta(minutes=1))
    readers.public()
    readers.clock.advance(WEEK)
    mail = readers.digests()[0]
    header = re.sub(r"[<>]", "", str(mail.message["List-Unsubscribe"])).removeprefix("http://localhost")
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert header == readers.path(mail, "/unsubscribe/follow/")
    for verb in (client.get, client.head, client.options):
        assert verb(header).status_code == 200
    assert client.post(header, data={}).status_code == 400
    assert readers.followers() == [("following", READER)]
    answer = client.post(header, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "U volgt ons niet" in answer.text) == (200, True)
    assert readers.followers() == [("left", None)]
    assert client.post(header, data={"choice": "stop"}).status_code == 303
    assert READER not in _everything(readers.app)
    readers.follows()
    assert [one[0] for one in readers.followers()] == ["left", "following"]
    assert client.post(header, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [one[0] for one in readers.followers()] == ["left", "following"]


@pytest.mark.parametrize(("purpose", "under"), [("follow", "/follow"), ("unfollow", "/unsubscribe/follow")])
def test_a_forged_link_is_404(readers: Followed, client: FlaskClient, purpose: str, under: str) -> None:
    readers.follows()
    with readers.app.app_context():
        other = tokens.make("unfollow" if purpose == "follow" else "follow", 1)
        gone = tokens.make(purpose, 99999)
    for token in ("1.x", "1." + "A" * 43, other, gone, "%00", "9" * 400):
        for verb in (client.get, client.post):
            assert verb(f"{under}/{token}").status_code == 404
    assert readers.followers() == [("following", READER)]


def test_what_is_on_the_list_of_those_not_mailed_is_not_mailed(readers: Followed) -> None:
    with readers.app.app_context(), transactions.transaction():
        optouts.suppress(READER, "all", "asked_us", "staff")
        optouts.suppress("kalm@post.example", "follow", "asked_us", "staff")
    readers.asks()
    assert readers.delivers() == []
    assert readers.outbox("follow_confirmation") == [("suppressed", "asked_us")]
    readers.follows("kalm@post.example")
    readers.clock.advance(timedelta(minutes=1))
    readers.public()
    readers.clock.advance(WEEK)
    assert readers.digests() == []
    assert readers.outbox("follow_digest") == [("suppressed", "asked_us")]


def test_an_opt_out_at_a_relay_holds_until_the_mailbox_says_otherwise(readers: Followed) -> None:
    readers.follows()
    readers.clock.advance(timedelta(minutes=1))
    readers.public()
    readers.clock.advance(WEEK)
    assert len(readers.digests()) == 1
    with readers.app.app_context(), transactions.transaction():
        mail = db.session.query(Outbox).filter_by(kind="follow_digest").one()
        said = Received(source="ses", identity="1", digest="1", kind=OPT_OUT, verdict="", received_at=readers.clock.now)
        db.session.add(said)
        effects.follow(said, Finding(OPT_OUT), mail, ())
        assert said.verdict == "opted_out"
    readers.public(texts={"nl": EN})
    readers.clock.advance(WEEK + DAY)
    assert readers.digests() == []
    assert readers.outbox("follow_digest")[-1] == ("suppressed", "opted_out")
    with readers.app.app_context():
        leave = f"/unsubscribe/follow/{tokens.make('unfollow', 1)}"
    readers.app.test_client().post(leave, data={"choice": "stop"})
    readers.follows()
    with readers.app.app_context():
        assert optouts.reasons([READER], "follow", readers.clock.now) == {}


def test_no_news_of_ones_own_complaint_leaves_the_log_followed(readers: Followed) -> None:
    readers.complains(email=READER)
    with readers.app.app_context(), transactions.transaction():
        optouts.opt_out(1, "news", "page")
    readers.follows()
    readers.clock.advance(timedelta(minutes=1))
    readers.public()
    readers.clock.advance(WEEK)
    assert len(readers.digests()) == 1


@pytest.mark.parametrize("complained", [False, True])
def test_an_address_can_be_shown_and_erased_whether_they_complained_or_not(readers: Followed, complained: bool) -> None:
    if complained:
        readers.complains(email=READER)
    readers.follows()
    runner = readers.app.test_cli_runner()
    shown = runner.invoke(args=["export-person", READER])
    assert shown.exit_code == 0
    assert '"followers"' in shown.output
    erased = runner.invoke(args=["erase-person", READER])
    assert (erased.exit_code, "followers 1" in erased.output) == (0, True)
    assert READER not in erased.output
    assert readers.followers() == [("erased", None)]
    assert READER not in _everything(readers.app)
    assert runner.invoke(args=["erase-person", READER]).exit_code == (0 if complained else 2)


def test_every_step_is_in_history_and_no_address(readers: Followed) -> None:
    mail = readers.follows()
    readers.confirms(mail)
    with readers.app.app_context():
        found = db.session.query(History).filter_by(subject="follower").order_by(History.id).all()
        assert [(one.what, one.to_state) for one in found] == [("asked", "asked"), ("confirmed", "following")]


def test_asking_at_the_same_moment_is_one_row_and_one_mail(readers: Followed) -> None:
    threads = [threading.Thread(target=readers.asks) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one[0] for one in readers.followers()] == ["asked"]
    assert len(readers.tells("follow_confirmation")) == 1


class TestLimits:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_RATE_LIMITS": "on"}

    def test_a_machine_cannot_fill_mailboxes(self, readers: Followed, client: FlaskClient) -> None:
        found = [
            client.post("/follow/", data={"address": f"n{number}@post.example"}).status_code for number in range(11)
        ]
        assert found == [303] * 10 + [429]
        assert client.get("/follow/").status_code == 200
        assert len(readers.followers()) == 10


def test_a_log_line_holds_no_link() -> None:
    for path in ("/follow/12.abc", "/unsubscribe/follow/12.abc"):
        assert "12.abc" not in mask(f"GET https://feedback.example{path}?lang=nl")


def _everything(app: Flask) -> str:
    """Every row of every table, as text."""
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
        db.session.remove()
    return repr(rows(url))
