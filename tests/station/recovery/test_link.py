"""The page of one case, for a handler without an account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.complaints.models import Complaint
from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer
from tests.support.complainant import Complainant
from tests.support.forms import forms_of, submit


@pytest.fixture
def complaint(people: Complainant) -> int:
    return people.brings(phone="+31 85 000 00 71", description="Het hele verhaal van de broodjes.")


@pytest.fixture
def form(people: Complainant, complaint: int) -> str:
    return people.is_asked(complaint)


@pytest.fixture
def link(people: Complainant, form: str) -> str:
    """As it stands in the mail to the handler."""
    people.answers(form, "no", comment="Ik kreeg € 38,60.", reason="amount", call_me="1")
    mail = next(mail for mail in people.delivers() if people.recipient(mail) == "youssef@ours.example")
    return people.path(mail, "/case/")


def test_it_shows_what_the_handler_needs(client: FlaskClient, link: str) -> None:
    page = client.get(link)
    assert page.status_code == 200
    for words in (
        "Het hele verhaal van de broodjes.",
        "U kreeg al uw geld terug, € 48,60.",
        "Ik kreeg € 38,60.",
        "Het bedrag klopt niet",
        "De klant wil worden gebeld.",
        "Marleen Osinga",
        "+31 85 000 00 71",
        "k-1@postvak.example",
        "Reageer uiterlijk maandag 9 november, vóór 17.00 uur.",
    ):
        assert words in page.text
    assert "Set-Cookie" not in page.headers
    assert "Complaint K-1" in client.get(f"{link}?lang=en").text


def test_it_shows_no_other_case(client: FlaskClient, people: Complainant, link: str) -> None:
    people.answers(people.is_asked(people.brings("K-2", name="Iemand Anders")), "no")
    assert "Iemand Anders" not in client.get(link).text


def test_opening_it_changes_nothing(client: FlaskClient, people: Complainant, link: str) -> None:
    before = people.count(History)
    client.get(link)
    client.head(link)
    client.options(link)
    assert people.count(History) == before


def test_solving_it_leads_to_the_next_check_in(
    client: FlaskClient, people: Complainant, link: str, complaint: int
) -> None:
    answer = submit(client, link, done="Wij maakten € 10,00 over.", promised="Twee mensen tellen na.")
    assert answer.status_code == 303
    assert people.status(complaint) == "resolved"
    with people.app.app_context():
        row = db.session.get_one(Complaint, complaint)
        assert (row.resolution, row.prevention) == ("Wij maakten € 10,00 over.", "Twee mensen tellen na.")
        actors = [row.actor for row in db.session.query(History).filter_by(subject="complaint", what="resolved")]
    assert actors[-1] == "handler-link:1"
    assert people.check_ins(complaint)[-1]["cycle"] == 2
    page = client.get(answer.headers["Location"])
    assert "Deze zaak is gesloten." in page.text
    assert "Wij maakten € 10,00 over." in page.text
    assert "Marleen Osinga" not in page.text


def test_what_was_promised_before_stays_where_nothing_new_is_promised(
    client: FlaskClient, people: Complainant, link: str, complaint: int
) -> None:
    submit(client, link, done="Wij maakten € 10,00 over.")
    with people.app.app_context():
        assert db.session.get_one(Complaint, complaint).prevention == "Voortaan tellen twee mensen elke bestelling na."


@pytest.mark.parametrize("done", ["", "   ", "nul\x00", "x" * 4001])
def test_without_words_that_can_be_kept_it_is_refused(
    client: FlaskClient, people: Complainant, link: str, complaint: int, done: str
) -> None:
    page = client.post(link, data={"done": done, "promised": "Nooit meer."})
    assert page.status_code == 400
    assert "<title>Fout: " in page.text
    assert 'href="#done"' in page.text
    assert "Nooit meer.</textarea>" in page.text
    assert people.status(complaint) == "reopened"


def test_a_gateway_that_presses_the_button_gets_400(
    client: FlaskClient, people: Complainant, link: str, complaint: int
) -> None:
    untouched = next(form for form in forms_of(client.get(link).text) if form.method == "post")
    assert client.post(link, data=dict(untouched.fields)).status_code == 400
    assert people.status(complaint) == "reopened"


def test_sending_it_twice_solves_it_once(client: FlaskClient, people: Complainant, link: str, complaint: int) -> None:
    for _ in range(2):
        assert client.post(link, data={"done": "Wij maakten € 10,00 over."}).status_code == 303
    assert people.story(complaint, "complaint") == ["created", "resolved", "reopened", "resolved"]
    assert len(people.check_ins(complaint)) == 2


def test_it_cannot_be_solved_after_somebody_else_did(
    client: FlaskClient, people: Complainant, link: str, complaint: int
) -> None:
    people.resolves(complaint, "Wij brachten bloemen.")
    page = client.post(link, data={"done": "Wij maakten € 10,00 over."})
    assert page.status_code == 409
    assert "Wij brachten bloemen." in page.text
    assert len(people.check_ins(complaint)) == 2


def test_it_says_that_the_customer_said_yes(client: FlaskClient, people: Complainant, link: str, form: str) -> None:
    people.answers(form, "yes")
    assert "De klant zegt dat het is opgelost." in client.get(link).text
    assert client.post(link, data={"done": "Toch gedaan."}).status_code == 409


def test_other_links_are_404(client: FlaskClient, link: str, app: Flask) -> None:
    with app.app_context():
        wrong = [tokens.make("check-in", 1), tokens.make("case", 99), "1", link.rpartition("/")[2][:-2]]
    for token in wrong:
        assert client.get(f"/case/{token}").status_code == 404
        assert client.post(f"/case/{token}", data={"done": "x"}).status_code == 404


def test_it_expires(client: FlaskClient, people: Complainant, link: str) -> None:
    people.clock.advance(timedelta(days=90))
    page = client.get(link)
    assert page.status_code == 410
    assert '<html lang="nl">' in page.text
    assert client.post(link, data={"done": "x"}).status_code == 410


def test_the_case_of_an_erased_person_is_404(client: FlaskClient, people: Complainant, link: str, app: Flask) -> None:
    with app.app_context(), transactions.transaction():
        customer = db.session.query(Customer).one()
        customer.erased_at = people.clock.now
    assert client.get(link).status_code == 404
