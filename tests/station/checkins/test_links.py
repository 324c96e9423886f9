"""Which link opens the form, and what a person reads after an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.checkins.models import Answer
from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer
from tests.support.complainant import Complainant
from tests.support.forms import forms_of, submit


@pytest.fixture
def path(people: Complainant) -> str:
    return people.is_asked(people.brings())


@pytest.fixture
def english(people: Complainant) -> str:
    return people.is_asked(people.brings("K-9", locale="en", name="Grace Okafor", handler=None))


def test_a_link_that_is_not_ours_is_404(client: FlaskClient, people: Complainant, path: str, app: Flask) -> None:
    with app.app_context():
        other = [
            tokens.make("review", 1),
            tokens.make("case", 1),
            tokens.make("check-in", 999),
            tokens.make("check-in", "x"),
        ]
    token = path.rpartition("/")[2]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    for wrong in (*other, flipped, token.upper(), token[:-5], "1", "." * 20, "1." + "A" * 43):
        for answer in (client.get(f"/check-in/{wrong}"), client.post(f"/check-in/{wrong}", data={"satisfied": "no"})):
            assert answer.status_code == 404, wrong
        assert client.get(f"/check-in/{wrong}/thanks").status_code == 404
    assert people.count(Answer) == 0


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "Deze pagina bestaat niet"), ("en", "This page does not exist")]
)
def test_404_speaks_the_browsers_language(client: FlaskClient, language: str, words: str) -> None:
    assert words in client.get("/check-in/1.nothing", headers={"Accept-Language": language}).text


@pytest.mark.parametrize(("locale", "words"), [("nl", "De link is verlopen"), ("en", "This link has expired")])
def test_an_expired_link_is_410_in_the_persons_language(
    client: FlaskClient, people: Complainant, locale: str, words: str
) -> None:
    path = people.is_asked(people.brings(locale=locale))
    people.clock.advance(timedelta(days=90))
    other = {"Accept-Language": "en" if locale == "nl" else "nl"}
    for answer in (
        client.get(path, headers=other),
        client.post(path, data={"satisfied": "no"}, headers=other),
        client.get(f"{path}/thanks", headers=other),
    ):
        assert answer.status_code == 410
        assert words.split()[-1] in answer.text
        assert f'<html lang="{locale}">' in answer.text
    assert people.count(Answer) == 0


def test_the_link_of_an_erased_person_is_404(client: FlaskClient, people: Complainant, path: str, app: Flask) -> None:
    with app.app_context(), transactions.transaction():
        customer = db.session.query(Customer).one()
        customer.erased_at, customer.email = datetime(2026, 11, 5, tzinfo=UTC), None
    assert client.get(path).status_code == 404
    assert client.post(path, data={"satisfied": "no"}).status_code == 404


def test_a_question_that_was_never_sent_has_no_page(client: FlaskClient, people: Complainant) -> None:
    complaint = people.brings("K-6")
    people.reopens(complaint)
    assert client.get(people.link(people.check_ins(complaint)[0])).status_code == 404


def test_after_a_new_solution_the_old_link_shows_what_was_recorded(client: FlaskClient, people: Complainant) -> None:
    complaint = people.brings("K-7")
    path = people.is_asked(complaint)
    people.answers(path, "no", comment="Ik kreeg te weinig.")
    people.resolves(complaint)
    for place in (path, f"{path}/thanks"):
        page = client.get(place)
        assert page.status_code == 200
        assert "eerdere oplossing" in page.text
        assert "Ik kreeg te weinig." in page.text
        assert not [form for form in forms_of(page.text) if form.method == "post"]


# After the answer


def test_the_thanks_for_a_no_has_an_apology_a_name_and_a_date(
    client: FlaskClient, people: Complainant, path: str
) -> None:
    people.answers(path, "no", reason="amount", comment="Ik kreeg € 38,60.")
    page = client.get(f"{path}/thanks")
    assert page.status_code == 200
    assert "<h1>Het spijt ons dat het nog niet goed is.</h1>" in page.text
    # Answered on Thursday 5 November: two working days on is Monday.
    assert "Youssef Amrani neemt contact met u op, uiterlijk <b>maandag 9 november</b>." in page.text
    assert "Het bedrag klopt niet" in page.text
    assert "Ik kreeg € 38,60." in page.text
    assert f'href="{path}"' in page.text
    assert client.get(f"{path}/thanks").text == page.text


def test_the_thanks_for_a_yes_asks_nothing(client: FlaskClient, people: Complainant, path: str) -> None:
    people.answers(path, "yes", rating="5")
    page = client.get(f"{path}/thanks")
    assert "Dank u wel. Wij sluiten uw klacht." in page.text
    assert "/review/" not in page.text
    assert "5 van 5" in page.text
    assert "kan tot 3 februari 2027." in page.text


def test_thanks_in_english(client: FlaskClient, people: Complainant, english: str) -> None:
    people.answers(english, "partly")
    page = client.get(f"{english}/thanks")
    assert "We are sorry that it is not right yet." in page.text
    assert "will contact you, on <b>Monday 9 November</b> at the latest." in page.text


def test_the_form_after_an_answer_shows_it_and_lets_change_it(
    client: FlaskClient, people: Complainant, path: str
) -> None:
    people.answers(path, "no", comment="Ik kreeg te weinig.", rating="2", reason="amount")
    page = client.get(path)
    assert "Dit hebt u geantwoord" in page.text
    assert "Nee, dit is niet de oplossing" in page.text
    form = next(form for form in forms_of(page.text) if form.method == "post")
    assert "satisfied" not in [name for name, _ in form.fields]
    assert ("comment", "Ik kreeg te weinig.") in form.fields
    submit(client, path, satisfied="partly")
    answer = people.check_ins(1)[0]["answer"]
    assert (answer["satisfied"], answer["comment"], answer["rating"]) == ("partly", "Ik kreeg te weinig.", 2)


def test_a_yes_has_nothing_that_is_not_right(client: FlaskClient, people: Complainant, path: str) -> None:
    people.answers(path, "yes", reason="amount")
    assert people.check_ins(1)[0]["answer"]["reasons"] == []


def test_an_answer_counts_also_when_the_source_took_the_person_away(client: FlaskClient, people: Complainant) -> None:
    complaint = people.brings("K-4")
    path = people.is_asked(complaint)
    people.brings("K-4", customer=None)
    assert client.post(path, data={"satisfied": "no", "quote_consent": "1"}).status_code == 303
    assert people.status(complaint) == "reopened"
    assert people.outbox("answer_receipt") == []
    assert client.get(f"{path}/thanks").status_code == 200
