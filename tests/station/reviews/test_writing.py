"""The link in the invitation: a choice of place, or a review on our own page."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest

from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.reviews import destinations, moderation
from feedbackloop.reviews.models import Invitation
from feedbackloop.reviews.texts import steering
from tests.support.forms import forms_of
from tests.support.reviewer import DAY, SITE, Reviewer

pytestmark = pytest.mark.takes_turns


def test_the_page_asks_for_a_choice_and_makes_none(people: Reviewer) -> None:
    people.offers()
    page = people.opens(people.is_invited())
    assert page.status_code == 200
    (form,) = forms_of(page.text)
    assert form.fields == [("title", ""), ("text", ""), ("display_name", "")]
    assert {"destination", "rating"} <= form.names
    assert "Op onze eigen website" in page.text
    assert "Op Winkelspiegel" in page.text


@pytest.mark.parametrize("locale", ["nl", "en"])
@pytest.mark.parametrize("audience", ["satisfied", "everyone"])
def test_the_page_steers_nobody_but_says_whom_we_ask(people: Reviewer, locale: str, audience: str) -> None:
    people.offers(audience=audience)
    page = people.opens(people.is_invited(locale=locale)).text
    words = re.sub(r"<[^>]+>", " ", page.split("<main")[1].split("</main>")[0])
    asked = {
        ("nl", "satisfied"): "Wij vragen mensen van wie de klacht is opgelost en die zeiden dat zij tevreden zijn.",
        ("nl", "everyone"): "Wij vragen iedereen die bij ons kwam met een klacht hetzelfde, wat die ons ook vertelde.",
        ("en", "satisfied"): "We ask people whose complaint is solved and who told us that they are satisfied.",
        ("en", "everyone"): "We ask everybody who came to us with a complaint the same, whatever they told us.",
    }[locale, audience]
    assert asked in words
    # Whom we ask is said as it is; it asks nothing of anybody.
    assert steering(words.replace(asked, "")) == []


def test_the_page_keeps_the_rules_of_mailed_links(people: Reviewer) -> None:
    page = people.opens(people.is_invited())
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers


def test_the_page_speaks_the_language_of_the_person(people: Reviewer) -> None:
    path = people.is_invited(locale="en")
    assert "Do you want to tell others how it went?" in people.opens(path).text
    assert "Wilt u anderen vertellen hoe het ging?" in people.opens(f"{path}?lang=nl").text


def test_opening_it_records_nothing(people: Reviewer) -> None:
    path = people.is_invited()
    for _ in range(2):
        assert people.opens(path).status_code == 200
        assert people.app.test_client().head(path).status_code == 200
    people.opens(f"{path}?destination=own&rating=5")
    assert people.states() == [("sent", None)]
    assert people.reviews() == []


def test_a_press_without_a_choice_is_refused_and_counts_nothing(people: Reviewer) -> None:
    path = people.is_invited()
    for fields in (
        {},
        {"destination": ""},
        {"rating": "5", "text": "Goed"},
        {"destination": "999"},
        {"destination": "Own"},
    ):
        answer = people.sends(path, **fields)
        assert answer.status_code == 400
        assert "Kies waar u iets wilt schrijven." in answer.text
        assert "<title>Fout:" in answer.text
    assert people.states() == [("sent", None)]
    assert people.reviews() == []


def test_what_was_typed_is_kept_when_something_is_wrong(people: Reviewer) -> None:
    answer = people.sends(
        people.is_invited(), destination="own", title="Netjes", text="Alles\nterug", display_name="Mar"
    )
    assert answer.status_code == 400
    (form,) = forms_of(answer.text)
    assert dict(form.fields) == {"destination": "own", "title": "Netjes", "text": "Alles\nterug", "display_name": "Mar"}
    assert "Kies een cijfer van 1 tot en met 5." in answer.text


def test_a_file_in_place_of_a_text_is_not_seen(people: Reviewer) -> None:
    path = people.is_invited()
    for field in ("title", "text", "display_name", "destination"):
        sent = {"destination": "own", "rating": "4", field: (BytesIO(b"\x89PNG\r\n"), "brood.png")}
        answer = people.sends(path, **sent)
        assert answer.status_code == (400 if field == "destination" else 303)
    assert [one.title for one in people.reviews()] == [None]


def test_a_choice_of_another_site_is_counted_and_leads_there(people: Reviewer) -> None:
    site = people.offers()
    path = people.is_invited()
    answer = people.sends(path, destination=str(site))
    assert (answer.status_code, answer.headers["Location"]) == (303, SITE)
    (invitation,) = people.invitations()
    assert (invitation.status, invitation.clicked_at, invitation.destination_id) == ("clicked", people.clock.now, site)


def test_the_browser_may_follow_to_the_site_and_from_there(people: Reviewer) -> None:
    people.offers()
    path = people.is_invited()
    for page in (people.opens(path), people.sends(path)):
        assert "form-action 'self' https:;" in page.headers["Content-Security-Policy"]


def test_a_choice_counts_once(people: Reviewer) -> None:
    site, other = people.offers(), people.offers("Andere", "https://andere.example/")
    path = people.is_invited()
    people.sends(path, destination=str(site))
    clicked_at = people.clock.now
    people.clock.advance(DAY)
    assert people.sends(path, destination=str(site)).headers["Location"] == SITE
    assert people.sends(path, destination=str(other)).headers["Location"] == "https://andere.example/"
    (invitation,) = people.invitations()
    assert (invitation.clicked_at, invitation.destination_id) == (clicked_at, other)
    assert people.story(invitation.complaint_id, "invitation") == ["planned", "sent", "clicked", "clicked"]
    assert people.story(invitation.complaint_id, "ambassador") == ["entered", "moved", "moved"]


def test_the_page_of_a_used_link_says_what_was_chosen(people: Reviewer) -> None:
    site = people.offers()
    path = people.is_invited()
    people.sends(path, destination=str(site))
    assert "voor Winkelspiegel. U kunt opnieuw kiezen." in people.opens(path).text


@pytest.mark.parametrize("given", [{"active": False}, {"locale": "en"}])
def test_a_place_that_is_not_offered_cannot_be_chosen(people: Reviewer, given: dict[str, Any]) -> None:
    site = people.offers(**given)
    path = people.is_invited(locale="nl")
    assert "Winkelspiegel" not in people.opens(path).text
    assert people.sends(path, destination=str(site)).status_code == 400
    assert people.states() == [("sent", None)]


def test_places_stand_in_the_order_that_staff_gave(people: Reviewer) -> None:
    people.offers("Tweede", "https://tweede.example/", position=20)
    people.offers("Eerste", "https://eerste.example/", position=5)
    with people.writing():
        destinations.change_own(active=True, position=10, actor="staff:1")
    text = people.opens(people.is_invited()).text
    assert text.index("Op Eerste") < text.index("Op onze eigen website") < text.index("Op Tweede")


def test_a_review_on_the_own_page_waits_for_a_look(people: Reviewer) -> None:
    path = people.is_invited()
    answer = people.writes(path, 2, title=" Te laat ", text="Zes broodjes\r\nmisten.", display_name="Marleen")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/thanks")
    (review,) = people.reviews()
    assert (review.status, review.rating, review.title) == ("pending", 2, "Te laat")
    assert (review.text, review.display_name, review.locale) == ("Zes broodjes\nmisten.", "Marleen", "nl")
    (invitation,) = people.invitations()
    assert (invitation.status, invitation.clicked_at) == ("reviewed", people.clock.now)
    page = people.opens(f"{path}/thanks")
    assert page.status_code == 200
    assert "Een 2 van de 5" in page.text
    assert "Zes broodjes" in page.text


def test_only_the_figure_is_needed(people: Reviewer) -> None:
    people.writes(people.is_invited(), 1)
    (review,) = people.reviews()
    assert (review.rating, review.title, review.text, review.display_name) == (1, None, None, None)


@pytest.mark.parametrize("rating", ["", "0", "6", "-1", "1.5", "٣", "1" * 30, "5 "])
def test_a_figure_is_one_of_five(people: Reviewer, rating: str) -> None:
    answer = people.sends(people.is_invited(), destination="own", rating=rating)
    assert answer.status_code == 400
    assert people.reviews() == []
    assert people.states() == [("sent", None)]


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "a" * 121},
        {"text": "a" * 4001},
        {"display_name": "a" * 81},
        {"title": "a\x00b"},
        {"text": "a\x07b"},
        {"display_name": "a\nb"},
        {"text": "a\ufffdb"},
    ],
    ids=["long title", "long text", "long name", "NUL", "bell", "line break in a name", "lost characters"],
)
def test_text_that_cannot_be_kept_is_refused(people: Reviewer, fields: dict[str, str]) -> None:
    answer = people.writes(people.is_invited(), 4, **fields)
    assert answer.status_code == 400
    assert "Er is nog niets verstuurd" in answer.text
    assert people.reviews() == []


def test_the_longest_texts_fit(people: Reviewer) -> None:
    sent = people.writes(people.is_invited(), 4, title="é" * 120, text="ë" * 4000, display_name="à" * 80)
    assert sent.status_code == 303
    (review,) = people.reviews()
    assert (len(review.title or ""), len(review.text or ""), len(review.display_name or "")) == (120, 4000, 80)


def test_fields_of_staff_are_ignored(people: Reviewer) -> None:
    people.writes(people.is_invited(), 4, status="published", id="99", complaint_id="99", version="7")
    (review,) = people.reviews()
    assert (review.status, review.id, review.version) == ("pending", 1, 1)


def test_a_field_sent_twice_counts_with_its_first_value(people: Reviewer) -> None:
    path = people.is_invited()
    people.app.test_client().post(path, data={"destination": ["own", "999"], "rating": ["3", "5"]})
    assert people.reviews()[0].rating == 3


def test_the_same_review_twice_is_one(people: Reviewer) -> None:
    path = people.is_invited()
    for _ in range(2):
        assert people.writes(path, 5, text="Goed").status_code == 303
    assert len(people.reviews()) == 1
    assert people.states() == [("reviewed", None)]


def test_many_at_the_same_moment_are_one(people: Reviewer) -> None:
    site = people.offers()
    path = people.is_invited()
    choices = [
        {"destination": "own", "rating": str(1 + n % 5)} if n % 2 else {"destination": str(site)} for n in range(12)
    ]
    with ThreadPoolExecutor(6) as crowd:
        sent = [crowd.submit(copy_context().run, partial(people.sends, path, **fields)) for fields in choices]
        assert {one.result().status_code for one in sent} == {303}
    assert len(people.reviews()) == 1
    (invitation,) = people.invitations()
    assert invitation.status == "reviewed"
    story = people.story(invitation.complaint_id, "review")
    assert (story.count("written"), story.count("changed")) == (1, 5)
    assert people.story(invitation.complaint_id, "invitation").count("reviewed") == 1
    assert people.stage(invitation.complaint_id) == "reviewed"


def test_a_second_review_changes_the_first_while_nobody_looked(people: Reviewer) -> None:
    path = people.is_invited()
    people.writes(path, 5, text="Goed", display_name="Marleen")
    form = forms_of(people.opens(path).text)[0]
    assert dict(form.fields) == {"title": "", "text": "Goed", "display_name": "Marleen"}
    people.writes(path, 3, text="Bij nader inzien matig")
    (review,) = people.reviews()
    assert (review.rating, review.text, review.display_name, review.version) == (3, "Bij nader inzien matig", None, 2)
    assert people.story(review.complaint_id, "review") == ["written", "changed"]


def test_a_machine_that_presses_the_button_of_a_used_link_changes_nothing(people: Reviewer) -> None:
    path = people.is_invited()
    people.writes(path, 5, text="Goed")
    form = forms_of(people.opens(path).text)[0]
    assert people.sends(path, **dict(form.fields)).status_code == 400
    assert people.reviews()[0].version == 1


@pytest.mark.parametrize("decision", ["published", "refused"])
def test_a_review_that_was_looked_at_is_not_changed_any_more(people: Reviewer, decision: str) -> None:
    people.offers()
    path = people.is_invited()
    people.writes(path, 5, text="Goed")
    with people.writing():
        if decision == "published":
            moderation.publish(1, 1, "staff:1")
        else:
            moderation.refuse(1, 1, "not_about_us", "staff:1")
    page = people.opens(path)
    assert "Op onze eigen website" not in page.text
    assert "Op Winkelspiegel" in page.text
    assert people.writes(path, 1, text="Slecht").status_code == 409
    assert people.reviews()[0].text == "Goed"


def test_a_review_after_a_click_elsewhere_counts_as_both(people: Reviewer) -> None:
    site = people.offers()
    path = people.is_invited()
    people.sends(path, destination=str(site))
    people.writes(path, 4)
    (invitation,) = people.invitations()
    assert invitation.status == "reviewed"
    assert people.story(invitation.complaint_id, "invitation") == ["planned", "sent", "clicked", "reviewed"]


def test_a_link_that_is_none_of_ours_is_not_found(people: Reviewer) -> None:
    path = people.is_invited()
    token = path.rpartition("/")[2]
    with people.app.app_context():
        others = [tokens.make("check-in", 1), tokens.make("review", 99), tokens.make("review", "1-x")]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in ["x", token[:-2], token.upper(), flipped, *others]:
        for answer in (
            people.opens(f"/review/{wrong}"),
            people.sends(f"/review/{wrong}", destination="own", rating="5"),
        ):
            assert answer.status_code == 404
        assert people.opens(f"/review/{wrong}/thanks").status_code == 404
    assert people.reviews() == []


def test_a_link_that_was_never_mailed_is_not_found(people: Reviewer) -> None:
    complaint = people.says_yes()
    people.reopens(complaint)
    assert people.opens(people.path_of(1)).status_code == 404


def test_a_link_that_lived_its_time_is_gone_in_the_language_of_the_person(people: Reviewer) -> None:
    path = people.is_invited()
    people.clock.advance(DAY + timedelta(days=90))
    page = people.opens(path)
    assert page.status_code == 410
    assert "Deze link is verlopen" in page.text
    assert people.writes(path, 5).status_code == 410
    assert people.reviews() == []


def test_a_mail_of_which_the_server_said_nothing_can_be_used(people: Reviewer) -> None:
    path = people.is_invited()
    with people.writing():
        db.session.execute(db.update(Invitation).values(status="scheduled", sent_at=None))
    assert people.writes(path, 4).status_code == 303
    assert people.states() == [("reviewed", None)]


def test_thanks_are_for_who_wrote(people: Reviewer) -> None:
    assert people.opens(f"{people.is_invited()}/thanks").status_code == 404


def test_markup_stays_text(people: Reviewer) -> None:
    path = people.is_invited()
    people.writes(path, 4, title="<script>alert(1)</script>", text="</textarea><img src=x onerror=alert(1)>")
    for page in (people.opens(path), people.opens(f"{path}/thanks")):
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_a_figure_stays_until_another_is_chosen_and_none_is_chosen_for_who_looks_again(people: Reviewer) -> None:
    path = people.is_invited()
    people.writes(path, 2, title="Broodjes")
    page = people.opens(path).get_data(as_text=True)
    assert not re.search(r'type="radio"[^>]*checked', page)
    assert "U koos 2." in page
    assert people.sends(path, destination="own", title="Brood").status_code == 303
    assert [(one.rating, one.title) for one in people.reviews()] == [(2, "Brood")]
    people.writes(path, 5, title="Brood")
    assert [one.rating for one in people.reviews()] == [5]
    assert people.sends(path, destination="own", rating="9").status_code == 400
