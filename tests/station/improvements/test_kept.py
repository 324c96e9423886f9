"""The public log from memory: the same answers as Flask's, never old for long, and there when nothing else is."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import Client

from feedbackloop.core import db as transactions
from feedbackloop.core import queue
from feedbackloop.core.kept import marks
from feedbackloop.core.kept.pages import declared
from feedbackloop.core.kept.serving import Front
from feedbackloop.core.keys import StoredValue
from feedbackloop.extensions import db
from feedbackloop.improvements.service import Words
from tests.support.colleague import signed_in
from tests.support.fronts import Fronts, database_away, said
from tests.support.improver import EN, NL, Improver
from tests.support.valkey import Valkey

pytestmark = pytest.mark.takes_turns

ORIGIN = "https://shop.example"
PATHS = (
    "/improvements/",
    "/improvements/?lang=en",
    "/improvements/?status=done&lang=nl",
    "/improvements/feed.atom",
    "/improvements/feed.json",
    "/improvements.json",
    "/improvements.json?limit=3",
    "/embed/improvements",
    "/embed/improvements?theme=dark",
    "/embed.js",
    "entry",
)
PROMISED_S = 5.0


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {**settings_env, "FEEDBACKLOOP_EMBED_ORIGINS": ORIGIN}


@pytest.fixture
def fronts(app: Flask) -> Iterator[Fronts]:
    made = Fronts(app)
    yield made
    made.stop()


def _until(ask: Callable[[], bool]) -> float:
    """How long it took."""
    began = time.monotonic()
    while not ask():
        assert time.monotonic() - began < PROMISED_S
        time.sleep(0.02)
    return time.monotonic() - began


def test_an_answer_from_memory_is_the_one_of_flask(people: Improver, client: FlaskClient, fronts: Fronts) -> None:
    improvement = people.public(texts={"nl": NL, "en": EN})
    front, browser = fronts()
    for path in PATHS:
        _compare(front, browser, client, f"/improvements/{people.slug(improvement)}" if path == "entry" else path)


def _compare(front: Front, browser: Client, client: FlaskClient, path: str) -> None:
    etag = client.get(path).headers["ETag"]
    for headers in (
        {},
        {"Accept-Language": "en"},
        {"Accept-Language": "fr, en;q=0.8, nl;q=0.5"},
        {"Accept-Language": "fr"},
        {"Origin": ORIGIN},
        {"Origin": "https://elsewhere.example"},
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": "Sun, 29 Nov 2099 12:00:00 GMT"},
        {"X-Request-ID": "given-to-us-1234"},
        {"Accept-Encoding": "identity"},
        {"Cookie": "theirs=1"},
    ):
        for method in ("GET", "HEAD"):
            first, again, flask = (one.open(path, method=method, headers=headers) for one in (browser, browser, client))
            for found in (first, again):
                assert (found.status, found.data, said(found)) == (flask.status, flask.data, said(flask)), headers
            if "X-Request-ID" in headers:
                assert again.headers["X-Request-ID"] == flask.headers["X-Request-ID"] == "given-to-us-1234"
    assert sum(count for _endpoint, _status, count in front.memory.take_counts()) >= 28, "memory answered"


def test_a_coded_answer_differs_in_its_coding_alone(people: Improver, client: FlaskClient, fronts: Fronts) -> None:
    people.public()
    _front, browser = fronts()
    _compare_coded(browser, client, "gzip", gzip.decompress)
    _compare_coded(browser, client, "br", brotli.decompress)


def _compare_coded(browser: Client, client: FlaskClient, coding: str, read: Callable[[bytes], bytes]) -> None:
    flask = client.get("/improvements/")
    found = browser.get("/improvements/", headers={"Accept-Encoding": coding})
    own = ("etag", "content-length", "content-encoding")
    assert (read(found.data), said(found, own)) == (flask.data, said(flask, own))
    assert found.headers["Content-Encoding"] == coding
    assert int(found.headers["Content-Length"]) == len(found.data) < len(flask.data)
    assert found.headers["ETag"] == flask.headers["ETag"][:-1] + f'-{coding}"'
    assert "Accept-Encoding" in flask.headers["Vary"]
    again = browser.get("/improvements/", headers={"Accept-Encoding": coding, "If-None-Match": found.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", found.headers["ETag"])
    other = browser.get("/improvements/", headers={"If-None-Match": found.headers["ETag"]})
    assert other.status_code == 200, "the tag of a coded form is not that of the plain one"


OTHERS: tuple[tuple[str, dict[str, str], int], ...] = (
    ("/improvements/?q=te+laat", {}, 200),
    ("/improvements/?lang=xx", {}, 200),
    ("/improvements/?utm_source=mail", {}, 200),
    ("/improvements/?category=%00", {}, 400),
    ("/improvements/none-such", {}, 404),
    ("/improvements", {}, 308),
    ("/improvements/", {"Host": "elsewhere.example"}, 400),
    ("/improvements/", {"Content-Type": "application/json"}, 400),
    ("/improvements/", {"If-Match": '"other"'}, 412),
    ("/healthz", {}, 200),
    ("/staff/improvements/", {}, 303),
)


def test_everything_else_goes_to_flask(people: Improver, client: FlaskClient, fronts: Fronts) -> None:
    people.public()
    front, browser = fronts()
    for path, headers, status in 2 * OTHERS:
        found, flask = browser.get(path, headers=headers), client.get(path, headers=headers)
        assert (found.status_code, found.data, said(found)) == (flask.status_code, flask.data, said(flask))
        assert found.status_code == status
    assert (len(front.memory), front.memory.take_counts()) == (0, [])


def test_only_reading_is_answered_from_memory(people: Improver, client: FlaskClient, fronts: Fronts) -> None:
    _front, browser = fronts()
    browser.get("/improvements/")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        found, flask = browser.open("/improvements/", method=method), client.open("/improvements/", method=method)
        assert (found.status_code, found.data) == (flask.status_code, flask.data)
        assert found.status_code in (200, 405)


def test_who_is_signed_in_gets_flasks_answer_and_leaves_nothing_behind(people: Improver, fronts: Fronts) -> None:
    people.public()
    front, browser = fronts()
    colleague = signed_in(people.app, "quality")
    cookies = "; ".join(
        f"{name}={found.value}"
        for name in ("feedbackloop_staff", "feedbackloop_form")
        if (found := colleague.get_cookie(name, path="/staff")) is not None
    )
    assert "feedbackloop_staff" in cookies
    for path in ("/improvements/", "/staff/"):
        assert browser.get(path, headers={"Cookie": cookies}).status_code == 200
        assert len(front.memory) == 0
    anybody = browser.get("/improvements/")
    assert "Set-Cookie" not in anybody.headers
    assert browser.get("/improvements/").data == anybody.data
    assert len(front.memory) == 1
    assert "Sign out" not in anybody.text
    assert browser.get("/staff/").status_code == 303


def test_an_address_without_end_of_others_fills_no_memory(people: Improver, fronts: Fronts) -> None:
    people.public()
    front, browser = fronts()
    for number in range(1, 40):
        assert browser.get(f"/embed/improvements?accent=%23{number:06x}").status_code == 200
    assert len(front.memory) == 0
    for _ in range(2):
        assert browser.get("/embed/improvements?accent=%23a8571b").status_code == 200
    assert len(front.memory) == 1


def test_a_page_is_rendered_once_for_each_change_and_language(
    people: Improver, fronts: Fronts, caplog: pytest.LogCaptureFixture
) -> None:
    improvement = people.public(texts={"nl": NL, "en": EN})
    _front, browser = fronts()

    def rendered() -> int:
        return [one.message for one in caplog.records].count("request")

    caplog.set_level("INFO")
    for number in range(10):
        for language in ("nl", "en"):
            browser.get("/improvements/", headers={"Accept-Language": f"{language}-{number}, {language}"})
    assert rendered() == 2
    people.changes(improvement, texts={"nl": Words("Anders gezegd.", NL.we_did)})
    assert "Anders gezegd." in browser.get("/improvements/", headers={"Accept-Language": "nl"}).text
    assert rendered() == 3


def test_every_change_is_seen_in_another_process(people: Improver, fronts: Fronts) -> None:
    """The first front stands for it: only the last one of an app is told within the process."""
    other = Words("Het antwoord kwam nooit.", "Wij bellen nu terug.")
    improvement = people.public()
    _front, elsewhere = fronts()
    _same, here = fronts()

    def page(browser: Client) -> str:
        return browser.get("/improvements/").text

    assert NL.we_did in page(elsewhere)
    changes: list[tuple[Callable[[], object], Callable[[str], bool]]] = [
        (lambda: people.changes(improvement, texts={"nl": other}), lambda text: other.we_did in text),
        (lambda: people.changes(improvement, category="bezorging"), lambda text: "<span>Bezorging</span>" in text),
        (lambda: people.changes(improvement, status="done"), lambda text: "is-done" in text),
        (lambda: people.unpublishes(improvement), lambda text: other.we_did not in text),
        (lambda: people.publishes(improvement), lambda text: other.we_did in text),
    ]
    for change, is_seen in changes:
        assert not is_seen(page(elsewhere))
        change()
        assert is_seen(page(here)), "who made the change sees it at once"
        _until(lambda is_seen=is_seen: is_seen(page(elsewhere)))  # type: ignore[misc]


def test_what_is_counted_is_seen_in_time(people: Improver, fronts: Fronts) -> None:
    people.public()
    for number in range(12):
        people.complains(f"K-{number}")
    _front, browser = fronts()
    fronts()
    before = browser.get("/improvements/").text
    assert "<dd>12</dd>" in before
    people.complains("K-13")
    people.clock.release()
    _until(lambda: "<dd>13</dd>" in browser.get("/improvements/").text)


def test_others_are_woken_through_redis(
    people: Improver, fronts: Fronts, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before anybody looks into the database by itself."""
    monkeypatch.setattr("feedbackloop.core.kept.watching.LOOK_EVERY_S", 30.0)
    improvement = people.public()
    _front, browser = fronts()
    fronts()
    assert NL.we_did in browser.get("/improvements/").text
    _until(lambda: valkey.client.pubsub_numsub(marks.CHANNEL)[0][1] == 2)
    people.unpublishes(improvement)
    assert _until(lambda: NL.we_did not in browser.get("/improvements/").text) < PROMISED_S


def test_a_redis_that_goes_and_comes_loses_no_change(
    people: Improver, fronts: Fronts, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    improvement = people.public()
    _front, browser = fronts()
    fronts()
    assert NL.we_did in browser.get("/improvements/").text
    _until(lambda: valkey.client.pubsub_numsub(marks.CHANNEL)[0][1] == 2)
    valkey.client.client_kill_filter(_type="pubsub")
    monkeypatch.setattr(queue, "tell", lambda *_given: False)
    people.unpublishes(improvement)
    _until(lambda: NL.we_did not in browser.get("/improvements/").text)


def test_a_database_that_is_away_takes_no_page_along(people: Improver, app: Flask, fronts: Fronts) -> None:
    improvement = people.public()
    front, browser = fronts()
    kept = browser.get("/improvements/")
    with database_away(app):
        _until(lambda: not front.memory.reachable)
        front.memory.notice("improvements", {"a change": "that nobody can render"})
        found = browser.get("/improvements/")
        assert (found.status_code, found.data) == (200, kept.data)
        assert browser.get("/improvements/?lang=en").status_code == 503
    _until(lambda: front.memory.reachable)
    people.unpublishes(improvement)
    _until(lambda: NL.we_did not in browser.get("/improvements/").text)
    assert browser.get("/improvements/?lang=en").status_code == 200


def test_a_page_that_cannot_be_rendered_just_now_stays(people: Improver, app: Flask, fronts: Fronts) -> None:
    """Also in the moment before anybody knows that the database is away."""
    improvement = people.public()
    _front, browser = fronts()
    kept = browser.get("/improvements/")
    people.unpublishes(improvement)
    with database_away(app):
        found = browser.get("/improvements/")
        assert (found.status_code, found.data) == (200, kept.data)


def _marked(app: Flask) -> dict[str, str]:
    with app.app_context():
        rows = db.session.execute(select(StoredValue.name, StoredValue.value)).all()
        return {row.name: row.value for row in rows if row.name.startswith("kept:")}


def test_a_change_leaves_its_mark_with_its_commit(people: Improver, app: Flask) -> None:
    improvement = people.public()
    before = _marked(app)

    def changes_its_mind() -> None:
        db.session.execute(db.text("UPDATE improvements SET category = 'x'"))
        raise InterruptedError

    with app.app_context(), pytest.raises(InterruptedError), transactions.transaction():
        changes_its_mind()
    with app.app_context(), transactions.transaction():
        db.session.add(StoredValue(name="a key", value="of something else"))
    assert _marked(app) == before
    people.changes(improvement, category="winkel")
    seen = {name for name, value in _marked(app).items() if before.get(name) != value}
    assert {name.rpartition(":")[0] for name in seen} == {"kept:improvements:seen", "kept:sitemap:seen"}
    before = _marked(app)
    people.complains("K-1")
    counted = {name for name, value in _marked(app).items() if before.get(name) != value}
    assert {name.rpartition(":")[0] for name in counted} == {"kept:improvements:counted", "kept:sitemap:counted"}


def test_what_memory_answers_is_counted_in_the_log(
    people: Improver, fronts: Fronts, caplog: pytest.LogCaptureFixture
) -> None:
    front, browser = fronts()
    etag = browser.get("/improvements/").headers["ETag"]
    for _ in range(3):
        browser.get("/improvements/", headers={"If-None-Match": etag})
    assert front.watcher is not None
    caplog.clear()
    front.watcher.say()
    found = [vars(one) for one in caplog.records if one.message == "kept_requests"]
    assert sorted((one["endpoint"], one["status"], one["count"]) for one in found) == [
        ("improvements.listing", 200, 1),
        ("improvements.listing", 304, 3),
    ]


def test_what_is_kept_is_there_and_for_everybody(people: Improver, app: Flask, fronts: Fronts) -> None:
    """An endpoint that no page has would be a slip; one whose answers cannot be kept as well."""
    improvement = people.public()
    front, browser = fronts()
    tables = set(db.metadata.tables)
    topic = declared(app).topics["improvements"]
    assert topic.counted <= tables
    assert {"improvements", "improvement_texts", "improvement_complaints"} <= topic.tables <= tables
    kept = [rule for rule in app.url_map.iter_rules() if rule.endpoint in declared(app).pages]
    # A story needs somebody who agreed to it: tests/station/ambassadors/test_stories_kept.py has those.
    rules = {rule.endpoint: rule for rule in kept if not rule.endpoint.startswith("stories.")}
    assert len(rules) >= 7
    for rule in rules.values():
        before = len(front.memory)
        assert browser.get(rule.rule.replace("<slug>", people.slug(improvement))).status_code == 200
        assert len(front.memory) == before + 1, rule.rule
