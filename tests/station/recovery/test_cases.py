"""Who is not satisfied has an owner, a date and a receipt, until it is solved or they say that it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from feedbackloop.core import db as transactions
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.recovery import queries, service
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.staff import service as staff
from tests.support.complainant import Complainant


def case_of(people: Complainant) -> RecoveryCase:
    with people.app.app_context():
        found = db.session.scalars(select(RecoveryCase).order_by(RecoveryCase.id.desc())).first()
        assert found is not None
        db.session.expunge(found)
        return found


def test_a_no_opens_a_case_with_an_owner_and_a_date(people: Complainant) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), "no")
    case = case_of(people)
    assert (case.status, case.owner_name, case.owner_email) == ("open", "Youssef Amrani", "youssef@ours.example")
    assert case.opened_at == people.clock.now
    # Thursday 5 November; two working days on it is Monday, until five in Amsterdam.
    assert case.due_at == datetime(2026, 11, 9, 16, 0, tzinfo=UTC)
    assert people.story(complaint, "recovery_case") == ["opened"]


def test_the_person_gets_a_receipt_and_the_owner_the_case_at_once(people: Complainant) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), "partly", comment="Ik kreeg € 38,60.", reason="amount", call_me="1")
    mails = {people.recipient(mail): mail for mail in people.delivers()}
    assert set(mails) == {"k-1@postvak.example", "youssef@ours.example"}
    receipt, for_owner = mails["k-1@postvak.example"], mails["youssef@ours.example"]
    assert receipt.message["List-Unsubscribe"] is None
    assert "Youssef Amrani neemt contact met u op, uiterlijk maandag" in receipt.text
    assert "Ik kreeg € 38,60." in for_owner.text
    assert "Het bedrag klopt niet" in for_owner.text
    assert "De klant wil worden gebeld." in for_owner.text
    assert "/case/" in for_owner.text


def test_the_mails_of_a_case_do_not_wait_for_the_send_window(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.clock.set(datetime(2026, 11, 7, 22, 0, tzinfo=UTC))  # a Saturday night
    people.answers(path, "no")
    assert len(people.delivers()) == 2


class TestWithoutAHandler:
    """The complaint has no handler: the setting, the first admin, or whoever reads replies."""

    @pytest.fixture(params=["Service <service@ours.example>", "service@ours.example", None])
    def handler(self, request: pytest.FixtureRequest) -> str | None:
        given: str | None = request.param
        return given

    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str], handler: str | None) -> dict[str, str]:
        if handler is not None:
            settings_env["FEEDBACKLOOP_HANDLER"] = handler
        return settings_env

    def test_somebody_owns_the_case(self, people: Complainant, handler: str | None) -> None:
        path = people.is_asked(people.brings(handler=None))
        people.answers(path, "no")
        thanks = people.app.test_client().get(f"{path}/thanks").text
        owner = {"Service <service@ours.example>": "Service"}.get(handler or "", "Testwinkel")
        assert f"{owner} neemt contact met u op" in thanks
        assert case_of(people).owner_email == ("service@ours.example" if handler else "loop@ours.example")

    def test_the_first_admin_comes_before_the_sender(self, people: Complainant, handler: str | None) -> None:
        with people.app.app_context(), transactions.transaction():
            staff.create("noor@ours.example", "Noor Hendriks", "admin", "correct horse battery")
        people.answers(people.is_asked(people.brings(handler=None)), "no")
        assert case_of(people).owner_email == ("service@ours.example" if handler else "noor@ours.example")


def test_an_owner_with_an_account_gets_the_staff_page(people: Complainant) -> None:
    with people.app.app_context(), transactions.transaction():
        staff.create("youssef@ours.example", "Youssef Amrani", "handler", "correct horse battery")
    people.answers(people.is_asked(people.brings()), "no")
    for_owner = next(mail for mail in people.delivers() if people.recipient(mail) == "youssef@ours.example")
    assert "/staff/recovery/1" in for_owner.text
    assert "/case/" not in for_owner.text


def test_marketing_gets_the_link_to_the_one_case(people: Complainant) -> None:
    with people.app.app_context(), transactions.transaction():
        staff.create("youssef@ours.example", "Youssef Amrani", "marketing", "correct horse battery")
    people.answers(people.is_asked(people.brings()), "no")
    for_owner = next(mail for mail in people.delivers() if people.recipient(mail) == "youssef@ours.example")
    assert "/case/" in for_owner.text


def test_a_second_resolution_closes_the_case(people: Complainant) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), "no")
    people.delivers()
    people.clock.advance(timedelta(days=1))
    people.resolves(complaint)
    case = case_of(people)
    assert (case.status, case.outcome, case.closed_at) == ("closed", "resolved_again", people.clock.now)
    assert people.check_ins(complaint)[-1]["cycle"] == 2


def test_a_yes_after_all_closes_the_case_and_tells_its_owner(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no")
    people.delivers()
    people.answers(path, "yes", comment="Het geld kwam vandaag.")
    case = case_of(people)
    assert (case.status, case.outcome) == ("closed", "solved_says_person")
    (mail,) = people.delivers()
    assert people.recipient(mail) == "youssef@ours.example"
    assert mail.subject == "K-1 is opgelost, zegt de klant"
    assert "Het geld kwam vandaag." in mail.text
    assert people.story(complaint, "recovery_case") == ["opened", "closed"]


def test_who_never_heard_of_a_case_does_not_hear_that_it_closed(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path, "no")
    people.answers(path, "yes")
    assert people.outbox("case_for_handler") == [("cancelled", "solved_says_person")]
    assert people.outbox("answer_receipt") == [("cancelled", "solved_says_person")]
    assert people.outbox("solved_for_handler") == []
    assert [mail.subject for mail in people.delivers() if people.recipient(mail) == "youssef@ours.example"] == []


def test_no_yes_and_no_again_is_one_case_that_opens_twice(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no")
    people.delivers()
    people.clock.advance(timedelta(days=1))
    people.answers(path, "yes")
    people.delivers()
    people.clock.advance(timedelta(days=3))
    people.answers(path, "no")
    case = case_of(people)
    assert people.count(RecoveryCase) == 1
    assert (case.status, case.outcome, case.closed_at, case.openings) == ("open", None, None, 2)
    assert case.opened_at == people.clock.now
    assert {people.recipient(mail) for mail in people.delivers()} == {"k-1@postvak.example", "youssef@ours.example"}
    assert people.status(complaint) == "reopened"


def test_words_that_are_added_later_reach_the_owner_once(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path, "no")
    assert len(people.delivers()) == 2
    for comment in ("Bel mij.", "Bel mij na zes uur.", "Bel mij na zeven uur."):
        people.answers(path, "no", comment=comment, call_me="1")
    assert people.delivers() == []
    people.clock.advance(timedelta(minutes=10))
    (mail,) = people.delivers()
    assert mail.subject == "K-1: de klant schreef er iets bij"
    assert "Bel mij na zeven uur." in mail.text


def test_words_that_are_added_before_the_mail_went_are_in_it(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path, "no")
    people.answers(path, "no", comment="Er is nog iets.")
    mails = people.delivers()
    assert len(mails) == 2
    assert "Er is nog iets." in next(mail for mail in mails if people.recipient(mail) == "youssef@ours.example").text


def test_erasure_closes_the_case_without_a_mail(people: Complainant, app: Flask) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), "no")
    with app.app_context(), transactions.transaction():
        case = queries.by_id(1)
        assert case is not None
        service.erase(PeopleErased((case.complaint.customer_id or 0,)))
    case = case_of(people)
    assert (case.status, case.outcome) == ("closed", "erased")
    assert people.delivers() == []


def test_history_holds_no_words(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no", comment="Geheim")
    people.answers(path, "yes", comment="Geheim")
    with people.app.app_context():
        rows: list[Any] = list(db.session.scalars(select(History)))
        assert rows
        for row in rows:
            assert "Geheim" not in f"{row.reason}{row.detail}{row.actor}"
            assert "Marleen" not in f"{row.reason}{row.detail}{row.actor}"
