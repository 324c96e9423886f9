"""Intake without what follows, which is told of in a list; and other systems with a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedbackloop import loop
from feedbackloop.complaints import queries, service
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput
from feedbackloop.core import db as transactions
from feedbackloop.core import events
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.staff import keyring
from feedbackloop.staff import service as accounts
from tests.support.clock import Clock
from tests.support.forms import submit

PASSWORD = "correct horse battery"


@dataclass
class Intake:
    """Brings complaints in, and reads what became of them. `told` holds the events, in order."""

    app: Flask
    clock: Clock
    told: list[object]

    def brings(self, *records: ComplaintInput, actor: str = "api:1") -> list[str]:
        """One batch in one transaction; what became of each record."""
        self.told.clear()
        with self.app.app_context(), transactions.transaction():
            return [outcome.what for outcome in service.upsert(records, actor)]

    def does(self, verb: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """A verb of the service in a transaction of its own."""
        self.told.clear()
        with self.app.app_context(), transactions.transaction():
            return verb(*given, **more)

    def finds(self, external_id: str = "1", source: str = "shop") -> Complaint:
        """The complaint as it stands, with its person."""
        with self.app.app_context():
            found = queries.by_key(source, external_id)
            assert found is not None
            db.session.expunge_all()
            return found

    def story(self, complaint_id: int) -> list[str]:
        """What history says of it."""
        with self.app.app_context():
            rows = db.session.scalars(select(History).where(History.complaint_id == complaint_id).order_by(History.id))
            return [row.what for row in rows]


@pytest.fixture
def intake(app: Flask, clock: Clock) -> Iterator[Intake]:
    """Complaints alone: what follows from an event is only noted."""
    told: list[object] = []
    events.follow(dict.fromkeys(loop.FOLLOWS, (told.append,)))
    yield Intake(app, clock, told)
    events.follow(loop.FOLLOWS)


@dataclass
class Api:
    """Another system, with a token."""

    client: FlaskClient
    token: str

    def post(self, body: Any, **more: Any) -> TestResponse:
        return self.client.post("/api/v1/complaints", json=body, headers=self._headers, **more)

    def send(self, body: bytes, content_type: str = "application/json") -> TestResponse:
        """Raw bytes, as no library would make them."""
        return self.client.post("/api/v1/complaints", data=body, headers=self._headers, content_type=content_type)

    def get(self, path: str = "", **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1/complaints{path}", query_string=query, headers=self._headers)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


Connect = Callable[[Sequence[str]], Api]


@pytest.fixture
def connect(app: Flask) -> Connect:
    """A system whose token has these scopes."""

    def connected(scopes: Sequence[str]) -> Api:
        with app.app_context(), transactions.transaction():
            token = keyring.create(f"test {'+'.join(scopes)}", list(scopes))
        return Api(app.test_client(), token)

    return connected


@pytest.fixture
def api(connect: Connect) -> Api:
    return connect(["intake", "read"])


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser signed in with a role."""

    def signed_in(role: str) -> FlaskClient:
        with app.app_context(), transactions.transaction():
            accounts.create(f"{role}@ours.example", f"Noor {role.title()}", role, PASSWORD, locale="en")
        client = app.test_client()
        answer = submit(client, "/staff/sign-in", email=f"{role}@ours.example", password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return client

    return signed_in
