"""People who were asked, and what comes back about the mails that they got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from feedbackloop.core import clock as product_clock
from feedbackloop.core.keys import address_keys
from feedbackloop.extensions import db
from feedbackloop.mailing.incoming import intake, jobs, verp
from feedbackloop.mailing.incoming.models import Received, Reply
from feedbackloop.mailing.incoming.service import Taken
from feedbackloop.mailing.models import Outbox, Suppression
from tests.support import relays
from tests.support.clock import Clock
from tests.support.complainant import Complainant
from tests.support.smtp import Sink


@dataclass(frozen=True)
class Asked:
    """Somebody who was sent a check-in."""

    complaint_id: int
    mail_id: int
    uuid: str
    message_id: str
    address: str


@dataclass
class Post:
    """Brings mail and events back, and looks at what was made of them."""

    app: Flask
    people: Complainant
    numbers: list[int] = field(default_factory=list)

    def asks(self, external_id: str = "K-1", **given: Any) -> Asked:
        complaint_id = self.people.brings(external_id, **given)
        self.people.is_asked(complaint_id)
        return self.mail_about(complaint_id)

    def mail_about(self, complaint_id: int) -> Asked:
        with self.app.app_context():
            wanted = (Outbox.complaint_id == complaint_id, Outbox.kind == "check_in")
            row = db.session.scalars(select(Outbox).where(*wanted).order_by(Outbox.id.desc())).first()
            assert row is not None
        to = [self.people.recipient(mail) for mail in self.people.sink.messages]
        return Asked(complaint_id, row.id, row.uuid, f"<{row.uuid}.check_in@ours.example>", to[-1] if to else "")

    def takes(self, raw: bytes, envelope: Sequence[str] = ()) -> Taken:
        with self.app.app_context():
            return intake.take(raw, "pipe", envelope)

    def hears(self, provider: str, sent: relays.Sent) -> TestResponse:
        return self.app.test_client().post(f"/hooks/mail/{provider}", data=sent.body, headers=sent.headers)

    def looks_again(self) -> None:
        with self.app.app_context():
            jobs.look_again()

    def return_address(self, mail_id: int) -> str:
        with self.app.app_context():
            return verp.envelope_sender(mail_id)

    def mail(self, mail_id: int) -> Outbox:
        with self.app.app_context():
            found = db.session.get_one(Outbox, mail_id)
            db.session.expunge(found)
            return found

    def suppressed(self, address: str) -> str | None:
        """The reason for which this address gets no mail at all now."""
        with self.app.app_context():
            key = address_keys([address]).get(address)
            row = db.session.scalar(select(Suppression).where(Suppression.address_key == key))
            live = row is not None and (row.expires_at is None or row.expires_at > product_clock.now())
            return row.reason if row is not None and live else None

    def received(self) -> list[Received]:
        return self._all(Received)

    def replies(self) -> list[Reply]:
        return self._all(Reply)

    def count(self, model: type[Any]) -> int:
        with self.app.app_context():
            return db.session.scalar(select(func.count()).select_from(model)) or 0

    def check_in(self, complaint_id: int) -> str:
        return str(self.people.check_ins(complaint_id)[-1]["status"])

    def _all(self, model: type[Any]) -> list[Any]:
        with self.app.app_context():
            found = list(db.session.scalars(select(model).order_by(model.id)))
            db.session.expunge_all()
            return found


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    settings_env.update(relays.settings())
    settings_env["FEEDBACKLOOP_BOUNCE_ADDRESS"] = "bounces+*@ours.example"
    # Each complaint has a mail of its own, also where one person has several.
    settings_env["FEEDBACKLOOP_FREQUENCY_CAP"] = "off"
    return settings_env


@pytest.fixture
def post(app: Flask, sink: Sink, clock: Clock, queued: object) -> Post:
    return Post(app, Complainant(app, sink, clock))
