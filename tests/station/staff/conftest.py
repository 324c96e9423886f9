"""Accounts, and clients that are signed in with them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db
from feedbackloop.staff import service
from tests.support.forms import submit

PASSWORD = "correct horse battery"

NewAccount = Callable[..., int]
SignedIn = Callable[..., FlaskClient]


@pytest.fixture
def account(app: Flask) -> NewAccount:
    """Makes an account: `account("noor@ours.example", role="quality")`; its id."""

    def make(email: str, role: str = "admin", name: str = "Noor Hendriks", sample: bool = False) -> int:
        with app.app_context(), db.transaction():
            return service.create(email, name, role, PASSWORD, sample=sample, locale="en").id

    return make


@pytest.fixture
def sign_in(app: Flask) -> SignedIn:
    """A browser of its own, signed in: `sign_in("noor@ours.example")`."""

    def signed_in(email: str, password: str = PASSWORD) -> FlaskClient:
        client = app.test_client()
        answer = submit(client, "/staff/sign-in", email=email, password=password)
        assert answer.status_code == 303, answer.text
        return client

    return signed_in
