"""Colleagues of every role, signed in, over the sample organisation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db
from feedbackloop.sample import loader
from tests.support import colleague

AsRole = Callable[[str], FlaskClient]


@pytest.fixture
def loop_app(app: Flask) -> Flask:
    """The sample organisation: rows at every station."""
    with app.app_context(), db.transaction():
        loader.load()
    return app


@pytest.fixture
def as_role(app: Flask) -> AsRole:
    """A browser that is signed in with a new account of this role."""
    return lambda role: colleague.signed_in(app, role)
