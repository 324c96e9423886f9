"""Words of ours that are put to a person: the summary that they confirm, and the step that they agree to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.checkins import proposals
from feedbackloop.checkins.models import Proposal, ProposalAnswer
from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.people import privacy
from feedbackloop.people.models import Customer
from tests.station.checkins.test_desk import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import forms_of, submit

SUMMARY = "De broodjes kwamen een uur te laat."
CORRECTED = "Het feest was al voorbij toen de broodjes kwamen."
STEP = "Voortaan bellen wij als de bus later is dan tien minuten."
IDEA = "Stuur liever een sms, dan kan ik gewoon doorwerken."
PAGES = {"summary": "summary", "step": "agreement"}


def put(people: Complainant, complaint: int, kind: str = "summary", text: str = SUMMARY) -> Decision:
    with people.app.app_context(), transactions.transaction():
        return proposals.put(complaint, kind, text, "staff:1")


def is_put(people: Complainant, complaint: int, kind: str = "summary", text: str = SUMMARY) -> str:
    """Puts it, sends the mail, and gives the path of its link."""
    assert put(people, complaint, kind, text)
    (mail,) = [one for one in people.delivers() if f"/{PAGES[kind]}/" in one.text]
    return people.path(mail, f"/{PAGES[kind]}/")


def says(people: Complainant, path: str, answer: str, words: str = "") -> int:
    return people.app.test_client().post(path, data={"answer": answer, "words": words}).status_code


def all_of(people: Complainant) -> list[tuple[Any, ...]]:
    """Status, reason, answer and the words that hold of every one, in order."""
    with people.app.app_context():
        rows = db.session.scalars(select(Proposal).order_by(Proposal.id))
        return [(one.status, one.reason, one.answer, one.agreed_text) for one in rows]


def newest(people: Complainant) -> int:
    with people.app.app_context():
        return db.session.scalars(select(Proposal.id).order_by(Proposal.id.desc())).first() or 0


@pytest.fixture
def complaint(people: Complainant) -> int:
    return people.brings("K-1", resolved_at=None)


def test_a_corrected_summary_is_what_the_check_in_opens_with(people: Complainant, complaint: int) -> None:
    path = is_put(people, complaint)
    client = people.app.test_client()
    page = client.get(path)
    assert SUMMARY in page.text
    assert "checked" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert says(people, path, "") == 400
    assert says(people, path, "corrected") == 400
    assert says(people, path, "maybe") == 400
    assert says(people, path, "corrected", "x" * 501) == 400
    assert people.count(ProposalAnswer) == 0
    assert says(people, path, "corrected", CORRECTED) == 303
    assert says(people, path, "corrected", CORRECTED) == 303
    assert people.count(ProposalAnswer) == 1
    assert CORRECTED in client.get(path).text
    assert all_of(people) == [("answered", None, "corrected", CORRECTED)]
    # A nightly export with the old words changes nothing of it.
    people.brings("K-1", summary="De bestelling was te laat.", resolved_at=people.clock.now)
    people.clock.advance(timedelta(days=3))
    (mail,) = people.delivers()
    assert CORRECTED in " ".join(mail.text.replace("> ", "").split())
    form = people.link(people.check_ins(complaint)[0])
    assert CORRECTED in client.get(form).text


def test_an_accepted_summary_holds_and_can_still_be_changed(people: Complainant, complaint: int) -> None:
    path = is_put(people, complaint)
    assert says(people, path, "accepted", "dit telt niet") == 303
    assert all_of(people) == [("answered", None, "accepted", SUMMARY)]
    assert says(people, path, "corrected", CORRECTED) == 303
    with people.app.app_context():
        kept = [(one.version, one.answer, one.words) for one in db.session.scalars(select(ProposalAnswer))]
    assert kept == [(1, "accepted", None), (2, "corrected", CORRECTED)]
    assert people.story(complaint, "summary") == ["planned", "sent", "answered", "answered"]


def test_one_is_under_way_at_a_time(people: Complainant, complaint: int) -> None:
    first = is_put(people, complaint)
    with pytest.raises(Conflict):
        put(people, complaint)
    put(people, complaint, "step", STEP)
    says(people, first, "accepted")
    second = is_put(people, complaint, text="Nog korter.")
    assert says(people, first, "corrected", CORRECTED) == 409
    old = people.app.test_client().get(first)
    assert old.status_code == 200
    assert "Wij stuurden u een nieuwere samenvatting." in old.text
    assert says(people, second, "accepted") == 303


def test_a_link_that_lived_its_time_is_410_and_makes_room(people: Complainant, complaint: int) -> None:
    path = is_put(people, complaint)
    people.clock.advance(timedelta(days=90))
    assert people.app.test_client().get(path).status_code == 410
    assert says(people, path, "accepted") == 410
    assert put(people, complaint, text="Nog een keer.")
    assert [one[:2] for one in all_of(people)] == [("expired", "link_expired"), ("scheduled", None)]


@pytest.mark.parametrize("kind", ["summary", "step"])
def test_a_link_that_is_not_ours_is_404(people: Complainant, complaint: int, kind: str) -> None:
    is_put(people, complaint, kind)
    with people.app.app_context():
        wrong = [tokens.make("check-in", newest(people)), tokens.make(PAGES[kind], 99), "1.x"]
        other = "agreement" if kind == "summary" else "summary"
        elsewhere = f"/{other}/{tokens.make(other, newest(people))}"
    client = people.app.test_client()
    for path in (*(f"/{PAGES[kind]}/{one}" for one in wrong), elsewhere):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"answer": "accepted"}).status_code == 404


def test_why_it_was_not_sent_is_kept(people: Complainant) -> None:
    without = people.brings("K-1", resolved_at=None, email=None)
    assert put(people, without).reason == "no_address"
    opted_out = people.brings("K-2", resolved_at=None)
    with people.app.app_context(), transactions.transaction():
        optouts.suppress("k-2@postvak.example", "check_in", "opted_out", "test")
    assert put(people, opted_out).reason == "opted_out"
    assert [one[:2] for one in all_of(people)] == [("suppressed", "no_address"), ("suppressed", "opted_out")]
    assert people.outbox("summary_confirmation") == []


def test_of_the_erased_no_word_stays(people: Complainant, complaint: int) -> None:
    path = is_put(people, complaint)
    says(people, path, "corrected", CORRECTED)
    put(people, complaint, "step", STEP)
    with people.app.app_context(), transactions.transaction():
        privacy.erase(db.session.scalars(select(Customer)).one(), "system")
    assert all_of(people) == [("answered", None, "corrected", None), ("cancelled", "erased", None, None)]
    assert people.app.test_client().get(path).status_code == 404
    assert people.outbox("step_agreement") == [("cancelled", "erased")]
    with people.app.app_context():
        assert set(db.session.scalars(select(ProposalAnswer.words))) == {None}
    assert put(people, complaint).reason == "erased"


# The step


def decided(desk: FlaskClient, case: str, wanted: str) -> int:
    """Presses this button on the case; what it answers."""
    (form,) = [
        one for one in forms_of(desk.get(case).text) if "/decide" in one.action and ("decision", wanted) in one.fields
    ]
    return desk.post(form.action, data=dict(form.fields)).status_code


@pytest.fixture
def desk(app: Flask, people: Complainant) -> FlaskClient:
    return signed_in(app, "quality")


def test_a_step_that_is_fine_can_start_one_improvement(people: Complainant, complaint: int, desk: FlaskClient) -> None:
    sent = submit(desk, f"/staff/complaints/{complaint}/put/step", form="/put/step", text=STEP)
    assert sent.status_code == 303
    (mail,) = people.delivers()
    assert mail.message["List-Unsubscribe"]
    path = people.path(mail, "/agreement/")
    assert "Begin er een verbetering mee" not in desk.get("/staff/improvements/").text
    assert says(people, path, "fine") == 303
    assert "De klant: dit is goed" in desk.get(f"/staff/complaints/{complaint}").text
    listed = desk.get("/staff/improvements/").text
    assert STEP in listed
    link = re.search(r'href="(/staff/improvements/new\?step=\d+)"', listed)
    assert link
    page = desk.get(link[1]).text
    assert STEP in page
    made = submit(desk, link[1], form="/new", you_said_nl="Niemand belde ons.")
    assert made.status_code == 303
    assert "K-1" in desk.get(made.headers["Location"]).text
    assert STEP not in desk.get("/staff/improvements/").text.partition("<table")[0]
    again = submit(desk, link[1], form="/new", you_said_nl="Nog een.")
    assert again.status_code == 409
    assert "Met deze stap begon al een andere verbetering" in again.text


def test_another_idea_waits_for_a_decision(people: Complainant, complaint: int, desk: FlaskClient) -> None:
    path = is_put(people, complaint, "step", STEP)
    assert says(people, path, "other") == 400
    assert says(people, path, "other", IDEA) == 303
    home = desk.get("/staff/").text
    assert "Antwoord op een stap die niet goed is, of een ander idee" in home
    case = f"/staff/complaints/{complaint}"
    assert IDEA in desk.get(case).text
    assert STEP not in desk.get("/staff/improvements/").text
    assert decided(desk, case, "taken") == 303
    assert all_of(people) == [("answered", None, "other", IDEA)]
    assert IDEA in desk.get("/staff/improvements/").text
    assert "ander idee</a>" not in desk.get("/staff/").text
    assert says(people, path, "not_fine") == 409
    assert "Wij doen wat u voorstelde." in people.app.test_client().get(path).text
    assert people.story(complaint, "step") == ["planned", "sent", "answered", "decided"]


def test_who_finds_it_not_fine_is_read(people: Complainant, complaint: int, desk: FlaskClient) -> None:
    path = is_put(people, complaint, "step", STEP)
    assert says(people, path, "not_fine", "Bellen helpt mij niet.") == 303
    case = f"/staff/complaints/{complaint}"
    assert "Bellen helpt mij niet." in desk.get(case).text
    with people.app.app_context(), pytest.raises(Conflict), transactions.transaction():
        proposals.decide(newest(people), "taken", "staff:1")
    assert decided(desk, case, "read") == 303
    with people.app.app_context(), pytest.raises(Conflict), transactions.transaction():
        proposals.decide(newest(people), "read", "staff:1")
    # Who thinks again is heard again.
    assert says(people, path, "fine") == 303
    assert all_of(people) == [("answered", None, "fine", STEP)]


@pytest.mark.parametrize("kind", ["summary", "step"])
def test_the_page_of_staff_says_what_is_wrong(people: Complainant, desk: FlaskClient, kind: str) -> None:
    complaint = people.brings("K-9", resolved_at=None, root_cause=None)
    path = f"/staff/complaints/{complaint}/put/{kind}"
    assert submit(desk, path, form=f"/put/{kind}", text="").status_code == 400
    assert submit(desk, path, form=f"/put/{kind}", text="x" * 1001).status_code == 400
    if kind == "step":
        refused = submit(desk, path, form="/put/step", text="Voortaan gebeurt dit niet meer.")
        assert refused.status_code == 400
        assert "Hier staat de belofte dat het niet meer gebeurt." in refused.text
    assert submit(desk, path, form=f"/put/{kind}", text="Kort en goed.").status_code == 303
    assert "Wacht op het antwoord" in desk.get(path).text
    assert desk.get(f"/staff/complaints/99/put/{kind}").status_code == 404
    assert desk.get(f"/staff/complaints/{complaint}/put/other").status_code == 404


def test_marketing_puts_nothing(app: Flask, people: Complainant, complaint: int) -> None:
    says(people, is_put(people, complaint, "step", STEP), "fine")
    client = signed_in(app, "marketing")
    assert client.get(f"/staff/complaints/{complaint}/put/step").status_code == 403
    assert STEP not in client.get("/staff/improvements/").text


def test_what_cannot_be_kept_is_refused(people: Complainant, complaint: int) -> None:
    path = is_put(people, complaint)
    client = people.app.test_client()
    assert says(people, path, "corrected", "nul \x00") == 400
    assert client.post(path, data=b"answer=corrected&words=%ed%a0%80").status_code == 400
    form = "application/x-www-form-urlencoded"
    assert client.post(path, data=b"answer=corrected&words=%ed%a0%80", content_type=form).status_code == 400
    assert client.post(path, json={"answer": "accepted"}).status_code == 400
    assert client.post(path, data={"answer": ["maybe", "accepted"]}).status_code == 400
    assert client.post(path, data={"answer": "corrected", "words": "x" * 70_000}).status_code == 413
    assert client.put(path).status_code == 405
    assert people.count(ProposalAnswer) == 0
