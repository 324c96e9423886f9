"""What other sites embed: who may frame it, in whose colours, and a script that is small and asks for nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from tests.support.improver import EN, NL, Improver

pytestmark = pytest.mark.takes_turns


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {**settings_env, "FEEDBACKLOOP_EMBED_ORIGINS": "https://shop.example https://other.example"}


def _policy(client: FlaskClient, path: str) -> dict[str, str]:
    header = client.get(path).headers["Content-Security-Policy"]
    return {name: values for name, _, values in (part.strip().partition(" ") for part in header.split(";"))}


def test_the_listed_origins_may_frame_it_and_nothing_else_of_ours(people: Improver, client: FlaskClient) -> None:
    people.public()
    assert (
        _policy(client, "/embed/improvements")["frame-ancestors"] == "'self' https://shop.example https://other.example"
    )
    for path in ("/improvements/", "/improvements.json", "/embed.js", "/staff/sign-in", "/privacy"):
        assert _policy(client, path)["frame-ancestors"] == "'none'"


def test_the_frame_has_no_form_no_inline_script_and_no_style(people: Improver, client: FlaskClient) -> None:
    people.public()
    policy = _policy(client, "/embed/improvements")
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    page = client.get("/embed/improvements").text
    assert "<form" not in page
    assert "style=" not in page
    assert re.findall(r"<script(?! src=)", page) == []


def test_every_link_leads_out_of_the_frame(people: Improver, client: FlaskClient) -> None:
    people.public(texts={"nl": type(NL)(NL.you_said, "Zie [hier](https://a.example).")})

    class Links(HTMLParser):
        found: list[dict[str, str | None]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "a":
                self.found.append(dict(attrs))

    reader = Links()
    reader.feed(client.get("/embed/improvements").text)
    assert len(reader.found) == 3
    assert all(one.get("target") in ("_parent", "_top") for one in reader.found)


def test_limit_category_and_language_are_the_hosts_wish(people: Improver, client: FlaskClient) -> None:
    for number in range(8):
        people.public(category="a" if number < 2 else "b", texts={"nl": NL, "en": EN})

    def count(query: str) -> int:
        return client.get(f"/embed/improvements{query}").text.count("<article")

    assert [count(""), count("?limit=3"), count("?limit=999"), count("?limit=x"), count("?limit=-1")] == [5, 3, 8, 5, 5]
    assert count("?category=a&limit=20") == 2
    assert EN.you_said in client.get("/embed/improvements?locale=en").text
    assert NL.you_said in client.get("/embed/improvements?locale=nl").text
    assert len((client.get("/improvements.json?limit=2").json or {})["items"]) == 2


@pytest.mark.parametrize(
    "query",
    [
        "theme=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "accent=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "accent=red;}body{display:none}",
        "locale=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "category=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "limit=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "mode=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "lang=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
@pytest.mark.parametrize("path", ["/embed/improvements", "/improvements.json", "/improvements/"])
def test_an_attack_in_the_address_goes_nowhere(people: Improver, client: FlaskClient, path: str, query: str) -> None:
    people.public()
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200
    assert "alert(1)" not in answer.text or path == "/improvements/"
    assert "<script>alert" not in answer.text
    assert "display:none" not in answer.text


def test_the_hosts_colours_are_checked_here(people: Improver, client: FlaskClient) -> None:
    people.public()
    page = client.get("/embed/improvements?accent=%23A8571B&theme=dark").text
    assert re.search(r'href="/brand\.css\?accent=%23a8571b&amp;theme=dark', page)
    assert '<meta name="color-scheme" content="dark">' in page
    assert "accent=%23a8571b" in client.get("/embed/improvements?accent=a8571b").text
    assert "accent=" not in client.get("/embed/improvements?accent=url(x)&theme=x").text


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("locale=nl&limit=20&category=bezorging&theme=dark&accent=%23a8571b", ""),
        ("", ""),
        ("locale=&limit=&category=&theme=&accent=", ""),
        ("locale=fr", "locale"),
        ("limit=0", "limit"),
        ("limit=21", "limit"),
        ("limit=vijf", "limit"),
        ("category=onbekend", "category"),
        ("theme=blue", "theme"),
        ("accent=red", "accent"),
        ("accent=%23ggg&limit=-1&category=x", "limit category accent"),
    ],
)
def test_a_wish_that_is_not_understood_falls_back_and_is_named(
    people: Improver, client: FlaskClient, query: str, ignored: str
) -> None:
    people.public(category="bezorging")
    page = client.get(f"/embed/improvements?{query}").text
    assert (f'data-ignored="{ignored}"' in page) == bool(ignored)
    assert ("data-ignored" in page) == bool(ignored)
    assert page.count("<article") == 1
    data = client.get(f"/improvements.json?{query}").json or {}
    assert len(data["items"]) == data["total"] == 1
    named = set(data["ignored"])
    # The list for machines is longer than the frame.
    assert named == set(ignored.split()) - ({"limit"} if query == "limit=21" else set())


def test_an_empty_log_can_be_embedded(client: FlaskClient) -> None:
    assert "Hier staat nog niets" in client.get("/embed/improvements?locale=nl").text
    assert (client.get("/improvements.json").json or {})["items"] == []


def test_the_script_is_small_public_and_harmless(client: FlaskClient) -> None:
    answer = client.get("/embed.js")
    assert answer.mimetype == "text/javascript"
    assert len(answer.data) < 6000
    assert "public" in answer.headers["Cache-Control"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    for word in (
        "innerHTML",
        "eval(",
        "Function(",
        "document.write",
        "cookie",
        "localStorage",
        "setAttribute(",
        ".cssText",
    ):
        assert word not in answer.text.replace("No cookie", "")
