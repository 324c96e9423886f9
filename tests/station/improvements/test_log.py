"""The public log and its feeds: what is shown, in which language, how it is kept, and to whom it opens."""

from __future__ import annotations

import json
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.improvements import service
from feedbackloop.improvements.service import Words
from tests.support.colleague import signed_in
from tests.support.improver import EN, NL, Improver

pytestmark = pytest.mark.takes_turns

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = (
    "/improvements/",
    "/improvements/feed.atom",
    "/improvements/feed.json",
    "/improvements.json",
    "/embed/improvements",
)
NASTY = 'Te laat <script>alert(1)</script> ]]> </script> \u2028 & "zo".'


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {**settings_env, "FEEDBACKLOOP_EMBED_ORIGINS": "https://shop.example https://www.shop.example:8443"}


def _entry(people: Improver, improvement_id: int) -> str:
    return f"/improvements/{people.slug(improvement_id)}"


@pytest.mark.parametrize("path", PAGES)
def test_a_draft_is_nowhere(people: Improver, client: FlaskClient, path: str) -> None:
    draft = people.writes()
    assert "te laat" not in client.get(path).text
    assert client.get(_entry(people, draft)).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_what_is_published_is_everywhere_until_it_is_taken_off(
    people: Improver, client: FlaskClient, path: str
) -> None:
    improvement = people.public()
    assert NL.you_said in client.get(path).text
    people.unpublishes(improvement)
    assert NL.you_said not in client.get(path).text
    assert client.get(_entry(people, improvement)).status_code == 410


@pytest.mark.parametrize("path", [*PAGES, "entry"])
def test_everybody_may_keep_it_a_moment_and_ask_whether_it_changed(
    people: Improver, client: FlaskClient, path: str
) -> None:
    improvement = people.public()
    path = _entry(people, improvement) if path == "entry" else path
    first = client.get(path)
    etag = first.headers["ETag"]
    assert not etag.startswith("W/")
    assert first.headers["Cache-Control"].startswith("public, max-age=1, stale-while-revalidate=")
    assert "Accept-Language" in first.headers["Vary"]
    unchanged = client.get(path, headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == etag
    people.changes(improvement, texts={"nl": Words(NL.you_said, "Iets anders.")})
    changed = client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/embed.js", "entry"])
def test_no_cookie_and_no_word_of_who_asks(people: Improver, path: str) -> None:
    improvement = people.public()
    path = _entry(people, improvement) if path == "entry" else path
    client = signed_in(people.app, "quality")
    found = client.get(path)
    assert found.status_code == 200
    assert "Set-Cookie" not in found.headers
    assert "Cookie" not in found.headers.get("Vary", "")


def test_search_engines_may_read_the_log_and_not_the_frame(people: Improver, client: FlaskClient) -> None:
    improvement = people.public()
    for path in ("/improvements/", _entry(people, improvement)):
        assert '<meta name="robots" content="index,follow">' in client.get(path).text
        assert "X-Robots-Tag" not in client.get(path).headers
    assert '<meta name="robots" content="noindex">' in client.get("/embed/improvements").text


def test_the_browser_or_the_address_choose_the_language(people: Improver, client: FlaskClient) -> None:
    people.public(texts={"nl": NL, "en": EN})
    english = {"Accept-Language": "fr, en;q=0.8, nl;q=0.5"}
    assert EN.you_said in client.get("/improvements/", headers=english).text
    assert NL.you_said in client.get("/improvements/?lang=nl", headers=english).text
    assert NL.you_said in client.get("/improvements/", headers={"Accept-Language": "fr"}).text
    assert NL.you_said in client.get("/improvements/?lang=xx").text


def test_a_missing_language_shows_the_other_and_says_so(people: Improver, client: FlaskClient) -> None:
    improvement = people.public()
    for path in ("/improvements/?lang=en", f"{_entry(people, improvement)}?lang=en", "/embed/improvements?locale=en"):
        page = client.get(path).text
        assert '<html lang="en"' in page
        assert f' lang="nl">{NL.you_said}' in page or f' lang="nl" target="_parent">{NL.you_said}' in page
    assert (client.get("/improvements.json?locale=en").json or {})["items"][0]["lang"] == "nl"


def test_filters_and_pages_are_in_the_address(people: Improver, client: FlaskClient) -> None:
    for number in range(23):
        people.clock.advance(timedelta(minutes=1))
        category, status = ("winkel", "done") if number < 2 else ("bezorging", "planned")
        people.public(texts={"nl": Words(f"Zin nummer {number:02}.", "x")}, category=category, status=status)
    first = client.get("/improvements/").text
    assert "Zin nummer 22." in first
    assert "Zin nummer 02." not in first
    older = first.partition("after=")[2].partition('"')[0]
    second = client.get(f"/improvements/?after={older}").text
    assert [f"Zin nummer {n:02}." in second for n in (0, 1, 2, 3)] == [True, True, True, False]
    chosen = client.get("/improvements/?category=winkel&status=done").text
    assert chosen.count("<article") == 2
    assert client.get("/improvements/?category=winkel&status=planned").text.count("<article") == 0
    assert client.get("/improvements.json?category=winkel").json["total"] == 2  # type: ignore[index]


@pytest.mark.parametrize(
    "slug", ["unknown", "%00", "a%00b", "%FF", "..%2f..%2fetc%2fpasswd", "x" * 5000, "%F0%9F%98%80", "%27"]
)
def test_an_unknown_address_is_404(people: Improver, client: FlaskClient, slug: str) -> None:
    people.public()
    assert client.get(f"/improvements/{slug}").status_code == 404


def test_few_people_are_not_counted(people: Improver, client: FlaskClient) -> None:
    ids = [people.complains(f"K-{n}") for n in range(5)]
    improvement = people.public(ids[:4])
    assert "mensen zeiden dit" not in client.get("/improvements/?lang=nl").text
    people.changes(improvement, complaint_ids=ids)
    assert "5 mensen zeiden dit" in client.get("/improvements/?lang=nl").text
    assert (client.get("/improvements.json").json or {})["items"][0]["people"] == 5


def test_an_attack_in_the_words_stays_words(people: Improver, client: FlaskClient) -> None:
    improvement = people.public(texts={"nl": Words(NASTY, f"{NASTY}\n\n[x](javascript:alert(1))")}, category="<b>&\"'")
    for path in ("/improvements/", _entry(people, improvement), "/embed/improvements"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert 'href="javascript' not in page
        assert "<b>&" not in page
    for path in ("/improvements/feed.json", "/improvements.json"):
        raw = client.get(path).text
        assert not set("<>&\u2028") & set(raw)
        assert "<script>alert(1)</script>" in json.dumps(client.get(path).json) or "feed" in path


def test_the_atom_feed_is_one(people: Improver, client: FlaskClient) -> None:
    people.public(texts={"nl": Words(NASTY, "**Vet** & meer")}, category="bezorging")
    answer = client.get("/improvements/feed.atom?lang=nl")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)  # noqa: S314 - our own feed
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}")
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Testwinkel"
    links = {one.get("rel"): one.get("href") for one in feed.findall(f"{ATOM}link")}
    assert links["self"] == "http://localhost/improvements/feed.atom?lang=nl"
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id", "").startswith("http://localhost/improvements/te-laat-script")
    assert "<script>alert(1)</script>" in entry.findtext(f"{ATOM}title", "")
    assert entry.findtext(f"{ATOM}published") == entry.findtext(f"{ATOM}updated") == "2026-11-03T09:00:00Z"
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert (content.get("type"), content.text) == ("html", "<p><strong>Vet</strong> &amp; meer</p>")
    assert entry.find(f"{ATOM}category").get("term") == "bezorging"  # type: ignore[union-attr]


def test_an_empty_feed_is_valid_too(people: Improver, client: FlaskClient) -> None:
    feed = ElementTree.fromstring(client.get("/improvements/feed.atom").data)  # noqa: S314 - our own feed
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"
    assert (client.get("/improvements/feed.json").json or {})["items"] == []


def test_the_json_feed_is_version_1_1(people: Improver, client: FlaskClient) -> None:
    people.public(texts={"nl": NL, "en": EN}, category="bezorging")
    answer = client.get("/improvements/feed.json?lang=en")
    assert answer.mimetype == "application/feed+json"
    feed = json.loads(answer.data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"].endswith("Testwinkel")
    assert (feed["language"], feed["authors"]) == ("en", [{"name": "Testwinkel"}])
    assert feed["home_page_url"] == "http://localhost/improvements/"
    assert feed["feed_url"] == "http://localhost/improvements/feed.json?lang=en"
    item = feed["items"][0]
    assert item["id"] == item["url"] == "http://localhost/improvements/bestellingen-kwamen-te-laat"
    assert (item["title"], item["content_html"]) == (EN.you_said, f"<p>{EN.we_did}</p>")
    assert item["date_published"].startswith("2026-11-03T09:00:00")
    assert (item["tags"], item["language"]) == (["bezorging"], "en")


@pytest.mark.parametrize("origin", ["https://shop.example", "https://www.shop.example:8443", "http://localhost"])
def test_a_listed_origin_may_fetch_the_json(client: FlaskClient, origin: str) -> None:
    answer = client.get("/improvements.json", headers={"Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer.headers["Vary"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null", ""]
)
@pytest.mark.parametrize("path", ["/improvements/", "/improvements.json", "/embed/improvements"])
def test_no_other_origin_may_fetch_anything(client: FlaskClient, path: str, origin: str) -> None:
    answer = client.get(path, headers={"Origin": origin} if origin else {})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_entry_tells_what_happened_and_when(people: Improver, client: FlaskClient) -> None:
    improvement = people.public()
    people.clock.advance(timedelta(days=3))
    people.changes(improvement, status="done", texts={"nl": Words(NL.you_said, "Het werkt.\n\nOveral.")})
    people.clock.advance(timedelta(days=3))
    people.changes(improvement, texts={"nl": Words(NL.you_said, "Het werkt.\n\nBijna overal.")})
    page = client.get(f"{_entry(people, improvement)}?lang=en").text
    story = [part.partition("</li>")[0] for part in page.partition('<ol class="steps">')[2].split("<li>")[1:]]
    assert [("3 November" in one, "6 November" in one, "9 November" in one) for one in story] == [
        (True, False, False),
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert "We put it on this page." in story[1]
    assert "It was done." in story[2]
    assert "We changed the text." in story[3]
    assert "Bijna overal." in page
    assert "Bijna overal." not in client.get("/improvements/").text


def test_a_change_of_status_is_news_and_an_edit_is_not(people: Improver, client: FlaskClient) -> None:
    first = people.public(texts={"nl": Words("Eerste zin.", "x")})
    people.clock.advance(timedelta(hours=1))
    people.public(texts={"nl": Words("Tweede zin.", "x")})
    people.clock.advance(timedelta(hours=1))
    people.changes(first, texts={"nl": Words("Eerste zin.", "y")})
    page = client.get("/improvements/").text
    assert page.index("Tweede zin.") < page.index("Eerste zin.")
    people.changes(first, status="in_progress")
    page = client.get("/improvements/").text
    assert page.index("Eerste zin.") < page.index("Tweede zin.")


def test_an_address_stays_when_the_words_change(people: Improver, client: FlaskClient) -> None:
    improvement = people.public()
    again = people.public()
    assert [people.slug(improvement), people.slug(again)] == [
        "bestellingen-kwamen-te-laat",
        "bestellingen-kwamen-te-laat-2",
    ]
    people.changes(improvement, texts={"nl": Words("Heel iets anders.", "x")})
    assert "Heel iets anders." in client.get("/improvements/bestellingen-kwamen-te-laat").text


def test_an_edit_of_one_does_not_forget_the_other_texts(people: Improver) -> None:
    improvement = people.writes(texts={"nl": NL, "en": EN})
    with people.app.app_context(), transactions.transaction():
        changed = service.update(improvement, service.Changes(texts={"en": None}), "staff:1")
        assert [one.locale for one in changed.texts] == ["nl"]
