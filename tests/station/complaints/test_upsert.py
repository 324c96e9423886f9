"""What a record changes, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from feedbackloop.complaints import queries, service
from feedbackloop.complaints.events import ComplaintsChanged, ComplaintsReopened, ComplaintsResolved, ResolutionsRedated
from feedbackloop.complaints.service import ComplaintInput, HandlerInput, PersonInput
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.people.models import Customer
from tests.station.complaints.conftest import Intake

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(external_id: str = "1", **given: Any) -> ComplaintInput:
    return ComplaintInput("shop", external_id, **given)


def people(intake: Intake) -> list[tuple[str | None, str | None]]:
    with intake.app.app_context():
        return [
            (row[0], row[1]) for row in db.session.execute(select(Customer.name, Customer.email).order_by(Customer.id))
        ]


def test_a_new_complaint_is_open_and_dated_now(intake: Intake) -> None:
    assert intake.brings(record(subject="Late")) == ["created"]
    found = intake.finds()
    assert (found.status, found.cycle, found.subject, found.customer_id) == ("open", 0, "Late", None)
    assert found.opened_at == found.created_at == intake.clock.now
    assert intake.story(found.id) == ["created"]
    assert intake.told == []


def test_a_new_complaint_may_be_resolved_already(intake: Intake) -> None:
    assert intake.brings(record(resolved_at=MONDAY)) == ["created"]
    found = intake.finds()
    assert (found.status, found.cycle, found.resolved_at) == ("resolved", 1, MONDAY)
    assert found.opened_at == MONDAY, "without a date of its own it is not newer than its resolution"
    assert found.flag is None
    assert intake.told == [ComplaintsResolved((found.id,))]
    assert intake.story(found.id) == ["created", "resolved"]


def test_what_is_absent_stays_and_what_is_null_goes(intake: Intake) -> None:
    intake.brings(record(subject="Late", category="delivery", handler=HandlerInput("An", "an@ours.example")))
    assert intake.brings(record(category=None, handler=HandlerInput(name=None))) == ["updated"]
    found = intake.finds()
    assert (found.subject, found.category) == ("Late", None)
    assert (found.handler_name, found.handler_email) == (None, "an@ours.example")
    intake.brings(record(handler=None))
    assert intake.finds().handler_email is None


def test_the_same_again_changes_nothing_at_all(intake: Intake) -> None:
    said = record(subject="Late", resolved_at=MONDAY, customer=PersonInput("Jan", "jan@mail.example"), fault="us")
    intake.brings(said)
    before = intake.finds()
    intake.clock.advance(HOUR)
    assert intake.brings(said) == ["unchanged"]
    after = intake.finds()
    assert after.updated_at == before.updated_at
    assert intake.told == []
    assert intake.story(after.id) == ["created", "resolved"]


def test_a_change_is_dated_and_named_without_its_words(intake: Intake) -> None:
    intake.brings(record(subject="Late"))
    intake.clock.advance(HOUR)
    assert intake.brings(record(subject="Much too late")) == ["updated"]
    found = intake.finds()
    assert found.updated_at == intake.clock.now
    assert found.created_at == intake.clock.now - HOUR
    assert intake.story(found.id) == ["created", "changed"]


def test_a_date_resolves_a_changed_date_corrects_and_null_reopens(intake: Intake) -> None:
    intake.brings(record())
    assert intake.brings(record(resolved_at=MONDAY)) == ["updated"]
    found = intake.finds()
    assert intake.told == [ComplaintsResolved((found.id,))]
    assert intake.brings(record(resolved_at=MONDAY + HOUR)) == ["updated"]
    assert intake.told == [ResolutionsRedated((found.id,))]
    assert intake.finds().cycle == 1
    assert intake.brings(record(resolved_at=None)) == ["updated"]
    assert intake.told == [ComplaintsReopened((found.id,), by="intake")]
    again = intake.finds()
    assert (again.status, again.resolved_at, again.reopened_at) == ("reopened", None, intake.clock.now)
    assert intake.brings(record(resolved_at=MONDAY + HOUR)) == ["unchanged"], "a replay"
    assert intake.brings(record(resolved_at=MONDAY + 2 * HOUR)) == ["updated"]
    assert (intake.finds().status, intake.finds().cycle) == ("resolved", 2)
    assert intake.story(found.id) == ["created", "resolved", "corrected", "reopened", "resolved"]


def test_an_older_resolution_does_not_undo_what_the_person_said(intake: Intake) -> None:
    intake.brings(record(resolved_at=MONDAY))
    found = intake.finds()
    assert intake.does(service.reopen, [found.id], "customer:1", by="answer") == [found.id]
    assert intake.told == [ComplaintsReopened((found.id,), by="answer")]
    for said in (MONDAY - HOUR, MONDAY, intake.clock.now):
        assert intake.brings(record(resolved_at=said)) == ["unchanged"]
    assert intake.finds().status == "reopened"
    assert intake.brings(record(resolved_at=intake.clock.now + HOUR)) == ["updated"]
    assert intake.finds().cycle == 2


def test_a_resolution_before_the_complaint_is_taken_and_flagged(intake: Intake) -> None:
    intake.brings(record(opened_at=MONDAY, resolved_at=MONDAY - HOUR))
    assert intake.finds().flag == "resolved_before_opened"
    intake.brings(record(opened_at=MONDAY - 2 * HOUR))
    assert intake.finds().flag is None


def test_a_key_that_comes_twice_in_a_batch_is_heard_in_order(intake: Intake) -> None:
    said = [record(subject="one"), record("2"), record(subject="two", resolved_at=MONDAY), record(resolved_at=None)]
    assert intake.brings(*said) == ["created", "created", "updated", "updated"]
    found = intake.finds()
    assert (found.subject, found.status) == ("two", "reopened")
    resolved, corrected, reopened = intake.told
    assert (resolved, corrected) == (ComplaintsResolved((found.id,)), ComplaintsChanged((found.id,)))
    assert reopened == ComplaintsReopened((found.id,), by="intake")


def test_a_batch_tells_of_each_kind_once(intake: Intake) -> None:
    intake.brings(*(record(str(n), resolved_at=MONDAY) for n in range(30)))
    assert [type(event) for event in intake.told] == [ComplaintsResolved]
    assert len(intake.told[0].ids) == 30  # type: ignore[attr-defined]


def test_one_source_does_not_know_the_others_numbers(intake: Intake) -> None:
    assert intake.brings(record(), ComplaintInput("desk", "1")) == ["created", "created"]


@pytest.mark.parametrize("spelled", ["jan@mail.example", "JAN@mail.example", "Jan@Mail.Example"])
def test_one_address_is_one_person(intake: Intake, spelled: str) -> None:
    intake.brings(record("1", customer=PersonInput("Jan", "jan@mail.example")))
    intake.brings(record("2", customer=PersonInput(email=spelled)))
    assert intake.finds("1").customer_id == intake.finds("2").customer_id
    assert people(intake) == [("Jan", "jan@mail.example")]


def test_a_person_without_an_address_gets_it_later(intake: Intake) -> None:
    intake.brings(record(customer=PersonInput("Jan", phone="0612345678")))
    own = intake.finds().customer_id
    assert intake.brings(record(customer=PersonInput(email="jan@mail.example"))) == ["updated"]
    assert intake.finds().customer_id == own
    assert people(intake) == [("Jan", "jan@mail.example")]


def test_a_later_address_that_is_known_leads_to_who_is_known(intake: Intake) -> None:
    intake.brings(record("1", customer=PersonInput("Jan de Vries", "jan@mail.example")))
    intake.brings(record("2", customer=PersonInput("Jan")))
    intake.brings(record("2", customer=PersonInput(email="jan@mail.example")))
    assert intake.finds("2").customer_id == intake.finds("1").customer_id


def test_nothing_of_a_person_makes_no_person(intake: Intake) -> None:
    intake.brings(record(customer=PersonInput(locale="nl")), record("2", customer=None))
    assert people(intake) == []


def test_null_takes_the_person_away(intake: Intake) -> None:
    intake.brings(record(customer=PersonInput("Jan", "jan@mail.example")))
    assert intake.brings(record(customer=None)) == ["updated"]
    assert intake.finds().customer_id is None
    assert intake.brings(record(customer=None)) == ["unchanged"]


def test_two_names_for_one_address_do_not_make_a_file_change_every_night(intake: Intake) -> None:
    rows = [
        record("1", customer=PersonInput("J. de Vries", "jan@mail.example"), digest="a"),
        record("2", customer=PersonInput("Jan de Vries", "jan@mail.example"), digest="b"),
    ]
    assert intake.brings(*rows) == ["created", "created"]
    assert intake.brings(*rows) == ["unchanged", "unchanged"]


def test_the_row_of_last_night_leaves_the_work_of_today_alone(intake: Intake) -> None:
    row = record(subject="Late", resolved_at=None, resolution=None, digest="a")
    intake.brings(row)
    found = intake.finds()
    intake.does(service.resolve, found.id, "staff:1", resolution="Brought it.", root_cause="planning")
    assert intake.brings(row) == ["unchanged"]
    after = intake.finds()
    assert (after.status, after.resolution) == ("resolved", "Brought it.")
    assert intake.brings(record(subject="Late", resolved_at=None, resolution=None, digest="b")) == ["updated"]
    assert intake.finds().status == "reopened", "the source has something new to say"


def test_an_erased_person_does_not_come_back_with_the_next_file(intake: Intake) -> None:
    said = record(subject="Late", description="All of it", customer=PersonInput("Jan", "jan@mail.example"))
    intake.brings(said)
    found = intake.finds()
    assert found.customer_id is not None

    def erase_person() -> None:
        person = db.session.get_one(Customer, found.customer_id)
        person.name = person.email = person.email_key = None
        person.erased_at = intake.clock.now
        service.erase(PeopleErased((person.id,)))

    intake.does(erase_person)
    gone = intake.finds()
    assert (gone.subject, gone.description, gone.import_digest) == (None, None, None)
    again = record(subject="Late", category="delivery", customer=PersonInput("Jan", "jan@mail.example"))
    assert intake.brings(again) == ["updated"]
    after = intake.finds()
    assert (after.subject, after.category, after.customer_id) == (None, "delivery", found.customer_id)
    assert people(intake) == [(None, None)]


def test_confirming_moves_once_and_only_what_was_resolved(intake: Intake) -> None:
    intake.brings(record("1", resolved_at=MONDAY), record("2"))
    resolved, unresolved = intake.finds("1").id, intake.finds("2").id
    assert intake.does(service.confirm, [resolved], "customer:1") == [resolved]
    assert intake.does(service.confirm, [resolved], "customer:1") == []
    assert intake.told == []
    assert intake.finds("1").confirmed_at == intake.clock.now
    with pytest.raises(Conflict):
        intake.does(service.confirm, [unresolved], "customer:1")
    with pytest.raises(Conflict):
        intake.does(service.reopen, [unresolved], "customer:1")


def test_a_yes_on_what_the_source_took_back_has_a_date_again(intake: Intake) -> None:
    intake.brings(record(resolved_at=MONDAY))
    intake.brings(record(resolved_at=None))
    intake.does(service.confirm, [intake.finds().id], "customer:1")
    assert (intake.finds().status, intake.finds().resolved_at) == ("confirmed", intake.clock.now)


def test_staff_resolve_what_is_open_and_nothing_else(intake: Intake) -> None:
    intake.brings(record())
    found = intake.finds()
    intake.does(service.resolve, found.id, "staff:1", resolution="Brought it.", fault="us", apology_given=True)
    after = intake.finds()
    assert (after.status, after.cycle, after.resolved_at) == ("resolved", 1, intake.clock.now)
    assert (after.resolution, after.fault, after.apology_given) == ("Brought it.", "us", True)
    assert intake.told == [ComplaintsResolved((found.id,))]
    with pytest.raises(Conflict):
        intake.does(service.resolve, found.id, "staff:1")
    with pytest.raises(NotFound):
        intake.does(service.resolve, found.id + 1, "staff:1")


def test_the_words_of_a_round_that_came_back_are_kept(intake: Intake) -> None:
    intake.brings(record(resolved_at=MONDAY, resolution="A voucher."))
    found = intake.finds()
    intake.does(service.reopen, [found.id], "customer:1", by="answer")
    intake.does(service.resolve, found.id, "staff:1", resolution="A new bike.")
    intake.brings(record(resolved_at=None))

    with intake.app.app_context():
        kept = {cycle: one.resolution for cycle, one in queries.rounds(found.id).items()}
    assert kept == {1: "A voucher.", 2: "A new bike."}
