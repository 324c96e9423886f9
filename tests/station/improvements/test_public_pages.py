"""What the log tells search engines and networks, what is found in it, and how it takes what cannot be read."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from feedbackloop.improvements import searching
from feedbackloop.improvements.service import Words
from tests.support.improver import EN, NL, Improver

pytestmark = pytest.mark.takes_turns

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
LIST, HANDLING = "http://localhost/improvements/", "http://localhost/improvements/how-we-handle-complaints"


def _meta(page: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page)
    return {**dict(found), **dict(re.findall(r'<link rel="(canonical)" href="([^"]+)">', page))}


def _languages(page: str) -> dict[str, str]:
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))


def _structured(page: str) -> list[dict[str, Any]]:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    found: dict[str, Any] = json.loads(text)
    assert found["@context"] == "https://schema.org"
    return list(found["@graph"])


def test_an_entry_says_what_it_is_in_each_language(people: Improver, client: FlaskClient) -> None:
    slug = people.slug(people.public(texts={"nl": NL, "en": EN}, category="bezorging"))
    url = f"http://localhost/improvements/{slug}"
    page = client.get(f"/improvements/{slug}?lang=en").text
    meta = _meta(page)
    assert meta["canonical"] == meta["og:url"] == f"{url}?lang=en"
    assert _languages(page) == {"nl": f"{url}?lang=nl", "en": f"{url}?lang=en", "x-default": url}
    assert (meta["description"], meta["og:title"]) == (EN.we_did, EN.you_said)
    assert (meta["og:type"], meta["og:locale"], meta["og:site_name"]) == ("article", "en_GB", "Testwinkel")
    assert meta["og:image"] == f"{url}/picture.png?lang=en"
    assert meta["twitter:card"] == "summary_large_image"
    article, trail = _structured(page)
    assert article["@type"] == "Article"
    assert (article["headline"], article["inLanguage"], article["articleSection"]) == (EN.you_said, "en", "bezorging")
    assert article["datePublished"] <= article["dateModified"]
    assert article["publisher"] == {"@type": "Organization", "name": "Testwinkel", "url": "http://localhost"}
    assert [one["item"] for one in trail["itemListElement"]] == [LIST, f"{url}?lang=en"]
    assert _meta(client.get(f"/improvements/{slug}").text)["canonical"] == url


def test_a_language_that_is_lacking_is_not_offered_to_search_engines(people: Improver, client: FlaskClient) -> None:
    slug = people.slug(people.public())
    page = client.get(f"/improvements/{slug}?lang=en").text
    assert _languages(page) == {}
    assert _meta(page)["canonical"] == f"http://localhost/improvements/{slug}?lang=nl"
    assert _structured(page)[0]["inLanguage"] == "nl"


def test_the_list_is_one_page_and_a_choice_out_of_it_is_none(people: Improver, client: FlaskClient) -> None:
    people.public(category="bezorging")
    page = client.get("/improvements/?lang=nl").text
    assert _meta(page)["canonical"] == f"{LIST}?lang=nl"
    assert set(_languages(page)) == {"nl", "en", "x-default"}
    (about,) = _structured(page)
    assert about["@type"] == "CollectionPage"
    assert len(about["mainEntity"]["itemListElement"]) == 1
    for query in ("category=bezorging", "status=planned", "q=laat", "after=99"):
        part = client.get(f"/improvements/?{query}").text
        assert _meta(part)["robots"] == "noindex,follow", query
        assert "canonical" not in _meta(part)
        assert "ld+json" not in part


def test_nasty_words_stay_inside_what_describes_them(people: Improver, client: FlaskClient) -> None:
    nasty = 'Te "laat" </script><script>alert(1)</script> & <!-- zo'
    slug = people.slug(people.public(texts={"nl": Words(nasty, nasty)}, category='"><b>'))
    page = client.get(f"/improvements/{slug}").text
    assert "<script>alert" not in page
    assert '"><b>' not in page
    assert _structured(page)[0]["headline"] == nasty


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_picture_is_one_for_each_entry_and_language(people: Improver, client: FlaskClient, lang: str) -> None:
    from PIL import Image

    improvement = people.public(texts={"nl": NL, "en": EN})
    path = f"/improvements/{people.slug(improvement)}/picture.png?lang={lang}"
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"].startswith("public, max-age=1,")
    image = Image.open(BytesIO(answer.data)).convert("RGB")
    assert image.size == (1200, 630)
    assert (image.getpixel((5, 5)), image.getpixel((600, 20))) == ((43, 92, 138), (251, 250, 247))
    assert {image.getpixel((x, y)) for x in range(1130, 1200) for y in range(0, 630, 5)} == {(251, 250, 247)}
    other = client.get(path.replace(f"lang={lang}", f"lang={'en' if lang == 'nl' else 'nl'}"))
    assert other.data != answer.data
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/improvements/picture.png?lang={lang}").data not in (answer.data, other.data)
    people.unpublishes(improvement)
    assert client.get(path).status_code == 404


def test_a_picture_is_drawn_of_any_words(people: Improver, client: FlaskClient) -> None:
    for words in ("x" * 2000, "😀 🚲 \u202e漢字", "Één\u00a0café – ‘zo’ … €5", "kort"):
        slug = people.slug(people.public(texts={"nl": Words(words, words * 3)}))
        assert client.get(f"/improvements/{slug}/picture.png").status_code == 200
    assert client.get("/improvements/none/picture.png").status_code == 404
    assert client.get("/improvements/%00/picture.png").status_code == 404


def test_the_sitemap_names_every_public_page_in_every_language(people: Improver, client: FlaskClient) -> None:
    both = people.slug(people.public(texts={"nl": NL, "en": EN}))
    dutch = people.slug(people.public())
    off = people.public()
    people.unpublishes(off)
    people.writes()
    answer = client.get("/sitemap.xml")
    assert answer.mimetype == "application/xml"
    root = ElementTree.fromstring(answer.data)  # noqa: S314 - our own
    found = {one.findtext(f"{MAP}loc", ""): one for one in root.findall(f"{MAP}url")}
    base = "http://localhost/improvements"
    assert [one for one in found if "/improvements/" in one] == [
        f"{LIST}?lang=nl", f"{LIST}?lang=en", f"{HANDLING}?lang=nl", f"{HANDLING}?lang=en",
        f"{base}/{dutch}?lang=nl", f"{base}/{both}?lang=nl", f"{base}/{both}?lang=en",
    ]  # fmt: skip
    for address, url in found.items():
        links = {one.get("hreflang"): one.get("href") for one in url.findall(f"{XHTML}link")}
        assert client.get(address.removeprefix("http://localhost")).status_code == 200
        assert links == ({} if dutch + "?" in address else {"nl": address[:-2] + "nl", "en": address[:-2] + "en"})
    assert found[f"{base}/{both}?lang=nl"].findtext(f"{MAP}lastmod") == "2026-11-03T09:00:00+00:00"
    robots = client.get("/robots.txt")
    assert robots.mimetype == "text/plain"
    assert "Sitemap: http://localhost/sitemap.xml" in robots.text.splitlines()


def test_words_are_found_in_any_case_accent_and_language(people: Improver, client: FlaskClient) -> None:
    people.public(texts={"nl": Words("Het CAFÉ is te duur.", "Één kopje **kost** nu minder."), "en": EN})
    people.public(texts={"nl": Words("De fiets is stuk.", "Wij maken hem.")}, category="Reparatie")
    expected = {
        "cafe": 1, "CAFE": 1, "een kopje": 1, "kopje cafe": 1, "van evening": 1, "reparatie": 1, "fiets maken": 1,
        "fiets cafe": 0, "**": 0, "zeppelin": 0, "%": 0, "_": 0, "'; --": 0, "": 2, "  ": 2,
    }  # fmt: skip
    for asked, number in expected.items():
        page = client.get("/improvements/", query_string={"q": asked})
        assert (page.status_code, page.text.count("<article")) == (200, number), asked
    assert "Niets past bij deze keuze" in client.get("/improvements/?q=zeppelin&lang=nl").text
    assert 'value="&#34;&gt;&lt;b&gt;"' in client.get("/improvements/", query_string={"q": '"><b>'}).text
    assert client.get("/improvements/?q=fiets&category=Reparatie&status=planned").text.count("<article") == 1
    assert client.get("/improvements/?q=fiets&category=Reparatie&status=done").text.count("<article") == 0


def test_what_was_found_follows_a_change_at_once(people: Improver, client: FlaskClient) -> None:
    improvement = people.public()
    assert client.get("/improvements/?q=bus").text.count("<article") == 1
    people.changes(improvement, texts={"nl": Words(NL.you_said, "Wij lopen nu.")})
    assert client.get("/improvements/?q=bus").text.count("<article") == 0
    assert client.get("/improvements/?q=lopen").text.count("<article") == 1
    people.unpublishes(improvement)
    assert client.get("/improvements/?q=lopen").text.count("<article") == 0


def test_what_was_found_has_pages_too(people: Improver, client: FlaskClient) -> None:
    for number in range(22):
        people.public(texts={"nl": Words(f"Zin {number:02}.", "even" if number % 2 else "even oneven")})
    first = client.get("/improvements/?q=even").text
    assert first.count("<article") == 20
    older = first.partition("after=")[2].partition('"')[0].partition("&")[0]
    assert client.get(f"/improvements/?q=even&after={older}").text.count("<article") == 2
    assert client.get("/improvements/?q=oneven").text.count("<article") == 11


def test_what_cannot_be_read_is_named(people: Improver, client: FlaskClient) -> None:
    people.public()
    for query, named in {
        "status=finished": "Status: one of planned,",
        "after=x": "After: the number of an improvement.",
        "after=-1": "After: ",
        "after=" + "9" * 40: "After: ",
        "q=" + "x" * (searching.LONGEST + 1): "Search: at most 8 words, and 100 characters.",
        "q=" + "+".join("abcdefghi"): "Search: at most 8 words",
        "category=" + "x" * 101: "Category: at most 100 characters.",
    }.items():
        answer = client.get(f"/improvements/?{query}&lang=en")
        assert answer.status_code == 400, query
        assert named in answer.text
        assert "public" not in answer.headers["Cache-Control"]


def test_no_query_breaks_a_page(people: Improver, client: FlaskClient) -> None:
    slug = people.slug(people.public())
    queries = [
        "lang=xx", "lang=", "category=none", "after=999999999999999999", "q=%F0%9F%9A%B2", "q=%00", "status=%FF",
        "status=done&status=planned", "period=x", "q=(((", "lang=nl&lang=en", "category=%27%22%3E", "q=" + "%25" * 90,
    ]  # fmt: skip
    paths = ["", "how-we-handle-complaints", "picture.png", slug, f"{slug}/picture.png"]
    pages = ["sitemap.xml", "robots.txt", *(f"improvements/{one}" for one in paths)]
    for path in pages:
        for query in queries:
            assert client.get(f"/{path}?{query}").status_code in (200, 400), (path, query)


def test_a_slug_never_hides_behind_a_page(people: Improver, client: FlaskClient) -> None:
    improvement = people.public(texts={"nl": Words("How we handle complaints!", "Zo.")})
    assert people.slug(improvement) == "how-we-handle-complaints-1"
    assert "Zo." in client.get("/improvements/how-we-handle-complaints-1").text
