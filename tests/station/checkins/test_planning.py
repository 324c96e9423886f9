"""A resolved complaint leads to one question, or to the reason why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from feedbackloop.checkins import jobs, queries, service
from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.events import ComplaintsResolved
from feedbackloop.complaints.service import ComplaintInput, PersonInput
from feedbackloop.core import db as transactions
from feedbackloop.mailing import optouts
from feedbackloop.people.events import PeopleErased
from tests.support.clock import Clock
from tests.support.complainant import OPENED, RESOLVED, Complainant

DAY = timedelta(days=1)


def test_a_resolved_complaint_is_asked_about_three_days_later(people: Complainant) -> None:
    complaint = people.brings()
    (check_in,) = people.check_ins(complaint)
    assert check_in["status"] == "scheduled"
    assert check_in["cycle"] == 1
    assert check_in["due_at"] == "2026-11-05T15:00:00+00:00"
    assert check_in["sent_at"] is None
    assert people.outbox("check_in") == [("queued", None)]
    assert people.delivers() == []


def test_the_question_waits_for_the_send_window(people: Complainant) -> None:
    friday_evening = datetime(2026, 10, 30, 20, 0, tzinfo=UTC)
    complaint = people.brings(resolved_at=friday_evening)
    # Monday evening is outside of the window: Tuesday 3 November at nine in Amsterdam was an hour ago, so now.
    assert people.check_ins(complaint)[0]["due_at"] == "2026-11-03T09:00:00+00:00"


def test_an_open_complaint_is_not_asked_about(people: Complainant) -> None:
    assert people.check_ins(people.brings(resolved_at=None)) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"email": None}, "no_address"),
        ({"customer": None}, "no_address"),
        ({"resolved_at": datetime(2026, 10, 1, tzinfo=UTC), "opened_at": datetime(2026, 9, 1, tzinfo=UTC)}, "too_old"),
    ],
    ids=["without an address", "without a person", "resolved too long ago"],
)
def test_who_is_not_asked_has_a_reason(people: Complainant, given: dict[str, Any], reason: str) -> None:
    complaint = people.brings(**given)
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("suppressed", reason)
    assert people.outbox("check_in") == []
    assert people.story(complaint, "check_in") == ["suppressed"]


def test_who_opted_out_is_not_asked(people: Complainant, app: Flask) -> None:
    with app.app_context(), transactions.transaction():
        optouts.suppress("k-1@postvak.example", "check_in", optouts.OPTED_OUT, "test")
    (check_in,) = people.check_ins(people.brings())
    assert (check_in["status"], check_in["reason"]) == ("suppressed", "opted_out")


def test_who_opted_out_of_reviews_is_still_asked(people: Complainant, app: Flask) -> None:
    with app.app_context(), transactions.transaction():
        optouts.suppress("k-1@postvak.example", "review", optouts.OPTED_OUT, "test")
    assert people.check_ins(people.brings())[0]["status"] == "scheduled"


def test_planning_twice_asks_once(people: Complainant, app: Flask) -> None:
    complaint = people.brings()
    with app.app_context(), transactions.transaction():
        service.plan(ComplaintsResolved((complaint,)))
    assert len(people.check_ins(complaint)) == 1
    assert people.outbox("check_in") == [("queued", None)]
    assert people.story(complaint, "check_in") == ["planned"]


def test_thousands_are_planned_at_once(people: Complainant) -> None:
    people.upserts(
        ComplaintInput(
            source="shop",
            external_id=f"M-{number}",
            opened_at=OPENED,
            resolved_at=RESOLVED,
            customer=PersonInput(email=f"m{number}@postvak.example" if number % 2 else None, name="M"),
        )
        for number in range(3000)
    )
    assert people.count(CheckIn) == 3000
    assert people.outbox("check_in") == [("queued", None)] * 1500


def test_reopened_first_is_never_asked(people: Complainant, clock: Clock) -> None:
    complaint = people.brings()
    people.reopens(complaint)
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("cancelled", "reopened")
    assert people.outbox("check_in") == [("cancelled", "reopened")]
    clock.advance(5 * DAY)
    assert people.delivers() == []


def test_a_second_resolution_asks_a_second_time(people: Complainant, clock: Clock) -> None:
    complaint = people.brings()
    people.reopens(complaint)
    clock.advance(DAY)
    people.resolves(complaint)
    first, second = people.check_ins(complaint)
    assert (first["cycle"], first["status"]) == (1, "cancelled")
    assert (second["cycle"], second["status"]) == (2, "scheduled")
    assert "/check-in/" in people.is_asked(complaint)


def test_a_corrected_date_moves_the_question(people: Complainant) -> None:
    complaint = people.brings()
    later = RESOLVED + timedelta(hours=2)
    people.brings(resolved_at=RESOLVED - timedelta(days=3) + timedelta(hours=2))
    assert people.check_ins(complaint)[0]["due_at"] == "2026-11-03T09:00:00+00:00"
    people.brings(resolved_at=later)
    (check_in,) = people.check_ins(complaint)
    # 17.00 hours UTC is 18.00 in Amsterdam, when the window has closed: the next morning.
    assert check_in["due_at"] == "2026-11-06T08:00:00+00:00"
    assert check_in["cycle"] == 1


def test_a_date_that_turns_out_old_stops_the_question_and_a_young_one_starts_it(people: Complainant) -> None:
    complaint = people.brings(opened_at=datetime(2026, 9, 1, tzinfo=UTC))
    people.brings(opened_at=datetime(2026, 9, 1, tzinfo=UTC), resolved_at=datetime(2026, 9, 20, tzinfo=UTC))
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("suppressed", "too_old")
    assert people.outbox("check_in") == [("cancelled", "too_old")]


def test_one_that_was_too_old_is_planned_after_all(people: Complainant) -> None:
    early = datetime(2026, 9, 1, tzinfo=UTC)
    complaint = people.brings(opened_at=early, resolved_at=datetime(2026, 9, 20, tzinfo=UTC))
    assert people.check_ins(complaint)[0]["status"] == "suppressed"
    people.brings(opened_at=early, resolved_at=RESOLVED)
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("scheduled", None)
    assert people.outbox("check_in") == [("queued", None)]


def test_the_state_of_the_mail_shows_in_the_check_in(people: Complainant, clock: Clock, app: Flask) -> None:
    complaint = people.brings()
    clock.advance(3 * DAY)
    assert people.check_ins(complaint)[0]["status"] == "queued"
    people.sink.faults.put_off = ["k-1@*"]
    people.delivers()
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("queued", "retry")
    people.sink.faults.put_off = []


def test_an_address_that_does_not_exist_ends_the_check_in(people: Complainant, clock: Clock) -> None:
    complaint = people.brings()
    people.sink.faults.refuse = ["k-1@*"]
    clock.advance(3 * DAY)
    people.delivers()
    people.sink.faults.refuse = []
    (check_in,) = people.check_ins(complaint)
    assert check_in["status"] == "bounced"
    assert check_in["reason"]


def test_a_mail_that_came_too_late_expires_with_its_check_in(people: Complainant, clock: Clock) -> None:
    complaint = people.brings()
    clock.advance(30 * DAY)
    assert people.delivers() == []
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("expired", "too_late")


def test_one_reminder_follows_the_question(people: Complainant, clock: Clock) -> None:
    complaint = people.brings()
    clock.advance(3 * DAY)
    assert len(people.delivers()) == 1
    sent = clock.now
    assert people.check_ins(complaint)[0]["sent_at"] == sent.isoformat()
    clock.advance(4 * DAY)
    assert people.delivers() == []
    clock.advance(3 * DAY)  # five days on it is a Wednesday
    (reminder,) = people.delivers()
    assert "herinnering" in reminder.text
    clock.advance(30 * DAY)
    assert people.delivers() == []
    assert people.check_ins(complaint)[0]["status"] == "sent"


def test_no_reminder_after_an_answer(people: Complainant, clock: Clock) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), "yes")
    assert people.outbox("check_in_reminder") == [("cancelled", "answered")]


def test_no_reminder_about_a_complaint_that_was_reopened(people: Complainant, clock: Clock) -> None:
    complaint = people.brings()
    people.is_asked(complaint)
    people.reopens(complaint)
    assert people.outbox("check_in_reminder") == [("cancelled", "reopened")]


def test_a_question_without_an_answer_closes_when_its_link_has_lived(
    people: Complainant, clock: Clock, app: Flask
) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    clock.advance(89 * DAY)
    with app.app_context():
        jobs.expire()
    assert people.check_ins(complaint)[0]["status"] == "sent"
    clock.advance(2 * DAY)
    with app.app_context():
        jobs.expire()
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("expired", "link_expired")
    assert app.test_client().get(path).status_code == 410


def test_erasure_stops_the_question_and_forgets_the_words(people: Complainant, app: Flask) -> None:
    asked = people.brings("K-1", email="same@postvak.example")
    path = people.is_asked(asked)
    people.answers(path, "no", comment="Mijn naam is Marleen en ik woon op nummer 12.")
    waiting = people.brings("K-2", email="same@postvak.example")
    with app.app_context(), transactions.transaction():
        customer = queries.by_id(int(people_id(people, asked)))
        assert customer is not None
        service.erase(PeopleErased((customer.complaint.customer_id or 0,)))
    with app.app_context():
        answers = queries.latest_answers([int(people_id(people, asked))])
        assert [answer.comment for answer in answers.values()] == [None]
    assert people.check_ins(waiting)[0]["status"] == "cancelled"
    assert people.check_ins(waiting)[0]["reason"] == "erased"


def people_id(people: Complainant, complaint: int) -> str:
    found: str = people.check_ins(complaint)[0]["id"]
    return found
