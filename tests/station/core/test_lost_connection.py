"""A database that goes away between a page's last question and its end."""

from __future__ import annotations

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url, text

from feedbackloop.extensions import db


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_page_that_was_made_outlives_its_connection(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context():
        mine = db.session.scalar(text("SELECT pg_backend_pid()"))
        url = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
    assert "connection_lost_after_use" in caplog.text
    with app.app_context():
        assert db.session.scalar(text("SELECT 1")) == 1
