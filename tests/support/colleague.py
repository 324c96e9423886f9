"""A colleague at work: an account with a role, and a browser that is signed in with it."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db
from feedbackloop.staff import service
from tests.support.forms import submit

PASSWORD = "correct horse battery"


def signed_in(app: Flask, role: str, name: str | None = None) -> FlaskClient:
    """A browser of its own that reads English, signed in with a new account of this role."""
    email = f"{(name or role).split()[0].lower()}@ours.example"
    with app.app_context(), db.transaction():
        service.create(email, name or role.capitalize(), role, PASSWORD)
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    answer = submit(client, "/staff/sign-in", email=email, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    return client
