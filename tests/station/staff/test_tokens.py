"""API tokens: shown once, kept as a hash, held to their scopes, taken back at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from feedbackloop.core import db
from feedbackloop.extensions import db as database
from feedbackloop.staff import keyring, service
from feedbackloop.staff.models import ApiToken
from tests.station.staff.conftest import NewAccount, SignedIn
from tests.support.clock import Clock
from tests.support.forms import submit

TOKEN = re.compile(r"fbl_[0-9a-f]{12}_[\w-]{43}")


@pytest.fixture
def admin(account: NewAccount, sign_in: SignedIn) -> FlaskClient:
    account("noor@ours.example")
    return sign_in("noor@ours.example")


def new_token(app: Flask, *scopes: str) -> str:
    with app.app_context(), db.transaction():
        return service.create_token("shop", scopes)


def asks(client: FlaskClient, token: str, scheme: str = "Bearer") -> int:
    return client.get("/api/v1/complaints/1", headers={"Authorization": f"{scheme} {token}"}).status_code


def brings(client: FlaskClient, token: str, **record: str) -> int:
    body = {
        "source": "shop",
        "external_id": "C-1",
        "subject": "Late",
        "opened_at": "2026-11-02T09:30:00+01:00",
        **record,
    }
    return client.post("/api/v1/complaints", json=body, headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_is_shown_once_and_works(app: Flask, admin: FlaskClient) -> None:
    answer = submit(admin, "/staff/tokens/", form="/staff/tokens/", name="shop", scopes=["intake", "read"])
    assert answer.status_code == 201
    token = TOKEN.search(answer.text)
    assert token is not None
    assert token[0] not in admin.get("/staff/tokens/").text
    client = app.test_client()
    assert brings(client, token[0]) == 201
    assert asks(client, token[0]) == 200


def test_the_database_holds_nothing_that_opens(app: Flask) -> None:
    token = new_token(app, "read")
    with app.app_context():
        kept = str(database.session.execute(text("select * from api_tokens")).all())
    assert token not in kept
    assert token.rpartition("_")[2] not in kept


def test_a_token_does_what_its_scopes_say_and_no_more(app: Flask, client: FlaskClient) -> None:
    reads, writes = new_token(app, "read"), new_token(app, "intake")
    assert brings(client, reads) == 403
    assert brings(client, writes) == 201
    assert asks(client, writes) == 403
    assert asks(client, reads) == 200


@pytest.mark.parametrize("scheme", ["Basic", "", "bearerx"])
def test_another_scheme_is_no_key(app: Flask, client: FlaskClient, scheme: str) -> None:
    assert asks(client, new_token(app, "read"), scheme) == 401


def test_what_is_nearly_the_token_is_no_key(app: Flask, client: FlaskClient) -> None:
    token = new_token(app, "read")
    mark, prefix, secret = token.split("_", 2)
    other = new_token(app, "read").split("_", 2)[2]
    wrong = [
        token[:-1],
        token + "A",
        token.upper(),
        secret,
        f"{mark}_{prefix}",
        f"{mark}_{prefix}_",
        f"{mark}_{prefix}_{other}",
        f"{mark}_{prefix[:-1]}%_{secret}",
        f"x{token}",
        "fbl__",
        "fbl_é_x",
        "a" * 5000,
    ]
    for given in wrong:
        assert asks(client, given) == 401, given


def test_a_token_that_was_taken_back_opens_nothing(app: Flask, client: FlaskClient, admin: FlaskClient) -> None:
    token = new_token(app, "read")
    assert asks(client, token) == 404
    assert submit(admin, "/staff/tokens/", form="revoke").status_code == 303
    assert asks(client, token) == 401
    with pytest.raises(AssertionError, match="0 forms"):
        submit(admin, "/staff/tokens/", form="revoke")


def test_use_is_noted_by_the_hour_and_never_by_reading(app: Flask, client: FlaskClient, clock: Clock) -> None:
    token = new_token(app, "intake", "read")

    def noted() -> object:
        with app.app_context():
            return database.session.scalars(select(ApiToken.last_used_at)).one()

    asks(client, token)
    assert noted() is None
    brings(client, token)
    first = noted()
    assert first == clock.now
    clock.advance(timedelta(minutes=59))
    brings(client, token)
    assert noted() == first
    clock.advance(timedelta(minutes=2))
    brings(client, token)
    assert noted() == clock.now


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["read"]), ("shop", []), ("shop", ["read", "everything"]), ("x" * 101, ["read"])]
)
def test_a_token_needs_a_name_and_known_scopes(app: Flask, admin: FlaskClient, name: str, scopes: list[str]) -> None:
    answer = submit(admin, "/staff/tokens/", form="/staff/tokens/", name=name, scopes=scopes)
    assert answer.status_code == 400
    with app.app_context():
        assert database.session.scalars(select(ApiToken)).all() == []


def test_a_key_says_who_acts(app: Flask) -> None:
    token = new_token(app, "read", "intake")
    with app.app_context():
        key = keyring.read(token)
    assert key is not None
    assert (key.id, key.name, key.scopes) == (1, "shop", ["intake", "read"])
