"""What staff see and do: write, preview, publish with open eyes, link, and read what people say of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedbackloop.complaints.service import ComplaintInput
from feedbackloop.extensions import db
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.service import Words
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.improver import EN, NL, Improver

pytestmark = pytest.mark.takes_turns

LIST = "/staff/improvements/"


@pytest.fixture
def quality(people: Improver) -> FlaskClient:
    return signed_in(people.app, "quality")


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {**settings_env, "FEEDBACKLOOP_NEWS_BATCH": "0s"}


def _send(client: FlaskClient, url: str, **fields: str) -> TestResponse:
    """Fills in and sends the form of a page that writes; the layout has a form of its own, for signing out."""
    return submit(client, url, form=LIST, **fields)


def _only(people: Improver) -> Improvement:
    with people.app.app_context():
        return db.session.query(Improvement).one()


def _path(people: Improver) -> str:
    return f"{LIST}{_only(people).id}"


def test_writing_makes_a_draft_in_both_languages_with_its_complaints(people: Improver, quality: FlaskClient) -> None:
    people.complains("K-1")
    people.complains("K-2")
    answer = _send(
        quality,
        f"{LIST}new",
        you_said_nl=NL.you_said,
        we_did_nl=NL.we_did,
        you_said_en=EN.you_said,
        we_did_en=EN.we_did,
        status="in_progress",
        category="bezorging",
        owner_name="Noor",
        target_on="2026-12-01",
        complaints="K-1, shop:K-2",
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, _path(people))
    made = _only(people)
    assert (made.status, made.category, made.owner_name, str(made.target_on)) == (
        "in_progress",
        "bezorging",
        "Noor",
        "2026-12-01",
    )
    assert (made.locale, {one.locale for one in made.texts}, made.public) == ("nl", {"nl", "en"}, False)
    page = quality.get(_path(people)).text
    assert "K-1" in page
    assert "K-2" in page
    assert "2 complaints, 2 people" in page


def test_one_language_is_enough_and_an_empty_one_is_taken_out(people: Improver, quality: FlaskClient) -> None:
    _send(quality, f"{LIST}new", you_said_en=EN.you_said, we_did_en=EN.we_did)
    assert _only(people).locale == "en"
    _send(quality, f"{_path(people)}/edit", you_said_nl=NL.you_said, we_did_nl=NL.we_did, you_said_en="", we_did_en="")
    assert (_only(people).locale, [one.locale for one in _only(people).texts]) == ("nl", ["nl"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Write what people said and what you did"),
        ({"you_said_nl": "x"}, "Fill in both, or leave both empty."),
        ({"you_said_nl": "x", "we_did_nl": "y", "complaints": "K-404"}, "no complaint with the number K-404"),
        ({"you_said_nl": "x" * 2001, "we_did_nl": "y"}, "too long"),
        ({"you_said_nl": "x", "we_did_nl": "y", "target_on": "soon"}, "Not a valid date"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    people: Improver, quality: FlaskClient, fields: dict[str, str], sentence: str
) -> None:
    answer = _send(quality, f"{LIST}new", **fields)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert people.count(Improvement) == 0


def test_a_number_of_two_sources_is_asked_for_again(people: Improver, quality: FlaskClient) -> None:
    people.complains("K-1")
    people.upserts([ComplaintInput(source="mail", external_id="K-1")])
    answer = _send(quality, f"{LIST}new", you_said_nl="x", we_did_nl="y", complaints="K-1")
    assert answer.status_code == 400
    assert "Write shop:K-1 or mail:K-1." in answer.text
    assert _send(quality, f"{LIST}new", you_said_nl="x", we_did_nl="y", complaints="mail:K-1").status_code == 303


def test_a_theme_begins_an_improvement_with_its_complaints(people: Improver, quality: FlaskClient) -> None:
    ids = [people.complains(f"K-{n}", category="bezorging", root_cause="bus te laat") for n in range(3)]
    people.complains("K-9", category="bezorging")
    url = f"{LIST}new?category=bezorging&root_cause=bus te laat"
    assert "Link 3 complaints as well: bezorging, bus te laat" in quality.get(url).text
    unticked = _send(quality, url, you_said_nl="x", we_did_nl="y", link_alike="")
    assert "0 complaints" in quality.get(unticked.headers["Location"]).text
    with_them = _send(quality, url, you_said_nl="x", we_did_nl="y")
    assert "3 complaints, 3 people" in quality.get(with_them.headers["Location"]).text
    assert people.tellings() == []
    prefilled = quality.get(f"{LIST}new?complaints={ids[0]},{ids[2]},x,999").text
    assert re.search(r'name="complaints"[^>]*>\s*K-0, K-2</textarea>', prefilled)
    assert "Link 1 complaint as well" in quality.get(f"{LIST}new?category=bezorging&root_cause=-").text


def test_the_preview_is_the_very_page_and_keeps_nothing(people: Improver, quality: FlaskClient) -> None:
    page = quality.get(f"{LIST}new").text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
    fields = {"csrf_token": token, "you_said_nl": "Te **laat**.", "we_did_nl": "- een\n- <script>x", "status": "done"}
    answer = quality.post(f"{LIST}preview", data={**fields, "preview": "nl", "category": "bezorging"})
    assert answer.status_code == 200
    assert '<html lang="nl"' in answer.text
    assert re.search(r'<h1 class="said">.*Te laat\.', answer.text)
    assert "<li>een</li>" in answer.text
    assert "&lt;script&gt;x" in answer.text
    assert "Bezorging" in answer.text
    assert 'content="noindex"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert people.count(Improvement) == 0
    assert quality.post(f"{LIST}preview", data={**fields, "csrf_token": "x"}).status_code == 400


def test_who_will_be_mailed_is_said_before_it_happens(people: Improver, quality: FlaskClient) -> None:
    ids = [people.complains("K-1"), people.complains("K-2"), people.complains("K-3", email=None)]
    people.writes(ids)
    page = quality.get(_path(people)).text
    assert "2 people get a mail. Not mailed: 1 (no address)." in page
    answer = submit(quality, _path(people), form="/publish")
    assert answer.status_code == 303
    assert "The improvement is public now. 2 people get a mail." in quality.get(_path(people)).text
    assert len(people.tells()) == 2
    page = quality.get(_path(people)).text
    assert re.search(r"Change to ‘Done’</button></form>\s*<span[^>]*>2 people get a mail", page)
    assert "Visible at once. Nobody is mailed." in page


def test_a_status_is_changed_with_one_button(people: Improver, quality: FlaskClient) -> None:
    people.public([people.complains()])
    page = quality.get(_path(people)).text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
    answer = quality.post(f"{_path(people)}/status", data={"csrf_token": token, "status": "done"})
    assert answer.status_code == 303
    assert "The status is ‘Done’ now. 1 person gets a mail." in quality.get(_path(people)).text
    assert quality.post(f"{_path(people)}/status", data={"csrf_token": token, "status": "planned"}).status_code == 409
    assert _only(people).status == "done"


def test_taking_it_off_says_how_many_mails_are_cancelled(people: Improver, quality: FlaskClient) -> None:
    people.public([people.complains("K-1"), people.complains("K-2")])
    assert "2 mails were not sent yet" in quality.get(_path(people)).text
    submit(quality, _path(people), form="/unpublish")
    assert not _only(people).public
    assert people.tells() == []


def test_complaints_are_linked_and_taken_away(people: Improver, quality: FlaskClient) -> None:
    people.writes([people.complains("K-1")])
    people.complains("K-2")
    page = quality.get(_path(people)).text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
    quality.post(f"{_path(people)}/complaints", data={"csrf_token": token, "complaints": "K-2"})
    assert "2 complaints" in quality.get(_path(people)).text
    wrong = quality.post(f"{_path(people)}/complaints", data={"csrf_token": token, "complaints": "K-404"})
    assert (wrong.status_code, "no complaint with the number K-404" in wrong.text) == (400, True)
    empty = quality.post(f"{_path(people)}/complaints", data={"csrf_token": token, "complaints": " "})
    assert empty.status_code == 400
    gone = re.findall(rf'action="({_path(people)}/complaints/\d+/unlink)"', quality.get(_path(people)).text)
    assert len(gone) == 2
    quality.post(gone[0], data={"csrf_token": token})
    assert "1 complaint," in quality.get(_path(people)).text


def test_what_people_say_of_it_comes_back(people: Improver, quality: FlaskClient, client: FlaskClient) -> None:
    people.public([people.complains(f"K-{n}") for n in range(3)], status="done")
    people.tells()
    for number, helps in enumerate(("yes", "no")):
        client.post(people.told_path(number), data={"helps": helps})
    row = quality.get(LIST).text.partition("<tbody")[2].partition("</tr>")[0]
    numbers = {
        name: re.findall(rf'data-label="{name}"[^>]*><span>(\d+)', row)[0]
        for name in ("People", "Told", "Helps", "Not it")
    }
    assert numbers == {"People": "3", "Told": "3", "Helps": "1", "Not it": "1"}
    page = quality.get(_path(people)).text
    assert "No, this is not it" in page
    assert "Yes, this solves it" in page


def test_lists_are_filtered_in_the_address(people: Improver, quality: FlaskClient) -> None:
    people.writes(texts={"nl": Words("Een concept.", "x")}, category="winkel")
    people.public(texts={"nl": Words("Iets gedaan.", "x")}, status="done", category="bezorging")
    gone = people.public(texts={"nl": Words("Iets weg.", "x")})
    people.unpublishes(gone)

    def shown(query: str) -> list[bool]:
        page = quality.get(f"{LIST}?{query}").text
        return [sentence in page for sentence in ("Een concept.", "Iets gedaan.", "Iets weg.")]

    assert shown("") == [True, True, True]
    assert shown("visible=draft") == [True, False, False]
    assert shown("visible=public") == [False, True, False]
    assert shown("visible=off") == [False, False, True]
    assert shown("status=running") == [True, False, True]
    assert shown("status=done") == [False, True, False]
    assert shown("category=winkel") == [True, False, False]
    assert shown("category=nothing") == [False, False, False]
    assert shown("sort=target&after=0&status=x") == [True, True, True]


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("admin", 200, True), ("quality", 200, True), ("handler", 200, False), ("marketing", 200, False)],
)
def test_roles_may_what_is_theirs(people: Improver, role: str, reads: int, writes: bool) -> None:
    improvement = people.public([people.complains(name="Hendrik Sloot", summary="Mijn bestelling was weg.")])
    client = signed_in(people.app, role, "Somebody")
    detail = f"{LIST}{improvement}"
    for path in (LIST, detail, f"{LIST}embed"):
        assert client.get(path).status_code == reads
    page = client.get(detail).text
    token = (re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page) or ["x"])[0]
    allowed = 200 if writes else 403
    assert client.get(f"{LIST}new").status_code == allowed
    assert client.get(f"{detail}/edit").status_code == allowed
    assert client.post(f"{detail}/unpublish", data={"csrf_token": token}).status_code == (303 if writes else 403)
    assert ("Take it off the page" in page) is writes
    assert ("Mijn bestelling was weg." in page) is (role != "marketing")
    assert "Hendrik Sloot" not in page
    assert "k-1@postvak.example" not in page


def test_nobody_gets_in_without_signing_in(people: Improver, client: FlaskClient) -> None:
    improvement = people.writes()
    for path in (LIST, f"{LIST}new", f"{LIST}{improvement}", f"{LIST}embed"):
        assert client.get(path).status_code == 303
    assert client.post(f"{LIST}{improvement}/publish").status_code in (400, 401)


def test_a_post_without_its_token_changes_nothing(people: Improver, quality: FlaskClient) -> None:
    improvement = people.writes()
    for verb in ("publish", "status", "complaints", "edit"):
        assert quality.post(f"{LIST}{improvement}/{verb}", data={"status": "done"}).status_code == 400
    assert (_only(people).public, _only(people).status) == (False, "planned")


def test_the_snippet_can_be_copied_and_cannot_break_out(people: Improver, quality: FlaskClient) -> None:
    people.public(category='"><script>alert(1)</script>')
    page = quality.get(f"{LIST}embed?locale=nl&limit=3&theme=dark&accent=%23a8571b&mode=inline").text
    snippet = page.partition("<textarea")[2].partition("</textarea>")[0]
    assert "&lt;script src=&#34;http://localhost/embed.js&#34; data-feedbackloop=&#34;improvements&#34;" in snippet
    for part in ("data-locale", "data-limit", "data-theme", "data-accent", "data-mode", "&lt;noscript&gt;"):
        assert part in snippet
    hostile = quality.get(
        f"{LIST}embed?category=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&accent=%22%3E%3Cscript%3E"
    ).text
    assert "<script>" not in hostile
    assert "<title>Error:" in hostile
    assert "accent" not in hostile.partition("<textarea")[2].partition("</textarea>")[0]
    live = page.partition('<div class="embed-live">')[2].partition("</div>")[0]
    for part in ('src="/embed.js"', 'data-mode="inline"', 'data-accent="#a8571b"', "<noscript><iframe"):
        assert part in live
    assert "hidden data-copies" in page
    assert "frame-src 'self'" in quality.get(f"{LIST}embed").headers["Content-Security-Policy"]
