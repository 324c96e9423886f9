"""A kind of mail of the tests' own, and what they ask of the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import select, update

from feedbackloop.core import clock as product_clock
from feedbackloop.core import db as transactions
from feedbackloop.core import events
from feedbackloop.core.decisions import Decision, no
from feedbackloop.extensions import db
from feedbackloop.mailing import control, delivery, kinds, service
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.mailing.kinds import MailKind, Row
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.models import Customer

TEMPLATES = {
    "mail/note/subject.txt": "About {{ thing }}",
    "mail/note/body.txt": "Dear {{ recipient_name }},\n\nThis is about {{ thing }}.\n{{ unsubscribe_url }}\n",
    "mail/note/body.html": (
        "<html><head><style>p { color: #123456 }</style></head>"
        "<body><p>Dear {{ recipient_name }}, {{ thing }}</p></body></html>"
    ),
    "mail/reply/subject.txt": "{{ _('Yes') }}",
    "mail/reply/body.txt": "A reply\n",
    "mail/reply/body.html": "<p>A reply</p>",
}


@dataclass
class Office:
    """Writes mails of the tests' kinds and looks at what became of them."""

    app: Flask
    things: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    sent: list[MailsSent] = field(default_factory=list)
    ended: list[MailsEnded] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)

    def customer(self, email: str | None, **values: Any) -> int:
        with self.app.app_context(), transactions.transaction():
            made = Customer(
                **{
                    "name": "Zoë Brouwer",
                    "email": email,
                    "email_key": email,
                    "created_at": product_clock.now(),
                    **values,
                }
            )
            db.session.add(made)
            db.session.flush()
            return made.id

    def plan(
        self, count: int = 1, *, kind: str = "note", locale: str | None = "nl", start: int = 1, **values: Any
    ) -> list[int]:
        """So many mails of this kind, to people `person<n>@example.org`; the outbox ids."""
        mails = []
        for subject in range(start, start + count):
            person = values.pop("customer_id", None) or self.customer(f"person{subject}@example.org", locale=locale)
            mails.append(service.NewMail(kind, subject, values.get("due_at", product_clock.now()), customer_id=person))
        with self.app.app_context(), transactions.transaction():
            service.plan_mails(mails)
            subjects = range(start, start + count)
            return list(
                db.session.scalars(
                    select(Outbox.id)
                    .where(Outbox.kind == kind, Outbox.subject_id.in_(subjects))
                    .order_by(Outbox.subject_id)
                )
            )

    def drain(self, ids: Sequence[int] = ()) -> int:
        with self.app.app_context():
            return delivery.drain(ids)

    def hold(self) -> control.Hold | None:
        with self.app.app_context():
            return control.hold(transactions.now())

    def row(self, mail_id: int) -> Outbox:
        with self.app.app_context():
            found = db.session.get_one(Outbox, mail_id)
            db.session.expunge(found)
            return found

    def change(self, mail_id: int, **values: Any) -> None:
        with self.app.app_context(), transactions.transaction():
            db.session.execute(update(Outbox).where(Outbox.id == mail_id).values(**values))

    def statuses(self) -> dict[str, int]:
        with self.app.app_context():
            found: dict[str, int] = {}
            for status in db.session.scalars(select(Outbox.status)):
                found[status] = found.get(status, 0) + 1
            return found

    # What a kind of mail has to offer

    def may_send(self, rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
        return {row.id: no(self.refused[row.subject_id]) for row in rows if row.subject_id in self.refused}

    def content(self, rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
        if any(row.subject_id in self.broken for row in rows):
            raise KeyError("a word of somebody")
        return {row.id: {"thing": self.things.get(row.subject_id, f"case {row.subject_id}")} for row in rows}


@pytest.fixture
def office(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The product with two kinds of mail of our own: `note`, which has an opt-out, and `reply`, which has none."""
    made = Office(app)
    own = [
        MailKind("note", "check_in", made.may_send, made.content, timedelta(days=14)),
        MailKind("reply", None, made.may_send, made.content, timedelta(days=3), in_window=False),
    ]
    app.extensions.pop("feedbackloop.post", None)  # what was compiled is of the templates that were there before
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), app.jinja_env.loader])  # type: ignore[list-item]
    monkeypatch.setattr(kinds, "_kinds", {kind.name: kind for kind in own})
    monkeypatch.setattr(events, "_follows", {MailsSent: (made.sent.append,), MailsEnded: (made.ended.append,)})
    yield made
    with app.app_context():
        db.session.remove()
