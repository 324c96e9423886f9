"""Rows become complaints, or sentences that say why not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from feedbackloop.complaints import mapping
from feedbackloop.complaints.records import Reader, RowError, trial_address
from feedbackloop.complaints.values import HandlerInput
from feedbackloop.core.unset import UNSET
from feedbackloop.people.rules import PersonInput

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def reader(header: str, name: str = "plain", *, trial: bool = False, shift_days: int = 0) -> Reader:
    bound = mapping.load(name).bind(header.split(","))
    return Reader(bound, AMSTERDAM, trial=trial, shift_days=shift_days)


def test_a_cell_that_is_empty_clears_and_a_column_that_is_absent_does_not() -> None:
    found = reader("source,external_id,subject,resolved_at").read(["shop", "1", "", ""])
    assert (found.subject, found.resolved_at) == (None, None)
    assert (found.summary, found.customer, found.handler, found.opened_at) == (UNSET, UNSET, UNSET, UNSET)


def test_the_person_and_the_handler_are_put_together() -> None:
    head = "source,external_id,customer_name,customer_email,customer_locale,handler_email,apology_given,fault"
    found = reader(head).read(["shop", "1", "Jan", "Jan@Shop.example", "nl", "", "Ja", "us"])
    assert found.customer == PersonInput(name="Jan", email="Jan@shop.example", locale="nl")
    assert found.handler == HandlerInput(email=None)
    assert (found.apology_given, found.fault) == (True, "us")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-02", datetime(2026, 11, 1, 23, tzinfo=UTC)),
        ("2026-07-02", datetime(2026, 7, 1, 22, tzinfo=UTC)),
        ("2026-11-02 09:30", datetime(2026, 11, 2, 8, 30, tzinfo=UTC)),
        ("2026-11-02T09:30:00Z", datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        ("2026-11-02T09:30:00-05:00", datetime(2026, 11, 2, 14, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_in_the_sites_own_zone(text: str, moment: datetime) -> None:
    assert reader("source,external_id,opened_at").read(["shop", "1", text]).opened_at == moment


@pytest.mark.parametrize("text", ["3/19/2015", "2015-03-19", "03/19/15"])
def test_the_cfpb_writes_a_date_in_three_ways(text: str) -> None:
    head = "Complaint ID,Product,Date received,Date sent to company,Company response"
    found = reader(head, "cfpb").read(["7", "Mortgage", text, text, "Closed"])
    assert found.opened_at == found.resolved_at == datetime(2015, 3, 18, 23, tzinfo=UTC)
    assert (found.source, found.external_id) == ("cfpb", "7")


@pytest.mark.parametrize("response", ["In progress", ""])
@pytest.mark.parametrize("column", ["Company response", "Company response to consumer"])
def test_the_cfpb_resolves_only_what_was_answered(column: str, response: str) -> None:
    head = f"Complaint ID,Product,Date received,Date sent to company,{column}"
    found = reader(head, "cfpb").read(["7", "Mortgage", "3/19/2015", "3/20/2015", response])
    assert found.resolved_at is None
    assert found.resolution is None


def test_everything_that_is_wrong_with_a_row_is_said_at_once() -> None:
    head = "source,external_id,opened_at,customer_email,fault,apology_given,handler_email"
    with pytest.raises(RowError) as problem:
        reader(head).read(["shop", "", "soon", "jan@", "them", "perhaps", "x"])
    said = str(problem.value)
    for field in ("external_id", "opened_at", "customer_email", "fault", "apology_given", "handler_email"):
        assert f"{field}: must" in said


def test_the_newest_day_is_looked_for_in_every_column_of_dates() -> None:
    head = "Complaint ID,Product,Date received,Date sent to company,Company response"
    found = reader(head, "cfpb")
    assert found.newest(["7", "M", "3/19/2015", "3/21/2015", "In progress"]) == date(2015, 3, 21)
    assert found.newest(["7", "M", "never", "", ""]) is None


def test_a_trial_moves_dates_by_whole_days_over_a_change_of_the_clock() -> None:
    head = "source,external_id,opened_at,resolved_at"
    found = reader(head, trial=True, shift_days=30).read(["shop", "1", "2026-10-01 09:30", "2026-10-02"])
    assert found.opened_at == datetime(2026, 10, 31, 8, 30, tzinfo=UTC)
    assert found.resolved_at == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_a_trial_mails_nobody_real() -> None:
    head = "source,external_id,customer_name,customer_email,handler_email"
    found = reader(head, trial=True)
    person = found.read(["shop", "1", "Jan", "jan@gmail.com", "an@shop.nl"])
    assert isinstance(person.customer, PersonInput)
    assert isinstance(person.handler, HandlerInput)
    assert str(person.customer.email).endswith("@trial.example")
    assert str(person.handler.email).endswith("@trial.example")
    nobody, other = (found.read(["shop", key, "", "", ""]).customer for key in ("2", "3"))
    assert isinstance(nobody, PersonInput)
    assert isinstance(other, PersonInput)
    assert str(nobody.email).endswith(".example")
    assert nobody.email != other.email
    assert found.read(["shop", "2", "", "", ""]).customer == nobody


def test_an_address_of_the_examples_stays_what_it_is() -> None:
    assert trial_address("jan@shop.example") == "jan@shop.example"
    assert trial_address("jan@example.com") == "jan@example.com"
    assert trial_address("Jan@Gmail.com") == trial_address("jan@gmail.com")


def test_the_digest_is_that_of_what_the_row_says() -> None:
    found = reader("source,external_id,subject")
    one, same, other = (found.read(["shop", "1", text]).digest for text in ("late", " late ", "lost"))
    assert one == same
    assert one != other
