"""The reviews on our own page: figures where they are honest, replies, and what a person takes back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.reviews import moderation, service
from tests.support.colleague import signed_in
from tests.support.forms import forms_of, submit
from tests.support.reviewer import Reviewer

pytestmark = pytest.mark.takes_turns

ELSEWHERE = "https://www.winkel.example"
STRUCTURED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    return {**settings_env, "FEEDBACKLOOP_EMBED_ORIGINS": ELSEWHERE}


def written_by_all(people: Reviewer) -> None:
    """A 5 of somebody satisfied, asked before everybody was; then a 4, a 2 and a 5 of everybody."""
    people.writes(people.is_invited("K-1"), 5, title="Van vroeger")
    people.opens_own_page_to_everybody()
    for number, (said, rating) in enumerate((("yes", 4), ("no", 2), ("yes", 5)), start=2):
        complaint = people.says(said, f"K-{number}")
        if said == "no":
            people.closes(complaint, "partly")
        people.writes(people.path_of(number), rating, title=f"Een {rating}", text="</script><b>Te & laat</b>")
    people.shows(1, 2, 3, 4)


def data_of(people: Reviewer, query: str = "", **headers: str) -> tuple[TestResponse, dict[str, Any]]:
    answer = people.app.test_client().get(f"/reviews.json{query}", headers=headers)
    return answer, json.loads(answer.text)


def test_with_everybody_the_average_is_of_everybody(people: Reviewer) -> None:
    written_by_all(people)
    page = people.opens("/reviews/")
    assert "3 reviews, gemiddeld een 3,7 van de 5" in page.text
    assert "Wij vragen iedereen van wie de klacht is afgesloten" in page.text
    assert page.text.count("Na een klacht; iedereen is gevraagd") == 3
    assert page.text.count("Uit een opgeloste klacht") == 1
    (structured,) = STRUCTURED.findall(page.text)
    told = json.loads(structured)
    assert told["aggregateRating"]["ratingValue"] == 3.7
    assert told["aggregateRating"]["reviewCount"] == 3
    assert [one["reviewRating"]["ratingValue"] for one in told["review"]] == [5, 2, 4]
    assert told["review"][0]["reviewBody"] == "</script><b>Te & laat</b>"
    assert "<" not in structured
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]

    answer, found = data_of(people)
    assert (found["count"], found["average"]) == (3, 3.7)
    assert found["distribution"] == {"1": 0, "2": 1, "3": 0, "4": 1, "5": 1}
    assert [one.get("rating") for one in found["items"]] == [5, 2, 4, None]
    assert "<" not in answer.text


def test_with_satisfied_people_there_is_no_figure_anywhere(people: Reviewer) -> None:
    for number in ("K-1", "K-2"):
        people.writes(people.is_invited(number), 5, title="Goed")
    people.shows(1, 2)
    page, (_answer, found) = people.opens("/reviews/").text, data_of(people)
    assert "gekozen uit opgeloste klachten" in page
    assert STRUCTURED.findall(page) == []
    assert "gemiddeld een" not in page
    assert not {"average", "count", "distribution"} & set(found)
    assert not [one for one in found["items"] if "rating" in one]
    assert found["audience"] == "satisfied"


def test_the_data_is_for_listed_origins_and_for_a_minute(people: Reviewer) -> None:
    people.writes(people.is_invited(), 4, title="Netjes", display_name="Marleen")
    people.shows(1)
    answer, found = data_of(people, Origin=ELSEWHERE)
    assert answer.headers["Access-Control-Allow-Origin"] == ELSEWHERE
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert {"Origin", "Accept-Language"} <= set(answer.headers["Vary"].replace(" ", "").split(","))
    for other in ("https://evil.example", "null"):
        assert "Access-Control-Allow-Origin" not in data_of(people, Origin=other)[0].headers
    (item,) = found["items"]
    assert (item["title"], item["name"], item["url"]) == ("Netjes", "Marleen", "http://localhost/reviews/1")
    for personal in ("Osinga", "postvak.example", "K-1"):
        assert personal not in answer.text
    assert data_of(people, "?limit=x&after=zzz")[0].status_code == 200
    assert data_of(people, "?lang=en")[1]["title"] == "Reviews"


def test_a_shown_review_has_an_address_that_stays(people: Reviewer) -> None:
    people.writes(people.is_invited(), 4, title="Netjes")
    assert people.opens("/reviews/1").status_code == 404
    people.shows(1)
    page = people.opens("/reviews/1")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "public, max-age=60")
    assert "Netjes" in page.text
    assert 'href="/reviews/1"' in people.opens("/reviews/").text
    with people.writing():
        moderation.refuse(1, 1, "not_about_us", "staff:1")
    assert people.opens("/reviews/1").status_code == 404
    assert people.opens("/reviews/99").status_code == 404


def test_refusals_are_counted_in_public_by_reason(people: Reviewer) -> None:
    for number in (1, 2, 3):
        people.writes(people.is_invited(f"K-{number}"), 3)
    with people.writing():
        for number, reason in ((1, "unlawful"), (2, "personal_data"), (3, "personal_data")):
            moderation.refuse(number, 1, reason, "staff:1")
    page = people.opens("/reviews/?lang=en").text
    assert "1 that is against the law" in page
    assert "2 about somebody’s private life" in page
    assert data_of(people)[1]["refused"] == {"unlawful": 1, "personal_data": 2}


def test_the_organisation_replies_and_a_change_shows(people: Reviewer) -> None:
    people.writes(people.is_invited(), 2, title="Te laat")
    people.shows(1)
    marketing = signed_in(people.app, "marketing")
    one = "/staff/reviews/1"
    assert submit(marketing, one, form="/reply", reply="Dat spijt ons.\nWij tellen nu na.").status_code == 303
    for address in ("/reviews/", "/reviews/1"):
        page = people.opens(address).text
        assert "Reactie van Testwinkel" in page
        assert "Dat spijt ons." in page
        assert "veranderd op" not in page
    assert submit(marketing, one, form="/reply", reply="Dat spijt ons zeer.").status_code == 303
    assert "veranderd op" in people.opens("/reviews/1").text
    assert data_of(people)[1]["items"][0]["reply"] == "Dat spijt ons zeer."
    assert submit(marketing, one, form="/reply", reply="").status_code == 303
    assert "Reactie van" not in people.opens("/reviews/1").text
    story = people.story(people.reviews()[0].complaint_id, "review")
    assert story == ["written", "published", "replied", "reply_changed", "reply_removed"]


@pytest.mark.parametrize("words", ["Bel 06 11 22 33 44", "Beste Marleen Osinga,", "Mail naar k-1@postvak.example"])
def test_a_reply_tells_nobody_who_it_was(people: Reviewer, words: str) -> None:
    people.writes(people.is_invited(), 2)
    people.shows(1)
    quality = signed_in(people.app, "quality")
    answer = submit(quality, "/staff/reviews/1", form="/reply", reply=words)
    assert answer.status_code == 400
    assert "This would tell who somebody is" in answer.text
    assert words in answer.text
    assert people.reviews()[0].reply is None


def test_a_person_takes_the_review_back_with_a_tick_of_their_own(people: Reviewer) -> None:
    path = people.is_invited()
    people.writes(path, 4, title="Netjes", text="Alles terug", display_name="Marleen")
    people.shows(1)
    form = next(one for one in forms_of(people.opens(path).text) if "withdraw" in one.action)
    assert form.fields == []
    pressed = people.sends(f"{path}/withdraw")
    assert pressed.status_code == 400
    assert "Zet een vinkje" in pressed.text
    assert people.reviews()[0].status == "published"
    for _ in range(2):
        assert people.sends(f"{path}/withdraw", sure="1").status_code == 303
    (review,) = people.reviews()
    assert (review.status, review.title, review.text, review.display_name) == ("withdrawn", None, None, None)
    assert people.story(review.complaint_id, "review") == ["written", "published", "withdrawn"]
    for address in ("/reviews/", "/reviews.json"):
        assert "Netjes" not in people.opens(address).text
    assert "U hebt uw review teruggenomen." in people.opens(path).text
    assert people.writes(path, 5).status_code == 409


def test_nothing_is_taken_back_that_was_not_written(people: Reviewer) -> None:
    path = people.is_invited()
    assert people.sends(f"{path}/withdraw", sure="1").status_code == 404
    assert people.sends("/review/forged/withdraw", sure="1").status_code == 404


def test_an_erasure_takes_review_and_reply(people: Reviewer) -> None:
    people.writes(people.is_invited(), 2, title="Te laat")
    people.shows(1)
    submit(signed_in(people.app, "quality"), "/staff/reviews/1", form="/reply", reply="Dat spijt ons.")
    with people.writing():
        service.erase(PeopleErased((1,)))
    (review,) = people.reviews()
    assert (review.status, review.title, review.reply) == ("withdrawn", None, None)
    assert people.opens("/reviews/1").status_code == 404


@pytest.fixture
def low(people: Reviewer) -> FlaskClient:
    """A low review that waits for a look, and quality."""
    people.writes(people.is_invited(), 2, title="Te laat", text="Zes broodjes misten.", display_name="Marleen")
    return signed_in(people.app, "quality")


def test_a_low_review_becomes_a_complaint_once(people: Reviewer, low: FlaskClient) -> None:
    first = submit(low, "/staff/reviews/1", form="/complaint")
    assert (first.status_code, first.location) == (303, "/staff/complaints/2")
    made = complaint(people, 2)
    assert (made.source, made.external_id, made.status, made.channel) == ("review", "own-1", "open", "review")
    assert (made.subject, made.description) == ("Te laat", "Te laat\n\nZes broodjes misten.")
    (review,) = people.reviews()
    assert (made.customer_id, made.opened_at) == (review.customer_id, review.written_at)
    assert review.made_complaint_id == 2
    page = low.get("/staff/reviews/1").text
    assert "/staff/reviews/1/complaint" not in page
    assert "/staff/complaints/2" in page
    case = low.get("/staff/complaints/2").text
    assert "Made from a review" in case
    assert 'href="/staff/reviews/1"' in case
    token = dict(forms_of(page)[0].fields)["csrf_token"]
    again = low.post("/staff/reviews/1/complaint", data={"csrf_token": token})
    assert (again.status_code, again.location) == (303, "/staff/complaints/2")
    assert people.count(Complaint) == 2
    assert people.story(1, "review") == ["written", "made_complaint"]
    assert people.story(2, "review") == ["made_complaint"]


def test_a_better_review_is_not_offered_as_one(people: Reviewer) -> None:
    people.writes(people.is_invited(), 3)
    quality = signed_in(people.app, "quality")
    page = quality.get("/staff/reviews/1").text
    assert "/complaint" not in page.replace("/staff/complaints/", "")
    token = dict(forms_of(page)[0].fields)["csrf_token"]
    assert quality.post("/staff/reviews/1/complaint", data={"csrf_token": token}).status_code == 409
    assert people.count(Complaint) == 1


def complaint(people: Reviewer, number: int) -> Complaint:
    with people.app.app_context():
        return db.session.get_one(Complaint, number)
