"""Accounts, by administrators and by people themselves."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.core import db
from feedbackloop.core.errors import BadInput, Conflict
from feedbackloop.core.history import History
from feedbackloop.extensions import db as database
from feedbackloop.staff import queries, service
from tests.station.staff.conftest import PASSWORD, NewAccount, SignedIn
from tests.support.forms import submit

NEW = {"name": "Pim Verbeek", "email": "Pim@Ours.example", "role": "marketing", "password": "four words in a row"}


@pytest.fixture
def admin(account: NewAccount, sign_in: SignedIn) -> FlaskClient:
    account("noor@ours.example")
    return sign_in("noor@ours.example")


def test_an_administrator_adds_somebody_who_then_signs_in(app: Flask, admin: FlaskClient, sign_in: SignedIn) -> None:
    answer = submit(admin, "/staff/people/new", form="people/new", **NEW)
    assert (answer.status_code, answer.location) == (303, "/staff/people/")
    assert "Pim Verbeek" in admin.get("/staff/people/").text
    assert sign_in("pim@ours.example", NEW["password"]).get("/staff/").status_code == 200
    with app.app_context():
        made = database.session.scalars(select(History).where(History.what == "created")).all()
        assert [(one.subject, one.actor, one.to_state) for one in made][-1] == ("staff", "staff:1", "marketing")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "no address", "This is not an e-mail address."),
        ("email", "noor@ours.example", "There is an account with this e-mail address already."),
        ("email", "NOOR@ours.example", "There is an account with this e-mail address already."),
        ("password", "too short", "A password has at least 12 characters."),
        ("role", "owner", "Not a valid choice"),
        ("role", "", "Choose one of the roles."),
        ("name", " ", "Fill"),
        ("name", "a\u0000b", "Fill in a name."),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_made(
    app: Flask, admin: FlaskClient, field: str, value: str, said: str
) -> None:
    answer = submit(admin, "/staff/people/new?lang=en", form="people/new", **{**NEW, field: value})
    assert answer.status_code == 400
    assert said in answer.text
    assert NEW["password"] not in answer.text
    with app.app_context():
        assert len(queries.accounts()) == 1


def test_the_last_administrator_cannot_be_closed_or_demoted(
    app: Flask, admin: FlaskClient, account: NewAccount
) -> None:
    assert submit(admin, "/staff/people/1", form="disable").status_code == 409
    assert submit(admin, "/staff/people/1", form="role", role="quality").status_code == 409
    account("pim@ours.example")
    assert submit(admin, "/staff/people/1", form="role", role="quality").status_code == 303
    with app.app_context():
        assert service.get(1).role == "quality"


def test_an_administrator_gives_a_new_password(admin: FlaskClient, account: NewAccount, sign_in: SignedIn) -> None:
    pim = account("pim@ours.example", role="handler")
    before = sign_in("pim@ours.example")
    assert submit(admin, f"/staff/people/{pim}", form="password", password="short").status_code == 400
    assert submit(admin, f"/staff/people/{pim}", form="password", password="another four words").status_code == 303
    assert before.get("/staff/account").status_code == 303
    sign_in("pim@ours.example", "another four words")


def test_a_closed_account_is_opened_again(admin: FlaskClient, account: NewAccount, sign_in: SignedIn) -> None:
    pim = account("pim@ours.example", role="handler")
    assert submit(admin, f"/staff/people/{pim}", form="disable").status_code == 303
    client = admin.application.test_client()
    assert submit(client, "/staff/sign-in", email="pim@ours.example", password=PASSWORD).status_code == 400
    assert submit(admin, f"/staff/people/{pim}", form="enable").status_code == 303
    sign_in("pim@ours.example")


@pytest.mark.parametrize("number", ["0", "99", "9223372036854775807", "9223372036854775808", "99999999999999999999999"])
def test_nobody_by_that_number(admin: FlaskClient, number: str) -> None:
    assert admin.get(f"/staff/people/{number}").status_code == 404


def test_people_choose_their_own_language(admin: FlaskClient) -> None:
    assert submit(admin, "/staff/account", form="profile", locale="en").status_code == 303
    page = admin.get("/staff/account", headers={"Accept-Language": "nl"})
    assert page.headers["Content-Language"] == "en"
    submit(admin, "/staff/account", form="profile", locale="")
    page = admin.get("/staff/account", headers={"Accept-Language": "nl"})
    assert page.headers["Content-Language"] == "nl"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"current": "wrong horse battery"}, "This is not your present password."),
        ({"again": "another thing again"}, "The two new passwords differ."),
        ({"password": "short", "again": "short"}, "A password has at least 12 characters."),
    ],
)
def test_a_password_is_changed_by_who_knows_the_present_one(
    admin: FlaskClient, sign_in: SignedIn, given: dict[str, str], said: str
) -> None:
    new = {"current": PASSWORD, "password": "another four words", "again": "another four words", **given}
    answer = submit(admin, "/staff/account?lang=en", form="password", **new)
    assert answer.status_code == 400
    assert said in answer.text
    sign_in("noor@ours.example")


def test_no_posted_field_makes_an_administrator(app: Flask, account: NewAccount, sign_in: SignedIn) -> None:
    account("noor@ours.example")
    pim = account("pim@ours.example", role="handler")
    client = sign_in("pim@ours.example")
    page = client.get("/staff/account")
    token = page.text.partition('name="csrf_token" type="hidden" value="')[2].partition('"')[0]
    data = {"csrf_token": token, "name": "Pim", "locale": "", "role": "admin", "disabled_at": "", "id": "1"}
    assert client.post("/staff/account/profile", data=data).status_code == 303
    with app.app_context():
        assert service.get(pim).role == "handler"


def test_the_first_admin_is_the_oldest_active_one_and_a_sample_one_at_need(app: Flask, account: NewAccount) -> None:
    sample, handler = account("sample@ours.example", sample=True), account("h@ours.example", role="handler")
    with app.app_context():
        assert getattr(queries.first_admin(), "id", None) == sample
    first, second = account("a@ours.example"), account("b@ours.example")
    with app.app_context():
        assert getattr(queries.first_admin(), "id", None) == first
        with db.transaction():
            service.disable(first, "system")
        assert getattr(queries.first_admin(), "id", None) == second
        assert handler


def test_the_service_refuses_what_no_form_checked(app: Flask) -> None:
    with app.app_context():
        for email, name, role, password in (
            ("a@ours.example\r\nBcc: x@y.example", "A", "admin", PASSWORD),
            ("a@ours.example", "A", "owner", PASSWORD),
            ("a@ours.example", "", "admin", PASSWORD),
            ("a@ours.example", "A", "admin", "short"),
        ):
            with pytest.raises(BadInput), db.transaction():
                service.create(email, name, role, password)
        with db.transaction():
            service.create("a@ours.example", "A", "admin", PASSWORD)
        with pytest.raises(Conflict), db.transaction():
            service.create("A@OURS.example", "A", "admin", PASSWORD)
