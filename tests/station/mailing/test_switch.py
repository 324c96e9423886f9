"""Staff stop and resume the sending, and see why mail does not go out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.mailing import control
from feedbackloop.staff import service as accounts
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.forms import submit

pytestmark = pytest.mark.usefixtures("queued", "clock")
PASSWORD = "correct horse battery"
PAGE = "/staff/mailing/"
ENGLISH = {"lang": "en"}


def signed_in(app: Flask, role: str) -> FlaskClient:
    with app.app_context(), transactions.transaction():
        accounts.create(f"{role}@ours.example", "Noor Hendriks", role, PASSWORD)
    client = app.test_client()
    assert submit(client, "/staff/sign-in", email=f"{role}@ours.example", password=PASSWORD).status_code == 303
    return client


def _kind(app: Flask, clock: Clock) -> str | None:
    with app.app_context():
        held = control.hold(clock.now)
    return held.kind if held else None


def test_staff_stop_all_sending_with_a_reason_and_let_it_go_on(app: Flask, clock: Clock) -> None:
    client = signed_in(app, "quality")
    answer = submit(client, PAGE, form="/staff/mailing/stop", reason="The server moves")
    assert answer.status_code == 303
    assert _kind(app, clock) == "stopped"
    for page in (PAGE, "/staff/mailing/not-mailed/", "/staff/"):
        shown = client.get(page, query_string=ENGLISH).text
        assert "All sending is stopped" in shown, page
        assert "by Noor Hendriks" in shown
        assert "The server moves" in shown
    assert submit(client, PAGE, form="/staff/mailing/resume").status_code == 303
    assert _kind(app, clock) is None
    shown = client.get(PAGE, query_string=ENGLISH).text
    assert "let go on by Noor Hendriks" in shown
    assert "All sending is stopped" not in client.get("/staff/", query_string=ENGLISH).text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 151])
def test_a_stop_needs_a_reason(app: Flask, clock: Clock, reason: str) -> None:
    answer = submit(signed_in(app, "quality"), PAGE, form="/staff/mailing/stop", reason=reason)
    assert answer.status_code == 400
    assert 'class="errors"' in answer.text
    assert _kind(app, clock) is None


def test_a_page_from_before_changes_nothing(app: Flask, clock: Clock) -> None:
    client = signed_in(app, "quality")
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/staff/mailing/stop?lang=en", data={"reason": "first"})
    client.post("/staff/mailing/stop?lang=en", data={"reason": "second"})
    assert "It was stopped already." in (shown := client.get(PAGE, query_string=ENGLISH).text)
    assert "first" in shown
    assert "second" not in shown
    client.post("/staff/mailing/resume?lang=en")
    client.post("/staff/mailing/resume?lang=en")
    assert "It was not stopped." in client.get(PAGE, query_string=ENGLISH).text


@pytest.mark.parametrize(("role", "status"), [("handler", 403), ("marketing", 403), ("admin", 303), ("quality", 303)])
def test_who_may_stop_it(app: Flask, clock: Clock, role: str, status: int) -> None:
    client = signed_in(app, role)
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post("/staff/mailing/stop", data={"reason": "a holiday"}).status_code == status
    assert (_kind(app, clock) == "stopped") is (status == 303)


def test_a_refused_sign_in_is_an_alarm(app: Flask, clock: Clock) -> None:
    with app.app_context(), transactions.transaction():
        control.sign_in_refused("535 5.7.8 <b>no</b>", clock.now)
    page = signed_in(app, "handler").get(PAGE, query_string=ENGLISH).text
    assert 'class="flash error" role="alert"' in page
    assert "The mail server refuses our sign-in" in page
    assert "535 5.7.8 &lt;b&gt;no&lt;/b&gt;" in page


def test_a_pause_says_until_when(app: Flask, clock: Clock) -> None:
    with app.app_context(), transactions.transaction():
        control.pause("421 later", clock.now)
    page = signed_in(app, "handler").get(PAGE, query_string=ENGLISH).text
    assert 'class="flash warning" role="status"' in page
    assert "Sending is paused" in page
    assert "10:05" in page or "10.05" in page


def test_mail_that_is_overdue_is_an_alarm_on_the_first_page_too(app: Flask, office: Office, clock: Clock) -> None:
    office.plan()
    client = signed_in(app, "handler")
    clock.advance(timedelta(minutes=15))
    assert "does not go out" not in client.get("/staff/", query_string=ENGLISH).text
    clock.advance(timedelta(seconds=1))
    assert "Mail that is due does not go out" in client.get("/staff/", query_string=ENGLISH).text
    with app.app_context(), transactions.transaction():
        control.stop("operator", "x")
    shown = client.get("/staff/", query_string=ENGLISH).text
    assert "Mail that is due does not go out" not in shown
    assert "by an operator, by command" in shown


def test_marketing_is_not_told(app: Flask, clock: Clock) -> None:
    with app.app_context(), transactions.transaction():
        control.stop("operator", "x")
    assert "All sending is stopped" not in signed_in(app, "marketing").get("/staff/", query_string=ENGLISH).text
