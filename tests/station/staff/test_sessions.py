"""A sign-in lasts as long as it is used, ends where it must, and its cookie opens nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from feedbackloop.core import db
from feedbackloop.extensions import db as database
from feedbackloop.staff import service
from feedbackloop.staff.models import StaffSession
from tests.station.staff.conftest import PASSWORD, NewAccount, SignedIn
from tests.support.clock import Clock
from tests.support.forms import forms_of, submit


@pytest.fixture
def noor(account: NewAccount) -> int:
    return account("noor@ours.example")


def is_in(client: FlaskClient) -> bool:
    return client.get("/staff/account").status_code == 200


def cookie_line(app: Flask) -> str:
    answer = submit(app.test_client(), "/staff/sign-in", email="noor@ours.example", password=PASSWORD)
    return next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("feedbackloop_staff="))


def test_the_cookie_is_for_staff_pages_and_no_script(app: Flask, noor: int) -> None:
    line = cookie_line(app)
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "Path=/staff" in line
    assert "Secure" not in line


def test_no_cookie_of_ours_leaves_the_staff_pages(app: Flask, noor: int) -> None:
    client = app.test_client()
    answers = [client.get("/staff/sign-in"), submit(client, "/staff/sign-in", email="noor@ours.example", password="no")]
    answers.append(submit(client, "/staff/sign-in", email="noor@ours.example", password=PASSWORD))
    lines = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    assert lines
    assert all("Path=/staff" in line for line in lines)
    for path in ("/improvements/", "/privacy", "/"):
        assert "Set-Cookie" not in client.get(path).headers


class TestUnderHttps:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "PUBLIC_URL": "https://localhost"}

    def test_the_cookie_travels_encrypted_only(self, app: Flask, account: NewAccount) -> None:
        account("noor@ours.example")
        client = app.test_client()
        base = {"base_url": "https://localhost"}
        page = client.get("/staff/sign-in", **base)
        token = dict(forms_of(page.text)[0].fields)["csrf_token"]
        answer = client.post(
            "/staff/sign-in",
            data={"csrf_token": token, "email": "noor@ours.example", "password": PASSWORD},
            headers={"Referer": "https://localhost/staff/sign-in"},
            **base,
        )
        assert answer.status_code == 303
        line = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("feedbackloop_staff="))
        assert "Secure" in line


def test_the_database_holds_no_key_that_opens(app: Flask, noor: int) -> None:
    key = cookie_line(app).partition("=")[2].partition(";")[0]
    with app.app_context():
        rows = database.session.execute(text("select * from staff_sessions")).all()
    assert len(rows) == 1
    assert key not in str(rows)


def test_a_made_up_key_opens_nothing(app: Flask, noor: int) -> None:
    client = app.test_client()
    for key in ("", "x" * 43, "é", "a" * 4000):
        client.set_cookie("feedbackloop_staff", key, path="/staff")
        assert not is_in(client)


def test_reading_pages_writes_nothing(app: Flask, noor: int, sign_in: SignedIn, clock: Clock) -> None:
    client = sign_in("noor@ours.example")
    with app.app_context():
        before = database.session.execute(text("select * from staff_sessions")).all()
    clock.advance(timedelta(hours=6))
    assert is_in(client)
    with app.app_context():
        assert database.session.execute(text("select * from staff_sessions")).all() == before


def test_a_sign_in_that_is_not_used_ends_after_twelve_hours(noor: int, sign_in: SignedIn, clock: Clock) -> None:
    client = sign_in("noor@ours.example")
    clock.advance(timedelta(hours=11, minutes=59))
    assert is_in(client)
    clock.advance(timedelta(minutes=1))
    assert not is_in(client)


def test_work_keeps_a_sign_in_and_seven_days_end_it(noor: int, sign_in: SignedIn, clock: Clock) -> None:
    client = sign_in("noor@ours.example")
    for _ in range(16):
        clock.advance(timedelta(hours=10))
        assert submit(client, "/staff/account", form="profile", name="Noor").status_code == 303
    clock.advance(timedelta(hours=7, minutes=59))
    assert is_in(client)
    clock.advance(timedelta(minutes=2))
    assert not is_in(client)


def test_signing_in_again_gives_another_key(app: Flask, noor: int) -> None:
    assert cookie_line(app) != cookie_line(app)


def test_signing_out_ends_the_sign_in_on_the_server(app: Flask, noor: int, sign_in: SignedIn) -> None:
    client = sign_in("noor@ours.example")
    kept = client.get_cookie("feedbackloop_staff", path="/staff")
    assert kept is not None
    answer = submit(client, "/staff/account", form="sign-out")
    assert (answer.status_code, answer.location) == (303, "/staff/sign-in")
    assert client.get_cookie("feedbackloop_staff", path="/staff") is None
    thief = app.test_client()
    thief.set_cookie("feedbackloop_staff", kept.value, path="/staff")
    assert not is_in(thief)


def test_signing_out_needs_the_page_token_and_a_post(noor: int, sign_in: SignedIn) -> None:
    client = sign_in("noor@ours.example")
    assert client.post("/staff/sign-out").status_code == 400
    assert client.get("/staff/sign-out").status_code == 405
    assert is_in(client)


def test_signing_out_when_signed_out_already_leads_to_the_door(noor: int, client: FlaskClient) -> None:
    token = dict(forms_of(client.get("/staff/sign-in").text)[0].fields)["csrf_token"]
    assert client.post("/staff/sign-out", data={"csrf_token": token}).location == "/staff/sign-in"


def test_closing_an_account_ends_its_sign_ins_at_once(
    app: Flask, noor: int, account: NewAccount, sign_in: SignedIn
) -> None:
    account("pim@ours.example")
    client = sign_in("noor@ours.example")
    with app.app_context(), db.transaction():
        service.disable(noor, "system")
    assert not is_in(client)
    with app.app_context(), db.transaction():
        service.enable(noor, "system")
    assert not is_in(client), "an ended sign-in must not come back to life"


def test_a_new_password_ends_every_other_sign_in(noor: int, sign_in: SignedIn) -> None:
    here, elsewhere = sign_in("noor@ours.example"), sign_in("noor@ours.example")
    new = "another horse battery"
    answer = submit(here, "/staff/account", form="password", current=PASSWORD, password=new, again=new)
    assert answer.status_code == 303
    assert is_in(here)
    assert not is_in(elsewhere)
    assert is_in(sign_in("noor@ours.example", new))


def test_a_changed_role_holds_from_the_next_page_on(
    app: Flask, noor: int, account: NewAccount, sign_in: SignedIn
) -> None:
    account("pim@ours.example")
    client = sign_in("noor@ours.example")
    assert client.get("/staff/people/").status_code == 200
    with app.app_context(), db.transaction():
        service.change_role(noor, "marketing", "system")
    assert client.get("/staff/people/").status_code == 403


def test_customers_pages_and_the_api_never_look_at_the_cookie(app: Flask, noor: int, sign_in: SignedIn) -> None:
    client = sign_in("noor@ours.example")
    key = client.get_cookie("feedbackloop_staff", path="/staff")
    assert key is not None
    client.set_cookie("feedbackloop_staff", key.value, path="/")
    asked: list[str] = []
    with app.app_context():

        @event.listens_for(database.engine, "before_cursor_execute")
        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            asked.append(statement)

        for path in ("/privacy", "/brand.css", "/", "/api/v1/openapi.json"):
            client.get(path)
        event.remove(database.engine, "before_cursor_execute", note)
    assert not [one for one in asked if "staff_sessions" in one]


def test_ended_sign_ins_do_not_pile_up(app: Flask, noor: int, clock: Clock) -> None:
    cookie_line(app)
    clock.advance(timedelta(days=30))
    cookie_line(app)
    with app.app_context():
        assert database.session.query(StaffSession).count() == 1
