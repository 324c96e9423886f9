"""What comes back goes to quality with its whole story; what is late alarms; what staff say of the end is kept."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from feedbackloop.checkins import queries as checkins
from feedbackloop.checkins.events import AnsweredNotSatisfied
from feedbackloop.checkins.models import Answer, AnswerReason
from feedbackloop.complaints import service as complaints
from feedbackloop.core import db as transactions
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.recovery import alarms, jobs, queries, service
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.staff import service as staff
from tests.support.colleague import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import submit

pytestmark = pytest.mark.takes_turns

HANDLER, QUALITY, PERSON = "youssef@ours.example", "samira@ours.example", "k-1@postvak.example"


@pytest.fixture
def quality(app: Flask) -> str:
    """There is somebody to escalate to."""
    with app.app_context(), transactions.transaction():
        staff.create(QUALITY, "Samira Bakali", "quality", "correct horse battery")
    return QUALITY


def case_of(people: Complainant) -> RecoveryCase:
    with people.app.app_context():
        found = db.session.scalars(select(RecoveryCase).order_by(RecoveryCase.id.desc())).first()
        assert found is not None
        db.session.expunge(found)
        return found


def goes_round(people: Complainant, complaint: int, *said: str) -> None:
    """Each answer to a check-in of its own, with another solution between them."""
    for number, answer in enumerate(said):
        if number:
            people.clock.advance(timedelta(hours=1))
            people.resolves(complaint, f"Oplossing {number + 1}.")
        people.answers(people.is_asked(complaint), answer, comment=f"Antwoord {number + 1}.", rating="1")


def is_told(people: Complainant) -> dict[str, str]:
    """The texts of the mails that go out now, by recipient, each line joined to the next."""
    return {people.recipient(mail): " ".join(mail.text.split()) for mail in people.delivers()}


def alarms_ring(people: Complainant) -> None:
    """As the clock makes them."""
    with people.app.app_context():
        jobs.alarm()


def numbers_of(page: str) -> list[str]:
    """The cases of the list, in order."""
    return re.findall(r'href="/staff/recovery/\d+">(K-\d+)</a>', page)


class TestEscalating:
    def test_a_second_no_goes_to_quality_with_every_round(self, people: Complainant, quality: str) -> None:
        complaint = people.brings()
        goes_round(people, complaint, "no")
        assert set(is_told(people)) == {PERSON, HANDLER}
        people.resolves(complaint, "Wij brachten tien euro.")
        people.answers(people.is_asked(complaint), "no", comment="Nog niet.", rating="1")
        told = is_told(people)
        assert set(told) == {PERSON, QUALITY}
        for words in (
            "De klant zegt voor de tweede keer dat het niet is opgelost.",
            "Tot vandaag behandelde Youssef Amrani die.",
            "U kreeg al uw geld terug, € 48,60.",
            "Voortaan tellen twee mensen elke bestelling na.",
            "Antwoord 1.",
            "Wij brachten tien euro.",
            "Nog niet.",
            "/staff/recovery/2",
        ):
            assert words in told[QUALITY], words
        assert "Samira Bakali neemt contact met u op" in told[PERSON]
        case = case_of(people)
        assert (case.escalation, case.owner_email, case.owner_before) == ("second_no", QUALITY, "Youssef Amrani")
        assert case.priority_reasons == ["again", "said_no", "rated_1"]
        with people.app.app_context():
            row = db.session.scalars(select(History).where(History.what == "escalated")).one()
        assert (row.reason, row.subject, row.complaint_id) == ("second_no", "recovery_case", complaint)

    def test_a_partly_after_a_no_stays_with_its_handler_and_a_third_time_does_not(
        self, people: Complainant, quality: str
    ) -> None:
        complaint = people.brings()
        goes_round(people, complaint, "no", "partly")
        assert (case_of(people).escalation, case_of(people).owner_email) == (None, HANDLER)
        people.resolves(complaint, "Weer anders.")
        people.answers(people.is_asked(complaint), "partly")
        assert (case_of(people).escalation, case_of(people).owner_email) == ("third_time", QUALITY)

    @pytest.mark.parametrize(("reason", "why"), [("still_wrong", "reopened_before"), ("by_mistake", None)])
    def test_a_complaint_that_was_not_solved_before_escalates_at_once(
        self, people: Complainant, quality: str, reason: str, why: str | None
    ) -> None:
        complaint = people.brings()
        with people.app.app_context(), transactions.transaction():
            complaints.reopen([complaint], "staff:1", reason=reason)
        people.resolves(complaint)
        people.answers(people.is_asked(complaint), "no")
        assert case_of(people).escalation == why

    def test_partly_that_becomes_no_in_the_second_round_goes_to_quality_then(
        self, people: Complainant, quality: str
    ) -> None:
        complaint = people.brings()
        goes_round(people, complaint, "no", "partly")
        people.delivers()
        people.answers(people.link(people.check_ins(complaint)[-1]), "no", comment="Toch niet.")
        assert set(is_told(people)) == {QUALITY}
        assert case_of(people).escalation == "second_no"

    def test_no_yes_and_no_again_is_a_second_no(self, people: Complainant, quality: str) -> None:
        path = people.is_asked(people.brings())
        for said in ("no", "yes", "no"):
            people.answers(path, said)
        assert (case_of(people).openings, case_of(people).escalation) == (2, "second_no")

    def test_without_anybody_to_go_to_it_is_marked_and_its_handler_goes_on(self, people: Complainant) -> None:
        goes_round(people, people.brings(), "no", "no")
        case = case_of(people)
        assert (case.escalation, case.owner_email, case.owner_before) == ("second_no", HANDLER, None)
        assert HANDLER in is_told(people)

    def test_a_disabled_account_gets_nothing(self, people: Complainant, quality: str) -> None:
        with people.app.app_context(), transactions.transaction():
            staff.create("noor@ours.example", "Noor Hendriks", "admin", "correct horse battery")
            staff.disable(1, "system")
        goes_round(people, people.brings(), "no", "no")
        assert case_of(people).owner_email == "noor@ours.example"


class TestStaysResolved:
    """A reason that does not reopen: the case opens and the complaint stays resolved."""

    @pytest.fixture
    def complaint(self, people: Complainant) -> int:
        complaint = people.brings()
        people.is_asked(complaint)
        with people.app.app_context(), transactions.transaction():
            check_in = checkins.current([complaint])[complaint]
            answer = Answer(
                check_in_id=check_in.id,
                version=1,
                satisfied="partly",
                comment="De toon beviel mij niet.",
                recorded_by="customer:1",
                answered_at=people.clock.now,
                reasons=[AnswerReason(code="manner")],
            )
            db.session.add(answer)
            db.session.flush()
            service.open_cases(AnsweredNotSatisfied((check_in.id,), (answer.id,)))
        return complaint

    def test_nobody_is_told_that_it_is_open_again(self, people: Complainant, complaint: int) -> None:
        told = is_told(people)
        assert people.status(complaint) == "resolved"
        assert "weer open" not in told[PERSON]
        assert "Wij lezen wat u schreef" in told[PERSON]
        assert "De klacht blijft opgelost" in told[HANDLER]

    def test_an_outcome_of_staff_ends_it(self, people: Complainant, complaint: int) -> None:
        with people.app.app_context(), transactions.transaction():
            service.record_outcome(1, "partly", "Excuses aangeboden.", "staff:1")
        assert (case_of(people).status, case_of(people).outcome) == ("closed", "partly")
        assert people.status(complaint) == "resolved"
        assert len(people.check_ins(complaint)) == 1

    def test_another_solution_by_the_handlers_link_is_the_next_round(self, people: Complainant, complaint: int) -> None:
        with people.app.app_context(), transactions.transaction():
            service.solve(1, "handler-link:1", "Wij belden en boden excuses aan.", None)
        assert (case_of(people).status, case_of(people).outcome) == ("closed", "resolved_again")
        assert [one["cycle"] for one in people.check_ins(complaint)] == [1, 2]
        assert people.story(complaint, "complaint") == ["created", "resolved", "reopened", "resolved"]


class TestOutcomes:
    @pytest.fixture
    def complaint(self, people: Complainant) -> int:
        complaint = people.brings()
        people.answers(people.is_asked(complaint), "no")
        people.delivers()
        return complaint

    @pytest.mark.parametrize("outcome", ["solved", "partly", "not_ours", "relation_ended"])
    def test_staff_say_how_it_ended_and_why(
        self, app: Flask, people: Complainant, complaint: int, outcome: str
    ) -> None:
        desk = signed_in(app, "handler")
        empty = submit(desk, "/staff/recovery/1/outcome", form="/outcome")
        assert empty.status_code == 400
        assert "Choose how it ended." in empty.text
        assert case_of(people).status == "open"
        made = submit(
            desk, "/staff/recovery/1/outcome", form="/outcome", outcome=outcome, reason="Zo spraken wij het af."
        )
        assert made.status_code == 303
        case = case_of(people)
        assert (case.status, case.outcome, case.outcome_reason) == ("closed", outcome, "Zo spraken wij het af.")
        assert people.status(complaint) == "reopened"
        page = desk.get("/staff/recovery/1").text
        assert "Zo spraken wij het af." in page
        assert "Recovery case closed" in desk.get(f"/staff/complaints/{complaint}").text
        with app.app_context():
            row = db.session.scalars(select(History).where(History.what == "closed")).one()
        assert (row.reason, row.actor) == (outcome, "staff:1")
        assert people.delivers() == []

    def test_the_same_again_changes_nothing_another_conflicts(self, people: Complainant, complaint: int) -> None:
        with people.app.app_context(), transactions.transaction():
            for _ in range(2):
                service.record_outcome(1, "solved", "Klaar.", "staff:1")
        assert people.story(complaint, "recovery_case") == ["opened", "closed"]
        with people.app.app_context(), pytest.raises(Conflict), transactions.transaction():
            service.record_outcome(1, "not_ours", "Toch niet.", "staff:1")
        with people.app.app_context(), pytest.raises(NotFound), transactions.transaction():
            service.record_outcome(9, "solved", "Klaar.", "staff:1")

    def test_no_after_the_end_opens_it_again_without_the_old_words(self, people: Complainant, complaint: int) -> None:
        with people.app.app_context(), transactions.transaction():
            service.record_outcome(1, "solved", "Klaar.", "staff:1")
        people.answers(people.link(people.check_ins(complaint)[0]), "no", comment="Het is niet klaar.")
        case = case_of(people)
        assert (case.status, case.outcome, case.outcome_reason, case.openings) == ("open", None, None, 2)

    def test_a_new_resolution_leads_to_a_new_check_in(self, app: Flask, people: Complainant, complaint: int) -> None:
        desk = signed_in(app, "handler")
        page = desk.get("/staff/recovery/1").text
        assert f'href="/staff/complaints/{complaint}/resolve"' in page
        submit(desk, f"/staff/complaints/{complaint}/resolve", form="/resolve", resolution="Wij brachten de taart.")
        assert case_of(people).outcome == "resolved_again"
        assert people.check_ins(complaint)[-1]["cycle"] == 2


class TestAlarms:
    def test_owner_and_quality_hear_once_that_a_case_is_late(self, people: Complainant, quality: str) -> None:
        path = people.is_asked(people.brings())
        people.answers(path, "no", comment="Help.")
        people.delivers()
        alarms_ring(people)
        assert people.delivers() == []
        people.clock.advance(timedelta(days=6))
        alarms_ring(people)
        alarms_ring(people)
        told = is_told(people)
        assert set(told) == {HANDLER, QUALITY}
        for words in ("Wij beloofden uiterlijk maandag 9 november te reageren.", "Help.", "Youssef Amrani"):
            assert words in told[HANDLER]
            assert words in told[QUALITY]
        assert "/case/" in told[HANDLER]
        assert "/staff/recovery/1" in told[QUALITY]
        assert people.story(1, "recovery_case") == ["opened", "overdue"]
        people.clock.advance(timedelta(days=6))
        alarms_ring(people)
        assert people.delivers() == []

    def test_the_figures_say_how_many_are_late_and_how_late(self, people: Complainant, quality: str) -> None:
        goes_round(people, people.brings(), "no", "no")
        due_at = case_of(people).due_at
        people.clock.set(due_at + timedelta(hours=1))
        text = people.app.test_client().get("/metrics").text
        for line in (
            "feedbackloop_recovery_cases_open 1.0",
            "feedbackloop_recovery_cases_escalated 1.0",
            "feedbackloop_recovery_cases_overdue 1.0",
            "feedbackloop_recovery_oldest_overdue_seconds 3600.0",
        ):
            assert line in text

    def test_each_opening_alarms_by_itself(self, people: Complainant, quality: str) -> None:
        path = people.is_asked(people.brings())
        people.answers(path, "no")
        for round_of in (1, 2):
            people.delivers()
            people.clock.advance(timedelta(days=7))
            alarms_ring(people)
            assert QUALITY in is_told(people), round_of
            people.answers(path, "yes")
            people.answers(path, "no")

    def test_what_is_closed_before_the_mail_goes_alarms_nobody(self, people: Complainant, quality: str) -> None:
        complaint = people.brings()
        people.answers(people.is_asked(complaint), "no")
        people.delivers()
        people.clock.advance(timedelta(days=6))
        with people.app.app_context(), transactions.transaction():
            assert alarms.alarm() == 1
        people.resolves(complaint)
        assert not {HANDLER, QUALITY} & set(is_told(people))
        assert people.outbox("case_overdue") == [("cancelled", "resolved_again")]

    def test_who_is_both_gets_one_mail(self, people: Complainant, quality: str) -> None:
        people.answers(people.is_asked(people.brings(handler=("Samira Bakali", QUALITY))), "no")
        people.delivers()
        people.clock.advance(timedelta(days=6))
        alarms_ring(people)
        assert [people.recipient(mail) for mail in people.delivers()] == [QUALITY]


class TestTheList:
    @pytest.fixture
    def numbers(self, people: Complainant) -> None:
        for number, said in (("K-1", {"satisfied": "partly"}), ("K-2", {"satisfied": "no", "rating": "1"})):
            people.answers(people.is_asked(people.brings(number)), **said)
            people.clock.advance(timedelta(days=1))
        people.answers(people.is_asked(people.brings("K-3")), "no", call_me="1", rating="1", recommend="0")

    def test_it_is_filtered_and_sorted(self, app: Flask, people: Complainant, numbers: None) -> None:
        desk = signed_in(app, "handler")

        def shown(query: str) -> list[str]:
            return numbers_of(desk.get(f"/staff/recovery/?{query}").text)

        assert shown("") == ["K-1", "K-2", "K-3"]
        assert shown("sort=priority") == ["K-3", "K-2", "K-1"]
        assert shown("priority=urgent") == ["K-3"]
        assert shown("priority=normal") == ["K-1"]
        assert shown("escalated=1") == []
        with app.app_context():
            due = [case.due_at for case in queries.by_ids([1, 2, 3]).values()]
        people.clock.set(due[0] + timedelta(days=1, hours=2))
        desk = signed_in(app, "quality")
        page = desk.get("/staff/recovery/?status=overdue").text
        assert shown("status=overdue&age=week") == ["K-1"]
        assert page.index("Up to a week late") < page.index("K-1")
        for wrong in ("priority=x", "age=x", "outcome=x", "sort=x", "status=x"):
            assert desk.get(f"/staff/recovery/?{wrong}").status_code == 404

    def test_pages_follow_each_other_by_priority(
        self, app: Flask, people: Complainant, numbers: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("feedbackloop.recovery.desk.PAGE_SIZE", 1)
        desk, found, url = signed_in(app, "handler"), [], "/staff/recovery/?sort=priority"
        for _ in range(4):
            page = desk.get(url).text
            found += numbers_of(page)
            link = re.search(r'rel="next" href="([^"]+)"', page)
            if link is None:
                break
            url = link[1].replace("&amp;", "&")
        assert found == ["K-3", "K-2", "K-1"]
