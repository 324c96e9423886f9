"""The promise guard at work: refused where a person writes, kept and shown where a source says it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.complaints import service
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.values import ComplaintInput
from feedbackloop.core import db as transactions
from feedbackloop.core.errors import BadInput
from feedbackloop.extensions import db
from tests.station.checkins.test_desk import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import submit
from tests.support.smtp import Sink

PROMISE, STEP = "Dit zal niet meer gebeuren.", "Twee mensen tellen elke bestelling na."


@pytest.fixture
def people(app: Flask, sink: Sink, clock: Any) -> Complainant:
    return Complainant(app, sink, clock)


@pytest.fixture
def desk(app: Flask, people: Complainant) -> FlaskClient:
    return signed_in(app, "handler")


def told(people: Complainant, complaint_id: int) -> Complaint:
    with people.app.app_context():
        return db.session.get_one(Complaint, complaint_id)


def test_staff_promise_nothing_in_vain(people: Complainant, desk: FlaskClient) -> None:
    complaint = people.brings("K-1", resolved_at=None, resolution=None, prevention=None, root_cause=None)
    path = f"/staff/complaints/{complaint}/resolve"
    refused = submit(desk, path, form="/resolve", resolution=PROMISE)
    assert refused.status_code == 400
    assert "Vul dan ook de oorzaak in en wat u doet om het te voorkomen" in refused.text
    assert 'href="#resolution"' in refused.text
    only_cause = submit(desk, path, form="/resolve", resolution=PROMISE, root_cause="bus te laat geladen")
    assert only_cause.status_code == 400
    assert people.status(complaint) == "open"
    fields = {"resolution": PROMISE, "root_cause": "bus te laat geladen", "prevention": STEP}
    assert submit(desk, path, form="/resolve", **fields).status_code == 303
    assert people.status(complaint) == "resolved"


def test_the_verb_itself_refuses(people: Complainant) -> None:
    complaint = people.brings("K-1", resolved_at=None, prevention=None)
    with people.app.app_context(), pytest.raises(BadInput) as refused, transactions.transaction():
        service.resolve(complaint, "staff:1", resolution="Geld terug.", prevention="It will never happen again.")
    assert list(refused.value.fields) == ["prevention"]
    assert people.status(complaint) == "open"


def test_a_correction_of_something_else_is_not_stopped_by_an_old_promise(
    people: Complainant, desk: FlaskClient
) -> None:
    complaint = people.brings("K-1", resolution=PROMISE, prevention=None, root_cause=None)
    path = f"/staff/complaints/{complaint}/edit"
    assert submit(desk, path, form="/edit", category="bezorging").status_code == 303
    assert submit(desk, path, form="/edit", resolution=f"Geld terug. {PROMISE}").status_code == 400
    assert submit(desk, path, form="/edit", root_cause="bus te laat", prevention=STEP).status_code == 303
    assert told(people, complaint).promise_flag is None


def test_a_source_is_heard_and_its_promise_is_shown(people: Complainant, desk: FlaskClient) -> None:
    record = {"resolution": PROMISE, "prevention": None, "root_cause": None}
    complaint = people.brings("K-1", **record)
    assert told(people, complaint).promise_flag == "nothing_behind_it"
    assert "zonder oorzaak en zonder iets dat het voorkomt" in desk.get(f"/staff/complaints/{complaint}").text
    with people.app.app_context(), transactions.transaction():
        again = service.upsert([ComplaintInput(source="shop", external_id="K-1", **record)], "api:1")  # type: ignore[arg-type]
    assert [one.what for one in again] == ["unchanged"]
    people.upserts([ComplaintInput(source="shop", external_id="K-1", root_cause="bus te laat", prevention=STEP)])
    assert told(people, complaint).promise_flag is None


def test_a_handler_by_link_says_what_stands_behind_it(people: Complainant, client: FlaskClient) -> None:
    complaint = people.brings("K-1", prevention=None, root_cause=None)
    people.answers(people.is_asked(complaint), "no")
    mail = next(one for one in people.delivers() if people.recipient(one) == "youssef@ours.example")
    path = people.path(mail, "/case/")
    refused = submit(client, path, done=f"Wij brachten de broodjes. {PROMISE}")
    assert refused.status_code == 400
    assert "belofte" in refused.text
    assert people.status(complaint) == "reopened"
    said = {"done": f"Wij brachten de broodjes. {PROMISE}", "promised": STEP, "cause": "bus te laat geladen"}
    assert submit(client, path, **said).status_code == 303
    assert people.status(complaint) == "resolved"
    assert told(people, complaint).root_cause == "bus te laat geladen"
