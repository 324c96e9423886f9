"""By telephone: who comes on the call list, what a try leads to, and that an answer by telephone counts the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.checkins import calling
from feedbackloop.checkins.models import Answer, Call, CallTry
from feedbackloop.checkins.rules import AnswerInput
from feedbackloop.complaints import service as complaints
from feedbackloop.core import db as transactions
from feedbackloop.core.errors import Conflict
from feedbackloop.extensions import db
from feedbackloop.people import privacy
from feedbackloop.people.models import Customer
from feedbackloop.recovery.models import RecoveryCase
from tests.station.checkins.test_desk import sign_in, signed_in
from tests.support.complainant import Complainant
from tests.support.forms import submit

pytestmark = pytest.mark.takes_turns

PHONE = "+31 (0)85 000 00 71"


def stands(people: Complainant) -> list[tuple[str, str, str | None]]:
    """Why, status and reason of every call, in the order they were opened."""
    with people.app.app_context():
        return [(one.why, one.status, one.reason) for one in db.session.scalars(select(Call).order_by(Call.id))]


def call_id(people: Complainant, number: int = -1) -> int:
    with people.app.app_context():
        return db.session.scalars(select(Call.id).order_by(Call.id)).all()[number]


def in_crisis(people: Complainant, complaint: int, crisis: str | None = "distress") -> None:
    with people.app.app_context(), transactions.transaction():
        complaints.mark_crisis(complaint, crisis, "staff:1")


@pytest.fixture
def by_phone(people: Complainant) -> int:
    """A complaint whose person has a number and no address."""
    return people.brings("K-4", name="Zonder Adres", email=None, phone=PHONE)


@pytest.fixture
def caller(app: Flask, people: Complainant) -> FlaskClient:
    return signed_in(app, "handler")


def test_who_has_no_address_is_called_and_the_answer_counts(
    people: Complainant, by_phone: int, caller: FlaskClient
) -> None:
    (check_in,) = people.check_ins(by_phone)
    assert (check_in["status"], check_in["reason"]) == ("suppressed", "no_address")
    assert stands(people) == [("no_address", "open", None)]
    people.clock.advance(timedelta(days=3))
    sign_in(caller, "handler")
    listed = caller.get("/staff/calls/?status=due").text
    assert "K-4" in listed
    assert 'href="tel:+31850000071"' in listed
    path = f"/staff/calls/{call_id(people)}"
    page = caller.get(path)
    for words in ("De bestelling voor het feest", "U kreeg al uw geld terug", "Voortaan tellen twee mensen", PHONE):
        assert words in page.text
    assert "checked" not in page.text
    answer = submit(caller, path, form="/reached")
    assert answer.status_code == 400
    assert "Kies een van de vier antwoorden." in answer.text
    assert people.count(Answer) == 0
    sent = submit(caller, path, form="/reached", satisfied="no", reason=["again"], comment="Nog niet.", rating="2")
    assert sent.status_code == 303
    assert people.status(by_phone) == "reopened"
    (check_in,) = people.check_ins(by_phone)
    assert (check_in["status"], check_in["answer"]["satisfied"], check_in["answer"]["comment"]) == (
        "answered",
        "no",
        "Nog niet.",
    )
    assert people.count(RecoveryCase) == 1
    assert stands(people) == [("no_address", "reached", None)]
    with people.app.app_context():
        assert db.session.scalars(select(Answer.recorded_by)).one().startswith("staff:")
    case = caller.get(sent.headers["Location"]).text
    assert "Per telefoon, genoteerd door Noor Hendriks" in case
    assert people.story(by_phone, "call") == ["opened", "reached"]


def test_a_yes_by_telephone_confirms(people: Complainant, by_phone: int, caller: FlaskClient) -> None:
    submit(caller, f"/staff/calls/{call_id(people)}", form="/reached", satisfied="yes", quote_consent="1")
    assert people.status(by_phone) == "confirmed"
    with people.app.app_context():
        given = db.session.scalars(select(Answer)).one()
        assert (given.quote_consent, given.locale) == (True, "nl")


def test_the_link_of_a_question_that_was_not_mailed_takes_no_answer(people: Complainant, by_phone: int) -> None:
    assert people.answers(people.link(people.check_ins(by_phone)[0]), "yes").status_code == 404
    assert people.status(by_phone) == "resolved"


def test_who_is_not_known_or_was_resolved_long_ago_is_not_called(people: Complainant) -> None:
    people.brings("K-1", customer=None)
    people.brings(
        "K-2",
        email=None,
        opened_at=datetime(2026, 8, 1, tzinfo=UTC),
        resolved_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    assert stands(people) == []


def test_who_cannot_say_yet_is_called_once_more(people: Complainant, by_phone: int) -> None:
    for reopened in (True, False):
        with people.app.app_context(), transactions.transaction():
            calling.reached(call_id(people), 0, AnswerInput("later", comment=str(reopened)), "staff:1")
        with people.app.app_context():
            call = db.session.get_one(Call, call_id(people))
            assert (call.status, call.tries) == (("open", 0) if reopened else ("reached", 1))
        if reopened:
            assert call.due_at == datetime(2026, 11, 10, 9, tzinfo=UTC)
            people.clock.set(call.due_at)
    with people.app.app_context():
        assert list(db.session.scalars(select(CallTry.number).order_by(CallTry.id))) == [1, 2]


# Tries


def test_three_tries_and_no_more(people: Complainant, by_phone: int, caller: FlaskClient) -> None:
    path = f"/staff/calls/{call_id(people)}"
    wrong = submit(caller, path, form="/no-answer", next_on="2026-11-07", next_at="10:00")
    assert wrong.status_code == 400
    assert "Kies een werkdag" in wrong.text
    assert submit(caller, path, form="/no-answer", next_on="2026-11-02", next_at="10:00").status_code == 400
    assert submit(caller, path, form="/no-answer", next_on="", next_at="").status_code == 400
    assert submit(caller, path, form="/no-answer", next_on="9999-12-31", next_at="10:00").status_code == 400
    assert people.count(CallTry) == 0
    assert submit(caller, path, form="/no-answer", next_on="2026-11-04", next_at="11:30").status_code == 303
    with people.app.app_context():
        call = db.session.get_one(Call, call_id(people))
        assert (call.tries, call.due_at) == (1, datetime(2026, 11, 4, 10, 30, tzinfo=UTC))
    assert submit(caller, path, form="/no-answer", next_on="2026-11-05", next_at="09:00").status_code == 303
    assert "Dit is de laatste poging." in caller.get(path).text
    assert submit(caller, path, form="/no-answer").status_code == 303
    assert stands(people) == [("no_address", "ended", "three_tries")]
    assert people.story(by_phone, "call") == ["opened", "tried", "tried", "ended"]
    assert "Drie pogingen, niet opgenomen" in caller.get("/staff/calls/?status=closed").text
    assert not re.search('form method="post" action="/staff/calls', caller.get(path).text)


def test_a_refusal_ends_all_asking_about_this_complaint(
    people: Complainant, by_phone: int, caller: FlaskClient
) -> None:
    assert submit(caller, f"/staff/calls/{call_id(people)}", form="/refused").status_code == 303
    assert stands(people) == [("no_address", "refused", None)]
    people.reopens(by_phone)
    people.clock.advance(timedelta(minutes=1))
    people.resolves(by_phone)
    assert stands(people)[1:] == [("no_address", "ended", "refused_before")]
    people.reopens(by_phone)
    people.clock.advance(timedelta(minutes=1))
    people.brings("K-4", email="nu-wel@postvak.example", resolved_at=people.clock.now)
    assert people.check_ins(by_phone)[-1]["reason"] == "refused_call"


def test_a_wrong_number_ends_it(people: Complainant, by_phone: int, caller: FlaskClient) -> None:
    submit(caller, f"/staff/calls/{call_id(people)}", form="/no-number")
    assert stands(people) == [("no_address", "ended", "no_number")]


def test_what_a_colleague_did_meanwhile_is_not_done_twice(
    people: Complainant, by_phone: int, caller: FlaskClient
) -> None:
    number = call_id(people)
    page = caller.get(f"/staff/calls/{number}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    sent = {"csrf_token": token[1], "seen": "0", "satisfied": "yes", "next_on": "2026-11-04", "next_at": "10:00"}
    assert caller.post(f"/staff/calls/{number}/no-answer", data=sent).status_code == 303
    again = caller.post(f"/staff/calls/{number}/no-answer", data=sent)
    assert again.status_code == 409
    assert "Een collega belde intussen." in again.text
    assert caller.post(f"/staff/calls/{number}/reached", data=sent).status_code == 409
    assert (people.count(CallTry), people.count(Answer)) == (1, 0)


# Crisis


def test_in_a_crisis_the_question_is_not_mailed(people: Complainant, app: Flask) -> None:
    complaint = people.brings("K-1", phone=PHONE)
    client = signed_in(app, "quality")
    assert submit(client, f"/staff/complaints/{complaint}/crisis", form="/crisis").status_code == 400
    assert submit(client, f"/staff/complaints/{complaint}/crisis", form="/crisis", crisis="loss").status_code == 303
    assert people.outbox("check_in") == [("cancelled", "crisis")]
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("suppressed", "crisis")
    assert stands(people) == [("crisis", "open", None)]
    assert "Er is iemand overleden of ernstig ziek" in client.get(f"/staff/complaints/{complaint}").text
    submit(client, f"/staff/complaints/{complaint}", form="/crisis/end")
    assert stands(people) == [("crisis", "ended", "crisis_over")]
    assert people.outbox("check_in") == [("queued", None)]
    assert people.is_asked(complaint)
    assert people.story(complaint, "complaint")[-2:] == ["crisis", "crisis_over"]


def test_a_crisis_that_is_known_before_the_resolution_is_called(people: Complainant) -> None:
    complaint = people.brings("K-1", resolved_at=None, phone=PHONE)
    in_crisis(people, complaint)
    people.resolves(complaint)
    assert people.check_ins(complaint)[0]["reason"] == "crisis"
    assert people.outbox("check_in") == []
    assert stands(people) == [("crisis", "open", None)]
    people.clock.advance(timedelta(days=4))
    assert people.delivers() == []


def test_a_question_that_was_mailed_already_can_be_answered_both_ways(people: Complainant) -> None:
    complaint = people.brings("K-1", phone=PHONE)
    path = people.is_asked(complaint)
    in_crisis(people, complaint)
    assert people.outbox("check_in_reminder") == [("cancelled", "crisis")]
    assert stands(people) == [("crisis", "open", None)]
    assert people.answers(path, "yes").status_code == 303
    assert stands(people) == [("crisis", "ended", "answered")]


def test_a_crisis_takes_the_place_of_a_missing_address(people: Complainant, by_phone: int) -> None:
    in_crisis(people, by_phone)
    assert stands(people) == [("no_address", "ended", "crisis"), ("crisis", "open", None)]
    assert people.check_ins(by_phone)[0]["reason"] == "no_address"


# Who asks for a call


def test_who_asks_for_a_call_is_called(people: Complainant, caller: FlaskClient) -> None:
    complaint = people.brings("K-1", phone=PHONE)
    path = people.is_asked(complaint)
    people.answers(path, "no", comment="Bel mij even.", call_me="1")
    assert stands(people) == [("asked", "open", None)]
    sign_in(caller, "handler")
    page = caller.get(f"/staff/calls/{call_id(people)}").text
    assert "Bel mij even." in page
    people.answers(path, "no", comment="Bel mij even.")
    assert stands(people) == [("asked", "ended", "not_wanted")]
    people.answers(path, "no", comment="Toch wel.", call_me="1")
    assert stands(people) == [("asked", "open", None)]
    versions = people.count(Answer)
    form = submit(caller, f"/staff/calls/{call_id(people)}", form="/reached", satisfied="no")
    assert form.status_code == 303
    assert people.count(Answer) == versions  # the same answer, told on the telephone
    assert stands(people) == [("asked", "reached", None)]
    people.clock.advance(timedelta(hours=1))
    people.resolves(complaint)
    assert people.status(complaint) == "resolved"


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (lambda people, one: people.reopens(one), "reopened"),
        (lambda people, one: people.brings("K-4", email=None, phone=PHONE, resolved_at=None), "reopened"),
    ],
)
def test_a_call_that_became_moot_ends(people: Complainant, by_phone: int, happens: Any, reason: str) -> None:
    happens(people, by_phone)
    assert stands(people) == [("no_address", "ended", reason)]


def test_a_new_solution_ends_the_call_that_was_asked_for(people: Complainant) -> None:
    complaint = people.brings("K-1", phone=PHONE)
    people.answers(people.is_asked(complaint), "no", call_me="1")
    people.clock.advance(timedelta(hours=1))
    people.resolves(complaint)
    assert stands(people) == [("asked", "ended", "resolved_again")]


def test_nobody_calls_the_erased(people: Complainant, by_phone: int, caller: FlaskClient) -> None:
    with people.app.app_context(), transactions.transaction():
        privacy.erase(db.session.scalars(select(Customer)).one(), "system")
    assert stands(people) == [("no_address", "ended", "erased")]
    page = caller.get(f"/staff/calls/{call_id(people)}")
    assert page.status_code == 200
    assert "Zonder Adres" not in page.text
    with people.app.app_context(), pytest.raises(Conflict), transactions.transaction():
        calling.reached(call_id(people), 0, AnswerInput("yes"), "staff:1")


# The list


def test_the_most_urgent_comes_first_and_pages_follow(
    people: Complainant, caller: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("K-1", "K-2", "K-3"):
        people.brings(number, email=None, phone=PHONE)
    in_crisis(people, 3)
    monkeypatch.setattr("feedbackloop.checkins.call_desk.PAGE_SIZE", 1)
    seen, link = [], "/staff/calls/"
    while link:
        page = caller.get(link).text
        seen += re.findall(r'href="/staff/calls/\d+">(K-\d+)</a>', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        link = following[1].replace("&amp;", "&") if following else ""
    assert seen == ["K-3", "K-1", "K-2"]
    assert re.findall(r">(K-\d+)</a>", caller.get("/staff/calls/?status=closed").text) == ["K-3"]
    assert "K-3" in caller.get("/staff/calls/?why=crisis").text
    assert "K-1" not in caller.get("/staff/calls/?why=crisis").text


@pytest.mark.parametrize(("query", "status"), [("status=x", 404), ("why=x", 404), ("after=x", 400), ("after=1,,", 400)])
def test_an_address_that_means_nothing(caller: FlaskClient, query: str, status: int) -> None:
    assert caller.get(f"/staff/calls/?{query}").status_code == status
    assert caller.get("/staff/calls/?status=closed&after=2026,x").status_code == 400
    assert caller.get("/staff/calls/99").status_code == 404


def test_marketing_calls_nobody(app: Flask, people: Complainant, by_phone: int) -> None:
    client = signed_in(app, "marketing")
    number = call_id(people)
    assert client.get("/staff/calls/").status_code == 403
    assert client.get(f"/staff/calls/{number}").status_code == 403
    assert "/staff/calls/" not in client.get("/staff/").text


def test_the_home_page_says_whom_to_call(people: Complainant, by_phone: int, caller: FlaskClient) -> None:
    people.clock.advance(timedelta(days=3))
    sign_in(caller, "handler")
    home = caller.get("/staff/").text
    assert "Klant die nu gebeld moet worden" in home
    assert "eerst K-4: Geen e-mailadres" in home


def test_a_colleague_cannot_answer_by_the_link(people: Complainant, caller: FlaskClient) -> None:
    """Attack 51: a session of staff posts no answer, and no page of theirs shows them a customer's link."""
    complaint = people.brings("K-1", phone=PHONE)
    path = people.is_asked(complaint)
    people.answers(path, "no", call_me="1")
    sign_in(caller, "handler")
    session = caller.get_cookie("feedbackloop_staff", path="/staff")
    assert session
    crafted = people.app.test_client()
    crafted.set_cookie("feedbackloop_staff", session.value)
    assert crafted.get(path).status_code == 200
    assert crafted.post(path, data={"satisfied": "yes"}).status_code == 403
    assert people.status(complaint) == "reopened"
    for page in (
        f"/staff/complaints/{complaint}",
        f"/staff/calls/{call_id(people)}",
        "/staff/calls/",
        "/staff/check-ins/",
    ):
        assert path.rpartition("/")[0] not in caller.get(page).text.replace("/staff/check-ins", "")
