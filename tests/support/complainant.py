"""Complaints brought, resolved, mailed and answered through the product's own verbs and pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from feedbackloop.checkins import queries as checkins
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput, HandlerInput, PersonInput
from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.core.history import History
from feedbackloop.extensions import Base, db
from feedbackloop.mailing import delivery
from feedbackloop.mailing.models import Outbox
from tests.support.clock import Clock
from tests.support.smtp import Received, Sink

OPENED = datetime(2026, 10, 27, 8, 30, tzinfo=UTC)
RESOLVED = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
_PATH = re.compile(r"https?://[^/\s]+(/[^\s\"<>]+)")


@dataclass
class Complainant:
    """Everything a test does with complaints; each verb is a transaction of its own, as an entry point's is."""

    app: Flask
    sink: Sink
    clock: Clock

    def brings(self, external_id: str = "K-1", **given: Any) -> int:
        """A complaint, resolved unless `resolved_at=None`; its id. `email`, `name`, `locale`, `handler`: shortcuts."""
        person = {
            "name": given.pop("name", "Marleen Osinga"),
            "email": given.pop("email", f"{external_id.lower()}@postvak.example"),
            "locale": given.pop("locale", "nl"),
            "phone": given.pop("phone", None),
        }
        handler = given.pop("handler", ("Youssef Amrani", "youssef@ours.example"))
        fields = {
            "subject": "Bestelling te laat",
            "summary": "De bestelling voor het feest van mijn moeder kwam een uur te laat. Er misten zes broodjes.",
            "opened_at": OPENED,
            "resolved_at": RESOLVED,
            "resolution": "U kreeg al uw geld terug, € 48,60.",
            "apology_given": True,
            "prevention": "Voortaan tellen twee mensen elke bestelling na.",
            "customer": PersonInput(**person),
            "handler": HandlerInput(*handler) if handler else None,
            **given,
        }
        return self.upserts([ComplaintInput(source="shop", external_id=external_id, **fields)])[0]

    def upserts(self, records: Iterable[ComplaintInput]) -> list[int]:
        with self.app.app_context(), transactions.transaction():
            return [outcome.id for outcome in complaints.upsert(list(records), "api:1")]

    def reopens(self, complaint_id: int, by: str = "staff") -> None:
        with self.app.app_context(), transactions.transaction():
            complaints.reopen([complaint_id], "staff:1", by=by)

    def resolves(self, complaint_id: int, resolution: str = "Wij brachten de broodjes alsnog.") -> None:
        with self.app.app_context(), transactions.transaction():
            complaints.resolve(complaint_id, "staff:1", resolution=resolution)

    def check_ins(self, complaint_id: int) -> list[dict[str, Any]]:
        """As the API shows them."""
        with self.app.app_context():
            return checkins.for_complaints([complaint_id]).get(complaint_id, [])

    def status(self, complaint_id: int) -> str:
        with self.app.app_context():
            return db.session.get_one(Complaint, complaint_id).status

    def delivers(self) -> list[Received]:
        """Sends all that is due; what arrived by it."""
        before = len(self.sink.messages)
        with self.app.app_context():
            delivery.drain()
        return self.sink.messages[before:]

    def is_asked(self, complaint_id: int) -> str:
        """Waits until the question of the present cycle is due, sends it, and gives the path of its form."""
        check_in = self.check_ins(complaint_id)[-1]
        self.clock.set(max(self.clock.now, datetime.fromisoformat(check_in["due_at"])))
        path = self.link(check_in)
        assert any(path in mail.text for mail in self.delivers()), f"nobody was asked about {complaint_id}"
        return path

    def link(self, check_in: dict[str, Any]) -> str:
        """The path of the form behind a check-in that the API showed."""
        with self.app.app_context():
            return f"/check-in/{tokens.make('check-in', check_in['id'])}"

    def answers(self, path: str, satisfied: str = "yes", **fields: Any) -> TestResponse:
        client: FlaskClient = self.app.test_client()
        return client.post(path, data={"satisfied": satisfied, **fields})

    def outbox(self, kind: str) -> list[tuple[str, str | None]]:
        """Status and reason of the mails of this kind, in the order they were planned."""
        with self.app.app_context():
            rows = db.session.execute(
                select(Outbox.status, Outbox.reason).where(Outbox.kind == kind).order_by(Outbox.id)
            )
            return [(row.status, row.reason) for row in rows]

    def count(self, model: type[Base]) -> int:
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(model)) or 0

    def story(self, complaint_id: int, subject: str) -> list[str]:
        """What history kept of one complaint and one kind of thing."""
        with self.app.app_context():
            wanted = (History.complaint_id == complaint_id, History.subject == subject)
            return list(db.session.scalars(select(History.what).where(*wanted).order_by(History.id)))

    @staticmethod
    def path(mail: Received, under: str) -> str:
        """The first path in the text of a mail that begins so."""
        found = [match[1] for match in _PATH.finditer(mail.text) if match[1].startswith(under)]
        assert found, f"no {under} in: {mail.text}"
        return found[0]

    @staticmethod
    def recipient(mail: Received) -> str:
        return getaddresses([str(mail.message["To"])])[0][1]


def masked(text: str) -> str:
    """A mail's text without what differs from run to run: the tokens in its links, and the line ends of the way."""
    return re.sub(r"(/(?:check-in|case|review|unsubscribe)/)[^\s?\"<]+", r"\1TOKEN", text.replace("\r\n", "\n"))
