"""The feeds as readers read them, and oEmbed: valid, with ids that stay, changed when the words are, open to all."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
from flask.testing import FlaskClient

from feedbackloop.improvements.service import Words
from tests.support.improver import EN, NL, Improver

FEEDS = ("/improvements/feed.atom", "/improvements/feed.json")
NASTY = Words("Te laat <script>alert(1)</script> ]]> & \u2028 \u0001 \U0001f600.", "Kijk **hier** <b>&</b>.")


def _atom(client: FlaskClient, query: str = "?lang=nl") -> Any:
    answer = client.get(f"/improvements/feed.atom{query}")
    found = feedparser.parse(answer.data, response_headers={"content-type": answer.headers["Content-Type"]})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def _json(client: FlaskClient, query: str = "?lang=nl") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"/improvements/feed.json{query}").data)
    return found


def test_a_reader_finds_the_words_the_language_and_the_way_back(people: Improver, client: FlaskClient) -> None:
    people.public(texts={"nl": NL, "en": EN}, category="bezorging")
    people.clock.advance(timedelta(hours=1))
    people.public(texts={"nl": NASTY})
    feed = _atom(client, "?lang=en")
    assert (feed.feed.title, feed.feed.language) == ("You said, we did – Testwinkel", "en")
    assert feed.feed.author == "Testwinkel"
    assert feed.feed.link == "http://localhost/improvements/"
    assert {one.rel: one.href for one in feed.feed.links}["self"] == "http://localhost/improvements/feed.atom?lang=en"
    nasty, plain = feed.entries
    assert "alert(1)" in nasty.title
    assert "\u0001" not in nasty.title
    assert "<script" not in nasty.content[0].value
    assert nasty.content[0].language == "nl"
    assert (plain.title, plain.content[0].type) == (EN.you_said, "text/html")
    assert EN.we_did in plain.content[0].value
    assert [tag.term for tag in plain.tags] == ["bezorging"]
    assert plain.link == plain.id == "http://localhost/improvements/bestellingen-kwamen-te-laat"


def test_both_feeds_say_the_same(people: Improver, client: FlaskClient) -> None:
    for number in range(3):
        people.clock.advance(timedelta(minutes=1))
        people.public(texts={"nl": Words(f"Zin {number}.", "Ja."), "en": Words(f"Line {number}.", "Yes.")})
    for query in ("?lang=nl", "?lang=en"):
        atom, feed = _atom(client, query), _json(client, query)
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert [(one.id, one.title) for one in atom.entries] == [(one["id"], one["title"]) for one in feed["items"]]
        for one, other in zip(atom.entries, feed["items"], strict=True):
            moment = datetime.fromisoformat(other["date_modified"])
            assert datetime.fromisoformat(one.updated) == moment.replace(microsecond=0)
        assert set(feed) == {"version", "title", "home_page_url", "feed_url", "language", "authors", "items"}


def test_a_correction_is_an_update_of_the_same_entry(people: Improver, client: FlaskClient) -> None:
    improvement = people.public()
    before = _atom(client).entries[0]
    people.clock.advance(timedelta(days=2))
    people.changes(improvement, texts={"nl": Words("Heel andere woorden.", "En iets anders.")}, category="winkel")
    feed = _atom(client)
    after = feed.entries[0]
    assert (after.id, after.link, after.published) == (before.id, before.link, before.published)
    assert after.title == "Heel andere woorden."
    assert after.updated == "2026-11-05T09:00:00Z" == feed.feed.updated
    people.clock.advance(timedelta(days=1))
    people.changes(improvement, status="done")
    assert _atom(client).entries[0].updated == "2026-11-06T09:00:00Z"
    people.unpublishes(improvement)
    assert _atom(client).entries == []
    people.publishes(improvement)
    assert _atom(client).entries[0].id == before.id


@pytest.mark.parametrize("path", [*FEEDS, "/oembed.json?url=http://localhost/improvements/"])
def test_feeds_are_open_to_every_page_and_nothing_else_is(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://anybody.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    for other in ("/improvements/", "/embed/improvements", "/follow/", "/improvements.json", "/staff/sign-in"):
        assert "Access-Control-Allow-Origin" not in client.get(other, headers={"Origin": "https://x.example"}).headers


# oEmbed


def _oembed(client: FlaskClient, url: str, more: str = "") -> Any:
    return client.get(f"/oembed.json?url={quote(url, safe='')}{more}")


def test_pages_say_where_to_ask_and_the_answer_quotes_them(people: Improver, client: FlaskClient) -> None:
    improvement = people.public(texts={"nl": NASTY, "en": EN}, status="done")
    for path in ("/improvements/", f"/improvements/{people.slug(improvement)}"):
        page = client.get(path).text
        link = page.partition('application/json+oembed" href="')[2].partition('"')[0].replace("&amp;", "&")
        found = client.get(link)
        assert (found.status_code, found.mimetype) == (200, "application/json")
        body = found.json or {}
        assert (body["version"], body["type"], body["provider_name"]) == ("1.0", "rich", "Testwinkel")
        assert all(isinstance(body[name], int) and body[name] > 0 for name in ("width", "height"))
        assert "<script" not in body["html"]
        assert "style=" not in body["html"]
        assert "&lt;script&gt;" in body["html"]
        assert f"http://localhost/improvements/{people.slug(improvement)}" in body["html"]
    assert EN.we_did in _oembed(client, "http://localhost/improvements/?lang=en").json["html"]
    assert _oembed(client, f"http://localhost/improvements/{people.slug(improvement)}#x").status_code == 200


def test_it_keeps_within_the_size_that_is_asked_for(people: Improver, client: FlaskClient) -> None:
    people.public()
    found = _oembed(client, "http://localhost/improvements/", "&maxwidth=300&maxheight=90").json
    assert (found["width"], found["height"]) == (300, 90)
    for more in ("&maxwidth=x", "&maxheight=0", "&maxwidth=-1"):
        answer = _oembed(client, "http://localhost/improvements/", more)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
        assert list(answer.json["errors"]) == [more[1:].partition("=")[0]]


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/improvements/unknown",
        "http://localhost/staff/",
        "http://localhost/improvements/feed.atom",
        "http://localhost/told/1.x",
        "https://localhost/improvements/",
        "http://localhost.evil.example/improvements/",
        "http://evil.example/improvements/",
        "http://localhost@evil.example/improvements/",
        "http://[/improvements/",
        "javascript:alert(1)",
        "/improvements/",
        "x" * 3000,
    ],
)
def test_what_is_no_page_of_the_log_is_404(people: Improver, client: FlaskClient, url: str) -> None:
    people.public()
    answer = _oembed(client, url)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_draft_and_what_was_taken_off_are_404_and_xml_is_501(people: Improver, client: FlaskClient) -> None:
    draft, gone = people.writes(), people.public(texts={"nl": EN})
    people.unpublishes(gone)
    for one in (draft, gone):
        assert _oembed(client, f"http://localhost/improvements/{people.slug(one)}").status_code == 404
    answer = _oembed(client, "http://localhost/improvements/", "&format=xml")
    assert (answer.status_code, answer.mimetype) == (501, "application/problem+json")
    assert client.get("/oembed.json").status_code == 400
