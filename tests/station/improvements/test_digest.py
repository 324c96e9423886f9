"""The quiet news for followers: at most weekly, only when there is news, in their language, once to each."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.improvements import follow, jobs
from feedbackloop.improvements.service import Words
from feedbackloop.mailing import rendering
from tests.support.colleague import signed_in
from tests.support.follower import WEEK, Followed
from tests.support.forms import submit
from tests.support.improver import EN, NL

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FOLLOWERS = "/staff/improvements/followers"
RICH = Words("Te laat & <b>koud</b>.", "Dit **werkt**:\n\n- een\n- [twee](https://a.example/b)\n\nEn meer.")


def test_nothing_goes_without_news_and_nothing_without_followers(readers: Followed) -> None:
    readers.public()
    readers.clock.advance(2 * DAY)
    assert (readers.digests(), readers.issues()) == ([], 0)
    readers.follows()
    readers.clock.advance(3 * WEEK)
    assert (readers.digests(), readers.issues()) == ([], 0)


def test_what_is_new_rests_for_a_day_and_goes_in_one_mail(readers: Followed) -> None:
    readers.follows()
    readers.clock.advance(MINUTE)
    readers.public(texts={"nl": NL, "en": EN})
    readers.clock.advance(2 * timedelta(hours=1))
    second = readers.public(status="done", texts={"nl": RICH})
    third = readers.public(texts={"nl": Words("Haastig.", "Te vroeg.")})
    assert readers.digests() == []
    readers.unpublishes(third)
    readers.clock.advance(DAY)
    mail = readers.digests()[0]
    assert mail.subject == "Nieuws over 2 verbeteringen"
    assert NL.we_did in mail.text
    assert "Haastig" not in mail.text + mail.html
    assert f"http://localhost/improvements/{readers.slug(second)}" in mail.text
    assert "Te laat &amp; &lt;b&gt;koud&lt;/b&gt;." in mail.html
    assert "<strong>werkt</strong>" in mail.html
    assert "En meer." not in mail.text
    assert not re.search(r"<img|<link|src=", mail.html)


def test_the_next_one_comes_a_week_later_and_tells_nothing_twice(readers: Followed) -> None:
    readers.follows()
    readers.clock.advance(MINUTE)
    first = readers.public()
    readers.clock.advance(2 * DAY)
    assert len(readers.digests()) == 1
    readers.public(texts={"nl": Words("Tweede zin.", "Ja.")})
    readers.clock.advance(3 * DAY)
    assert readers.digests() == []
    readers.clock.advance(4 * DAY + MINUTE)
    mails = readers.digests()
    assert len(mails) == 1
    assert "TWEEDE ZIN." in mails[0].text
    assert NL.we_did not in mails[0].text
    readers.changes(first, texts={"nl": Words(NL.you_said, "Alleen het woord is anders.")})
    readers.clock.advance(2 * WEEK)
    assert readers.digests() == []
    readers.changes(first, status="done")
    readers.clock.advance(2 * DAY)
    assert [mail.subject for mail in readers.digests()] == ["Nieuws over 1 verbetering"]


def test_what_stood_there_when_somebody_came_is_no_news_to_them(readers: Followed) -> None:
    readers.follows("eerst@post.example")
    readers.clock.advance(MINUTE)
    readers.public()
    readers.clock.advance(MINUTE)
    readers.follows("later@post.example")
    readers.clock.advance(2 * DAY)
    assert [mail.recipients for mail in readers.digests()] == [("eerst@post.example",)]


def test_each_reads_it_in_the_language_they_chose(readers: Followed) -> None:
    readers.follows("reader@post.example", "en")
    readers.follows("lezer@post.example", "nl")
    readers.clock.advance(MINUTE)
    readers.public(texts={"nl": NL, "en": EN})
    readers.public(texts={"nl": RICH})
    readers.clock.advance(2 * DAY)
    found = {mail.recipients[0]: mail for mail in readers.digests()}
    assert EN.we_did in found["reader@post.example"].text
    assert NL.we_did in found["lezer@post.example"].text
    assert '<html lang="en"' in found["reader@post.example"].html
    assert 'lang="nl"' in found["reader@post.example"].html
    assert "Good day," in found["reader@post.example"].text


def test_what_is_taken_off_or_left_meanwhile_is_not_told(readers: Followed, client: FlaskClient) -> None:
    gone = readers.follows("weg@post.example")
    readers.follows("blijft@post.example")
    readers.clock.advance(MINUTE)
    first, second = readers.public(), readers.public(texts={"nl": Words("Tweede zin.", "Ja.")})
    readers.clock.advance(2 * DAY)
    with readers.app.app_context():
        jobs.make_digest()
    path = readers.path(gone, "/follow/")
    leave = re.search(r"/unsubscribe/follow/[\w.-]+", client.get(path).text)
    assert leave is not None
    client.post(leave[0], data={"choice": "stop"})
    readers.unpublishes(first)
    mails = readers.tells("follow_digest")
    assert [mail.recipients[0] for mail in mails] == ["blijft@post.example"]
    assert NL.we_did not in mails[0].text
    assert readers.outbox("follow_digest") == [("cancelled", "unfollowed"), ("sent", None)]
    readers.clock.advance(WEEK)
    third = readers.public(texts={"nl": Words("Derde zin.", "Ja.")})
    readers.clock.advance(2 * DAY)
    with readers.app.app_context():
        jobs.make_digest()
    readers.unpublishes(second)
    readers.unpublishes(third)
    assert readers.tells("follow_digest") == []
    assert readers.outbox("follow_digest")[-1] == ("cancelled", "nothing_to_tell")


def test_two_workers_at_once_make_one_issue(readers: Followed) -> None:
    readers.follows()
    readers.clock.advance(MINUTE)
    readers.public()
    # Threads of their own see the real time, which is later than the one that stands still here.
    threads = [threading.Thread(target=_run, args=(readers.app,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert readers.issues() == 1
    assert len(readers.tells("follow_digest")) == 1


def test_many_followers_are_planned_in_parts(readers: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        readers.follows(f"n{number}@post.example")
    readers.clock.advance(MINUTE)
    readers.public()
    readers.clock.advance(2 * DAY)
    monkeypatch.setattr(follow, "_PLAN_BATCH", 2)
    assert len(readers.digests()) == 5


def test_it_is_compiled_like_other_mail(readers: Followed, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        readers.follows(f"n{number}@post.example")
    readers.clock.advance(MINUTE)
    readers.public()
    readers.clock.advance(2 * DAY)
    assert len(readers.digests()) == 3
    assert "mail_kind_not_compiled" not in caplog.text
    with readers.app.app_context():
        families = rendering._post()._families
        assert {name[0] for name, one in families.items() if one.forms} >= {"follow_confirmation", "follow_digest"}


def test_staff_see_how_many_and_no_address(readers: Followed) -> None:
    readers.follows()
    readers.asks("wacht@post.example")
    readers.clock.advance(MINUTE)
    readers.public()
    readers.clock.advance(2 * DAY)
    readers.digests()
    for role in ("quality", "handler", "marketing", "admin"):
        page = signed_in(readers.app, role).get(FOLLOWERS)
        assert page.status_code == 200
        assert "@post.example" not in page.text
        assert re.search(r"<dt>follow by mail</dt><dd>1<", page.text)
        assert ("Take it out" in page.text) == (role != "marketing")
    assert readers.app.test_client().get(FOLLOWERS).status_code == 303


def test_staff_take_one_address_out(readers: Followed) -> None:
    readers.follows()
    quality = signed_in(readers.app, "quality")
    submit(quality, FOLLOWERS, form="remove", address="niemand@post.example")
    assert "Nobody follows with this address." in quality.get(FOLLOWERS).text
    assert submit(quality, FOLLOWERS, form="remove", address="geen adres").status_code == 400
    assert readers.followers() == [("following", "lezer@post.example")]
    submit(quality, FOLLOWERS, form="remove", address=" LEZER@post.example ")
    assert "does not follow the log any more" in quality.get(FOLLOWERS).text
    assert readers.followers() == [("removed", None)]
    assert signed_in(readers.app, "marketing").post(f"{FOLLOWERS}/remove", data={}).status_code in (400, 403)


def _run(app: Flask) -> None:
    with app.app_context():
        jobs.make_digest()
