"""Nobody waits for ever for a PostgreSQL that stands still; a sleeping statement is as still as one."""

from __future__ import annotations

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from feedbackloop.core import patience
from tests.support.postgres import Postgres

pytestmark = pytest.mark.postgresql


@pytest.fixture
def url(postgres_server: Postgres) -> str:
    return make_url(postgres_server.url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_a_wait_that_is_too_long_ends_and_closes_the_connection(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_FOR_A_JOB_S", 0.3)
    connection = patience.PatientConnection.connect(url)
    assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="does not answer"):
        connection.execute("SELECT pg_sleep(60)")
    assert connection.closed


def test_a_person_waits_less(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_FOR_A_PERSON_S", 0.3)
    with Flask("page").test_request_context(), patience.PatientConnection.connect(url) as connection:
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT pg_sleep(60)")
        assert connection.closed
    with patience.PatientConnection.connect(url) as connection:
        assert connection.execute("SELECT pg_sleep(1)").fetchone() == ("",)
