"""Colleagues of every role, signed in, over the sample organisation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support import colleague, organisation

AsRole = Callable[[str], FlaskClient]


@pytest.fixture
def loop_app(app: Flask) -> Flask:
    """The sample organisation: rows at every station."""
    organisation.bring(app)
    return app


@pytest.fixture
def as_role(app: Flask) -> AsRole:
    """A browser that is signed in with a new account of this role."""
    return lambda role: colleague.signed_in(app, role)
