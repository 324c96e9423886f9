"""Many people on the board at once, by rows alone: of every kind there is, some at the very same moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from flask import Flask

from feedbackloop.ambassadors import counting
from feedbackloop.ambassadors.models import Ambassador, Tag
from feedbackloop.ambassadors.rules import CONSENTS, STAGES
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.people.models import Consent, Customer
from feedbackloop.staff import service as staff

CATEGORIES = ("bezorging", "winkel", None)
LOCALES = ("nl", "nl-BE", "en", "en-GB", "de", None)
TAGS = ("beurs", "vip")
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def gathers(app: Flask, people: int) -> None:
    """So many people, whose copies and counts are then made as after an upgrade."""
    chance = Random(6)  # noqa: S311 - the same each time
    with app.app_context():
        with transactions.transaction():
            password = "correct horse battery"
            owners = [staff.create(f"{n}@ours.example", f"Eigenaar {n}", "marketing", password).id for n in range(2)]
            for number in range(1, people + 1):
                _comes(number, owners, chance)
        counting.rebuild()


def _comes(number: int, owners: list[int], chance: Random) -> None:
    since = NOW - timedelta(hours=number // 3)
    customer = Customer(name=f"Klant{number} Achternaam", locale=chance.choice(LOCALES), created_at=since)
    db.session.add(customer)
    db.session.flush()
    complaint = Complaint(
        source="winkel", external_id=f"K-{number}", customer_id=customer.id, status="confirmed", cycle=1,
        category=chance.choice(CATEGORIES), resolution="Geld terug", opened_at=since, created_at=since,
        updated_at=since,
    )  # fmt: skip
    db.session.add(complaint)
    db.session.flush()
    question = CheckIn(complaint_id=complaint.id, cycle=1, status="answered", due_at=since, created_at=since)
    db.session.add(question)
    db.session.flush()
    allowed = [one for one in CONSENTS if chance.random() < 0.3]
    db.session.add(
        Answer(check_in_id=question.id, version=1, satisfied="yes", recommend=chance.choice((None, 3, 7, 9, 10)),
               comment=f"Woorden van {number}", quote_consent="quote" in allowed, recorded_by="test", answered_at=since)
    )  # fmt: skip
    for purpose in allowed:
        case = complaint.id if chance.random() < 0.5 else None
        db.session.add(Consent(customer_id=customer.id, complaint_id=case, purpose=purpose, text_version="1",
                               text="Ja", given_at=since))  # fmt: skip
    later = chance.random() < 0.2
    one = Ambassador(
        customer_id=customer.id, complaint_id=complaint.id, stage=chance.choice(STAGES), stage_since=since,
        left_at=NOW if chance.random() < 0.1 else None,
        not_now_until=NOW.date() + timedelta(days=chance.randint(1, 9)) if later else None,
        next_step_on=NOW.date() + timedelta(days=chance.randint(-9, 9)) if chance.random() < 0.3 else None,
        owner_id=chance.choice((None, None, *owners)), created_at=since,
    )  # fmt: skip
    db.session.add(one)
    db.session.flush()
    for tag in TAGS:
        if chance.random() < 0.2:
            db.session.add(Tag(ambassador_id=one.id, tag=tag))
