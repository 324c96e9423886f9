"""The door: who comes in, who does not, and what the difference tells."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db
from feedbackloop.extensions import db as database
from feedbackloop.staff import service
from feedbackloop.staff.models import SignInTry
from tests.station.staff.conftest import PASSWORD, NewAccount
from tests.support.clock import Clock
from tests.support.forms import forms_of, submit
from tests.unit.staff.test_rules import ATTACKS

WRONG = "This e-mail address and this password do not belong together. Try again."
WRONG_PASSWORD = "wrong horse battery"
DOOR = "/staff/sign-in?lang=en"


def test_the_right_pair_opens_the_home_page(client: FlaskClient, account: NewAccount) -> None:
    account("noor@ours.example")
    answer = submit(client, DOOR, email="noor@ours.example", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/staff/")
    assert client.get("/staff/").status_code == 200


def test_the_address_is_known_in_any_case_and_with_spaces_around_it(client: FlaskClient, account: NewAccount) -> None:
    account("noor@ours.example")
    assert submit(client, DOOR, email=" Noor@Ours.EXAMPLE ", password=PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("noor@ours.example", "wrong horse battery"),
        ("nobody@ours.example", PASSWORD),
        ("gone@ours.example", PASSWORD),
        ("noor@ours.example", ""),
        ("", ""),
        ("noor@ours.example\u0000", PASSWORD),
        ("noor@ours.example", "x" * 20_000),
        ("' or 1=1 --", PASSWORD),
    ],
)
def test_every_wrong_pair_gets_the_same_sentence_and_keeps_the_address(
    app: Flask, client: FlaskClient, account: NewAccount, email: str, password: str
) -> None:
    account("noor@ours.example")
    gone = account("gone@ours.example")
    with app.app_context(), db.transaction():
        service.disable(gone, "system")
    answer = submit(client, DOOR, email=email, password=password)
    assert answer.status_code == 400
    assert WRONG in answer.text
    assert "feedbackloop_staff" not in answer.headers.get("Set-Cookie", "")
    assert PASSWORD not in answer.text
    if email.isprintable():
        assert dict(forms_of(answer.text)[0].fields)["email"] == email
    assert client.get("/staff/").status_code == 303


@pytest.fixture
def slow_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hashes as in earnest."""
    monkeypatch.setattr(service, "_hasher", PasswordHasher())
    service._nobodys_hash.cache_clear()
    yield
    service._nobodys_hash.cache_clear()


@pytest.mark.usefixtures("slow_passwords")
def test_an_unknown_address_takes_as_much_work_as_a_wrong_password(app: Flask, account: NewAccount) -> None:
    account("noor@ours.example")

    def work(email: str) -> float:
        # Seconds of the processor, and the least of several: the machine may be busy with something else.
        start = time.process_time()
        assert service.authenticate(email, "wrong horse battery") is None
        return time.process_time() - start

    with app.app_context():
        work("nobody@ours.example")  # makes the hash that nobody has
        known = min(work("noor@ours.example") for _ in range(5))
        unknown = min(work("nobody@ours.example") for _ in range(5))
    assert known > 0.01, "a password should be expensive to try"
    assert 0.5 < unknown / known < 2


def test_the_password_is_kept_as_an_argon2_hash(app: Flask, account: NewAccount) -> None:
    staff_id = account("noor@ours.example")
    with app.app_context():
        kept = service.get(staff_id).password_hash
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize("value", ATTACKS)
def test_next_never_leads_off_the_site(client: FlaskClient, account: NewAccount, value: str) -> None:
    account("noor@ours.example")
    page = client.get("/staff/sign-in")
    token = dict(forms_of(page.text)[0].fields)["csrf_token"]
    answer = client.post(
        "/staff/sign-in",
        data={"csrf_token": token, "email": "noor@ours.example", "password": PASSWORD, "next": value},
    )
    assert (answer.status_code, answer.location) == (303, "/staff/")


def test_next_leads_back_to_the_page_that_was_asked_for(client: FlaskClient, account: NewAccount) -> None:
    account("noor@ours.example")
    asked = client.get("/staff/account?lang=en")
    assert asked.location == "/staff/sign-in?next=/staff/account?lang%3Den"
    answer = submit(client, asked.location, email="noor@ours.example", password=PASSWORD)
    assert answer.location == "/staff/account?lang=en"


def test_who_is_signed_in_passes_the_door(client: FlaskClient, account: NewAccount) -> None:
    account("noor@ours.example")
    submit(client, DOOR, email="noor@ours.example", password=PASSWORD)
    assert client.get("/staff/sign-in?next=//evil.example").location == "/staff/"
    assert client.get("/staff/sign-in?next=/staff/account").location == "/staff/account"


def test_a_form_without_its_token_is_refused(client: FlaskClient, account: NewAccount) -> None:
    account("noor@ours.example")
    client.get("/staff/sign-in")
    answer = client.post("/staff/sign-in", data={"email": "noor@ours.example", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/staff/").status_code == 303


def test_sample_accounts_do_not_sign_in_where_mail_leaves_the_house(client: FlaskClient, account: NewAccount) -> None:
    account("sample@ours.example", sample=True)
    answer = submit(client, DOOR, email="sample@ours.example", password=PASSWORD)
    assert answer.status_code == 400
    assert WRONG in answer.text


class TestWithALocalMailbox:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in settings_env.items() if not name.startswith("MAIL_")}

    def test_sample_accounts_sign_in(self, client: FlaskClient, account: NewAccount) -> None:
        account("sample@ours.example", sample=True)
        assert submit(client, DOOR, email="sample@ours.example", password=PASSWORD).status_code == 303
        assert client.get("/staff/").status_code == 200


class TestGuessing:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        """Limits as on a real site. There is no Redis: the tries are rows."""
        return {**settings_env, "FEEDBACKLOOP_RATE_LIMITS": "on"}

    @staticmethod
    def guess(client: FlaskClient, email: str = "noor@ours.example", password: str = WRONG_PASSWORD) -> int:
        return submit(client, DOOR, email=email, password=password).status_code

    def test_the_sixth_guess_in_a_minute_waits(self, client: FlaskClient, account: NewAccount, clock: Clock) -> None:
        account("noor@ours.example")
        assert [self.guess(client) for _ in range(5)] == [400] * 5
        answer = submit(client, DOOR, email="noor@ours.example", password=PASSWORD)
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "60"
        assert "Wait 60 seconds" in answer.text
        assert dict(forms_of(answer.text)[0].fields)["email"] == "noor@ours.example"

    def test_after_the_wait_the_right_password_still_opens(
        self, client: FlaskClient, account: NewAccount, clock: Clock
    ) -> None:
        account("noor@ours.example")
        for _ in range(3):
            assert [self.guess(client) for _ in range(5)].count(400) >= 1
            clock.advance(timedelta(seconds=61))
        assert self.guess(client, password=PASSWORD) == 303

    def test_an_unknown_address_is_slowed_down_like_a_known_one(self, client: FlaskClient, clock: Clock) -> None:
        assert [self.guess(client, "nobody@ours.example") for _ in range(6)] == [400] * 5 + [429]

    def test_one_machine_cannot_try_one_password_on_many_accounts(self, client: FlaskClient, clock: Clock) -> None:
        answers = [self.guess(client, f"person{n}@ours.example") for n in range(21)]
        assert answers == [400] * 20 + [429]

    def test_another_account_from_another_network_is_not_slowed_down(
        self, client: FlaskClient, account: NewAccount, clock: Clock
    ) -> None:
        account("pim@ours.example")
        for n in range(21):
            self.guess(client, f"person{n}@ours.example")
        client.environ_base["REMOTE_ADDR"] = "192.0.2.9"
        assert self.guess(client, "pim@ours.example", PASSWORD) == 303

    def test_signing_in_forgets_the_tries_on_that_account_only(
        self, client: FlaskClient, account: NewAccount, clock: Clock
    ) -> None:
        account("noor@ours.example")
        account("pim@ours.example")
        for _ in range(4):
            self.guess(client)
            self.guess(client, "pim@ours.example")
        assert self.guess(client, password=PASSWORD) == 303
        other = client.application.test_client()
        assert [self.guess(other) for _ in range(5)] == [400] * 5
        assert [self.guess(other, "pim@ours.example") for _ in range(2)] == [400, 429]

    def test_the_rows_hold_no_address_and_do_not_pile_up(
        self, app: Flask, client: FlaskClient, account: NewAccount, clock: Clock
    ) -> None:
        account("noor@ours.example")
        for _ in range(3):
            self.guess(client)
        clock.advance(timedelta(minutes=16))
        self.guess(client)
        with app.app_context():
            rows = database.session.query(SignInTry).all()
        assert len(rows) == 1
        assert len(rows[0].account_key) == len(rows[0].address_key) == 64
