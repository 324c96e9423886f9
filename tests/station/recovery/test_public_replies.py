"""Public replies: nothing in them tells whose complaint it is, and where they stand is known."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.complaints.service import ComplaintInput, PersonInput
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.recovery import service
from feedbackloop.recovery.models import PublicReply
from tests.support.colleague import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import forms_of, submit

OF = "/staff/recovery/public-replies/of/1"
PLACED = "/staff/recovery/public-replies/1/placed"
BODY = "Dank u dat u dit vertelt. Wij stuurden u een bericht."
URL = "https://reviews.example/testwinkel#17"


@pytest.fixture
def complaint(people: Complainant) -> int:
    return people.brings(channel="review_site", description="Ik wachtte drie kwartier aan de balie en niemand keek op.")


@pytest.fixture
def handler(app: Flask, complaint: int) -> FlaskClient:
    return signed_in(app, "handler", "Hanna Bos")


def reply(app: Flask) -> tuple[str, str | None, str | None] | None:
    with app.app_context():
        one = db.session.scalars(select(PublicReply)).first()
        return (one.status, one.body, one.placed_url) if one else None


def test_what_was_made_in_public_waits_for_a_reply(people: Complainant, handler: FlaskClient) -> None:
    people.brings("K-2")
    page = handler.get("/staff/recovery/public-replies/").text
    assert ">K-1</a>" in page
    assert ">K-2</a>" not in page
    assert f'href="{OF}"' in handler.get("/staff/complaints/1").text
    assert "did not come in by a public channel" in handler.get(OF.replace("/1", "/2")).text


def test_a_text_is_the_beginning_of_a_draft(app: Flask, handler: FlaskClient) -> None:
    page = handler.get(f"{OF}?text=heard").text
    assert "Wij stuurden u een bericht" in page
    assert "Testwinkel</textarea>" in page
    assert handler.get(f"{OF}?text=nothing").status_code == 404
    assert reply(app) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Beste Marleen, het spijt ons.", "Line 1: the name of the customer, ‘Marleen’"),
        ("Het spijt ons.\nYoussef belt u.", "Line 2: the name of a colleague, ‘Youssef’"),
        ("Hanna belt u.", "Line 1: the name of a colleague, ‘Hanna’"),
        ("Over K-1 belden wij u.", "Line 1: a number of a complaint, an order or a customer, ‘K-1’"),
        ("Bel 06-12345678.", "Line 1: a telephone number, ‘06-12345678’"),
        ("Wij waren op Kerkstraat 12 in 1012 AB.", "Line 1: a street and a number, ‘Kerkstraat 12’"),
        ("Dat u drie kwartier aan de balie stond, spijt ons.", None),
        ("U wachtte drie kwartier aan de balie en niemand keek op.", "words of the complaint itself"),
        ("Het spijt ons. Dit zal niet meer gebeuren.", "This promises that it does not happen again"),
        ("Wij brachten de broodjes. Groet, {organisation}", "This is still to be written: {organisation}"),
    ],
)
def test_what_tells_whose_complaint_it_is_is_refused(
    app: Flask, handler: FlaskClient, body: str, said: str | None
) -> None:
    answer = submit(handler, OF, form=OF, body=body)
    assert answer.status_code == (400 if said else 303)
    assert said is None or said in answer.text
    assert (reply(app) is None) == (said is not None)


def test_it_is_marked_where_it_was_placed_and_taken_back(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    people.is_asked(1)
    handler = signed_in(app, "quality", "Samira Bakali")
    assert submit(handler, OF, form=OF, body=BODY).status_code == 303
    assert reply(app) == ("draft", BODY, None)
    for wrong in (
        "http://reviews.example/1",
        "javascript:alert(1)",
        "https://",
        "https://a b.example",
        "reviews.example",
    ):
        assert submit(handler, OF, form=PLACED, address=wrong, on="2026-11-03").status_code == 400, wrong
    assert submit(handler, OF, form=PLACED, address=URL, on="2030-01-01").status_code == 400
    assert submit(handler, OF, form=PLACED, address=URL, on="2026-11-03").status_code == 303
    assert reply(app) == ("placed", BODY, URL)
    page = handler.get("/staff/recovery/public-replies/?status=placed").text
    assert f'href="{URL}"' in page
    assert "Samira Bakali" in page
    assert "Public reply placed" in handler.get("/staff/complaints/1").text
    back = "/staff/recovery/public-replies/1/take-back"
    assert submit(handler, OF, form=back).status_code == 303
    assert reply(app) == ("draft", BODY, None)
    assert people.story(1, "public_reply") == ["written", "placed", "taken_back"]


def test_it_says_that_a_message_was_sent_so_one_was(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    submit(handler, OF, form=OF, body=BODY)
    refused = submit(handler, OF, form=PLACED, address=URL, on="2026-11-03")
    assert refused.status_code == 400
    assert "Send one first" in refused.text
    assert submit(handler, OF, form=PLACED, address=URL, on="2026-11-03", told="1").status_code == 303


def test_the_check_looks_again_when_it_is_placed(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    submit(handler, OF, form=OF, body="Dank u. Wij stuurden u een bericht en zoeken het uit.")
    now = PersonInput(name="Bea Dank", email="k-1@postvak.example")
    people.upserts([ComplaintInput("shop", "K-1", customer=now)])
    stopped = submit(handler, OF, form=PLACED, address=URL, on="2026-11-03", told="1")
    assert stopped.status_code == 409
    assert "Line 1: the name of the customer, ‘Dank’" in stopped.text
    found = reply(app)
    assert found is not None
    assert found[0] == "draft"


def test_two_colleagues_do_not_overwrite_each_other(app: Flask, handler: FlaskClient) -> None:
    stale = dict(next(one for one in forms_of(handler.get(OF).text) if OF in one.action).fields)
    assert submit(handler, OF, form=OF, body=BODY).status_code == 303
    assert handler.post(OF, data={**stale, "body": "Dank u. Wij stuurden u een bericht."}).status_code == 409
    placed = dict(next(one for one in forms_of(handler.get(OF).text) if PLACED in one.action).fields)
    submit(handler, OF, form=OF, body=f"{BODY} Echt.")
    assert handler.post(PLACED, data={**placed, "address": URL, "on": "2026-11-03", "told": "1"}).status_code == 409


def test_an_erasure_takes_the_words_and_the_place(app: Flask, handler: FlaskClient) -> None:
    submit(handler, OF, form=OF, body=BODY)
    submit(handler, OF, form=PLACED, address=URL, on="2026-11-03", told="1")
    with app.app_context(), transactions.transaction():
        service.erase(PeopleErased((1,)))
    assert reply(app) == ("placed", None, None)
    assert handler.get(OF).status_code == 200
    assert handler.get("/staff/recovery/public-replies/?status=placed").status_code == 200


@pytest.mark.parametrize("path", [OF, "/staff/recovery/public-replies/", "/staff/recovery/texts/", "/staff/recovery/1"])
def test_marketing_reads_none_of_it(app: Flask, complaint: int, path: str) -> None:
    assert signed_in(app, "marketing").get(path).status_code == 403
