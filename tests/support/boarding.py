"""A board full of people, straight in the tables: how they came there is tested elsewhere."""

from __future__ import annotations

from datetime import timedelta

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import CONSENTS, STAGES
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import events
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleChanged
from feedbackloop.people.models import Consent, Customer
from tests.support.reviewer import DAY, Reviewer

NAMES = ("Saskia", "Mirjam", "Karim", "Ilse", "Youssef", "Hedwig", "Bram", "Noor")
CATEGORIES = ("bezorging", "webwinkel", "winkel")
DONE = (
    "Al het geld terug. Twee mensen tellen nu na.",
    "Dubbele betaling teruggestort.",
    "Kassa nagekeken en de bon gestuurd. De winkelleider heeft gebeld om het uit te leggen, en excuses gemaakt.",
    "Nieuwe taart gebracht, dezelfde dag.",
    "Drempelhulp geplaatst.",
)
QUOTES = ("Binnen twee uur stond er een nieuwe.", "Ze stonden zelf aan de deur.", "Nu kom ik weer alleen binnen.")
STEPS = ("Bedanken", "Vragen om een foto", "Bellen", None, None, None)


def fill(people: Reviewer, number: int) -> list[int]:
    """So many people, of all kinds, in all columns; their ids, the first in the list first."""
    with people.writing():
        ids = [_person(people, one) for one in range(number)]
        events.emit(PeopleChanged(tuple(db.session.scalars(db.select(Ambassador.customer_id)))))
    return ids


def _person(people: Reviewer, one: int) -> int:
    now = people.clock.now
    customer = Customer(name=f"{NAMES[one % len(NAMES)]} Voorbeeld", locale=("nl", "en")[one % 5 == 0], created_at=now)
    db.session.add(customer)
    db.session.flush()
    complaint = Complaint(
        source="shop",
        external_id=f"K-{2468 - one}",
        customer_id=customer.id,
        status="confirmed",
        category=CATEGORIES[one % len(CATEGORIES)],
        opened_at=now - 60 * DAY,
        resolved_at=now - 50 * DAY,
        confirmed_at=now - 49 * DAY,
        resolution=DONE[one % len(DONE)],
        created_at=now,
        updated_at=now,
    )
    db.session.add(complaint)
    db.session.flush()
    check_in = CheckIn(
        complaint_id=complaint.id, cycle=1, status="answered", due_at=now, answered_at=now, created_at=now
    )
    db.session.add(check_in)
    db.session.flush()
    quotable = one % 3 == 0
    answer = Answer(check_in_id=check_in.id, version=1, satisfied="yes", recorded_by="customer", answered_at=now)
    answer.recommend, answer.comment, answer.quote_consent = 10 - one % 5, QUOTES[one % len(QUOTES)], quotable
    db.session.add(answer)
    allowed = [
        purpose for place, purpose in enumerate(CONSENTS) if (quotable if place == 0 else one % (4 + place) == 0)
    ]
    for purpose in allowed:
        db.session.add(Consent(customer_id=customer.id, purpose=purpose, text_version="1", text="Ja", given_at=now))
    found = Ambassador(
        customer_id=customer.id,
        complaint_id=complaint.id,
        stage=STAGES[one % len(STAGES)],
        stage_since=now - timedelta(days=one % 40, minutes=one),
        next_step=STEPS[one % len(STEPS)],
        next_step_on=now.date() + timedelta(days=one % 9) if STEPS[one % len(STEPS)] else None,
        created_at=now,
    )
    if one % 6 == 5:
        found.not_now_until, found.not_now_reason = now.date() + timedelta(days=30 + one), "Drukke tijd in de winkel"
    db.session.add(found)
    db.session.flush()
    return found.id
