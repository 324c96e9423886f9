"""The look that staff take, the public page, and the places."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from feedbackloop.reviews import moderation, queries
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.reviewer import DAY, Reviewer

pytestmark = pytest.mark.takes_turns

LIST = "/staff/reviews/"


@pytest.fixture
def written(people: Reviewer) -> str:
    """The path of the link behind a review that waits for a look."""
    path = people.is_invited(description="Mijn moeder Truus huilde erom.")
    people.writes(path, 2, title="Te laat", text="Zes broodjes misten.", display_name="Marleen")
    return path


@pytest.fixture
def quality(request: pytest.FixtureRequest, people: Reviewer) -> FlaskClient:
    if "written" in request.fixturenames:
        request.getfixturevalue("written")  # it takes days, and a sign-in lasts hours
    return signed_in(people.app, "quality")


def test_a_review_is_public_after_a_look(people: Reviewer, written: str, quality: FlaskClient) -> None:
    assert "Te laat" not in people.opens("/reviews/").text
    assert submit(quality, LIST, form="/publish").status_code == 303
    page = people.opens("/reviews/").text
    for words in ("Te laat", "Zes broodjes misten.", "Marleen", "Een 2 van de 5", "Uit een opgeloste klacht"):
        assert words in page
    assert people.reviews()[0].decided_by == "staff:1"


def test_a_review_is_refused_for_a_listed_reason(people: Reviewer, written: str, quality: FlaskClient) -> None:
    assert submit(quality, LIST, form="/refuse", reason="personal_data").status_code == 303
    (review,) = people.reviews()
    assert (review.status, review.refused_reason) == ("refused", "personal_data")
    page = people.opens("/reviews/").text
    assert "Te laat" not in page
    assert "1 over iemands privéleven" in page


@pytest.mark.parametrize("reason", [None, "", "negative", "Unlawful"])
def test_no_other_reason_counts(people: Reviewer, written: str, quality: FlaskClient, reason: str | None) -> None:
    filled = {} if reason is None else {"reason": reason}
    answer = submit(quality, LIST, form="/refuse", **filled)
    assert answer.status_code == 400
    assert "Choose one of these reasons." in answer.text
    assert people.reviews()[0].status == "pending"


def test_a_decision_can_be_mended(people: Reviewer, written: str, quality: FlaskClient) -> None:
    submit(quality, LIST, form="/publish")
    submit(quality, f"{LIST}?status=published", form="/refuse", reason="personal_data")
    assert "Te laat" not in people.opens("/reviews/").text
    submit(quality, f"{LIST}?status=refused", form="/publish")
    assert "Te laat" in people.opens("/reviews/").text
    assert people.story(people.reviews()[0].complaint_id, "review") == ["written", "published", "refused", "published"]


def test_nobody_publishes_words_that_were_not_on_the_screen(
    people: Reviewer, written: str, quality: FlaskClient
) -> None:
    page = quality.get(LIST).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    people.writes(written, 1, text="Heel andere woorden")
    answer = quality.post("/staff/reviews/1/publish", data={"csrf_token": token[1], "version": "1"})
    assert answer.status_code == 409
    assert people.reviews()[0].status == "pending"


def test_pressing_twice_is_pressing_once(people: Reviewer, written: str) -> None:
    for _ in range(2):
        with people.writing():
            moderation.publish(1, 1, "staff:1")
    assert people.story(people.reviews()[0].complaint_id, "review") == ["written", "published"]


def test_what_waits_longest_comes_first(people: Reviewer) -> None:
    for number in ("K-1", "K-2"):
        people.writes(people.is_invited(number), 3, title=f"Over {number}")
    quality = signed_in(people.app, "quality")
    page = quality.get(LIST).text
    assert page.index("Over K-1") < page.index("Over K-2")
    assert quality.get(f"{LIST}?status=unknown").status_code == 404


def test_the_public_page_gives_no_average_and_says_whom_we_ask(people: Reviewer) -> None:
    for number, rating in (("K-1", 5), ("K-2", 2)):
        people.writes(people.is_invited(number), rating)
    with people.writing():
        moderation.publish(1, 1, "staff:1")
        moderation.publish(2, 1, "staff:1")
    page = people.opens("/reviews/")
    text = page.text
    assert "die zeiden dat zij tevreden zijn" in text
    assert "Daarom geven wij geen gemiddelde." in text
    assert "3,5" not in text
    assert "application/ld+json" not in text
    assert "aggregateRating" not in text
    assert "een klant" in text
    for personal in ("Osinga", "postvak.example", "K-1", "Bestelling te laat"):
        assert personal not in text


def test_the_public_page_may_be_kept_and_found(people: Reviewer) -> None:
    page = people.opens("/reviews/")
    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert "Accept-Language" in page.headers["Vary"]
    assert "X-Robots-Tag" not in page.headers
    assert 'content="index,follow"' in page.text
    assert "Set-Cookie" not in page.headers
    again = people.app.test_client().get("/reviews/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304
    assert "There are no reviews yet" in people.opens("/reviews/?lang=en").text


def test_the_public_page_goes_on(people: Reviewer) -> None:
    for number in range(1, 24):
        people.writes(people.path_of_new(f"K-{number}"), 4, title=f"Titel {number}.")
        with people.writing():
            moderation.publish(number, 1, "staff:1")
    first = people.opens("/reviews/").text
    assert "Titel 23." in first
    assert "Titel 3." not in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = people.opens(following[1]).text
    assert "Titel 3." in second
    assert "Titel 4." not in second
    assert people.opens("/reviews/?after=zzz").status_code == 200


ROLES = ["admin", "quality", "marketing", "handler"]


@pytest.mark.parametrize("role", ROLES)
def test_who_may_see_and_who_may_decide(people: Reviewer, written: str, role: str) -> None:
    client = signed_in(people.app, role, "Iemand Anders")
    sees, decides = role != "handler", role in ("admin", "quality")
    for path in (LIST, "/staff/reviews/invitations", "/staff/reviews/destinations", "/staff/reviews/destinations/new"):
        assert client.get(path).status_code == (200 if sees else 403)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff/" if not sees else LIST).text)
    assert token is not None
    answer = client.post("/staff/reviews/1/publish", data={"csrf_token": token[1], "version": "1"})
    assert answer.status_code == (303 if decides else 403)
    assert people.reviews()[0].status == ("published" if decides else "pending")


def test_signed_out_people_are_led_to_the_door(people: Reviewer) -> None:
    assert people.opens(LIST).status_code == 303
    assert people.sends("/staff/reviews/1/publish", version="1").status_code in (400, 401)


def test_marketing_reads_reviews_and_no_complaint(people: Reviewer, written: str) -> None:
    client = signed_in(people.app, "marketing")
    for path in (LIST, "/staff/reviews/invitations"):
        page = client.get(path).text
        assert "K-1" in page
        for hidden in ("Truus", "Bestelling te laat", "postvak.example", "Osinga", "/staff/complaints/"):
            assert hidden not in page
    assert "/publish" not in client.get(LIST).text


def test_who_was_not_invited_stands_there_with_the_reason(people: Reviewer) -> None:
    people.says_yes("K-1", email="marleen@postvak.example")
    people.says_yes("K-2", email="marleen@postvak.example")
    quality = signed_in(people.app, "quality")
    page = quality.get("/staff/reviews/invitations").text
    assert "another invitation is planned" in page
    assert "The customer says that it is solved" in page, "and what closed the case"
    only = quality.get("/staff/reviews/invitations?status=suppressed&reason=planned_elsewhere").text
    assert "K-2" in only
    assert "K-1<" not in only
    assert quality.get("/staff/reviews/invitations?status=nothing").status_code == 404


def test_the_own_page_is_listed_before_anything_happened(people: Reviewer, quality: FlaskClient) -> None:
    assert "Our own page" in quality.get("/staff/reviews/destinations").text
    assert (
        submit(quality, "/staff/reviews/destinations/own", form="/destinations", position="3", active=[]).status_code
        == 303
    )
    with people.app.app_context():
        own = queries.own_destination()
        assert own is not None
        assert (own.active, own.position) == (False, 3)


def test_a_place_is_added_and_changed(people: Reviewer, quality: FlaskClient) -> None:
    new = "/staff/reviews/destinations/new"
    filled = {"name": "Winkelspiegel", "link": " https://winkelspiegel.example/x ", "locale": "nl", "position": "5"}
    nobody = submit(quality, new, form="/destinations", **filled, active="1")
    assert nobody.status_code == 400, "whom it asks is chosen by nobody but staff"
    assert "Choose whom it asks." in nobody.text
    assert submit(quality, new, form="/destinations", **filled, active="1", audience="satisfied").status_code == 303
    page = "/staff/reviews/destinations/1"
    assert submit(quality, page, form="/destinations", name="Spiegel", active=[]).status_code == 303
    with people.app.app_context():
        found = queries.destination(1)
        assert found is not None
        assert (found.name, found.url, found.locale) == ("Spiegel", "https://winkelspiegel.example/x", "nl")
        assert (found.position, found.active) == (5, False)
    assert quality.get("/staff/reviews/destinations/99").status_code == 404


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("javascript:alert(1)", "Give a link that begins with https://."),
        ("http://winkelspiegel.example/", "Give a link that begins with https://."),
        ("https://piet:geheim@winkelspiegel.example/", "Leave the name and the password out of the link."),
        ("https://g.page/r/x/review", "Google forbids asking only people who are satisfied. Choose ‘everybody"),
        ("https://nl.trustpilot.com/evaluate/x", "Trustpilot forbids asking only people who are satisfied"),
        ("https://www.yelp.com/biz/x", "Yelp forbids asking people for a review at all."),
    ],
)
def test_a_link_that_may_not_be_offered_is_refused_with_the_reason(
    people: Reviewer, quality: FlaskClient, link: str, sentence: str
) -> None:
    filled = {"name": "Ergens", "link": link, "position": "1", "audience": "satisfied"}
    answer = submit(quality, "/staff/reviews/destinations/new", form="/destinations", **filled)
    assert answer.status_code == 400
    assert sentence in answer.text
    with people.app.app_context():
        assert queries.destinations() == []


def test_no_service_takes_such_a_link_either(people: Reviewer) -> None:
    with pytest.raises(ValueError, match="satisfied"):
        people.offers("Google", "https://g.page/r/x/review")
    with pytest.raises(ValueError, match="asking"):
        people.offers("Yelp", "https://www.yelp.com/biz/x", audience="everyone")
    with pytest.raises(ValueError, match="steers"):
        people.offers("Winkelspiegel: geef 5 sterren", "https://winkelspiegel.example/")


def test_the_days_between_are_kept(people: Reviewer, written: str) -> None:
    wrote_at = people.clock.now
    decided_at = people.clock.advance(DAY)
    with people.writing():
        moderation.publish(1, 1, "staff:1")
    (review,) = people.reviews()
    assert (review.written_at, review.decided_at) == (wrote_at, decided_at)
