"""One person is asked once in a while, and then about everything at once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feedbackloop.core import clock as product_clock
from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing import claims, delivery, handling, optouts, outgoing, riders, settlement
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.models import Outbox
from feedbackloop.people import privacy
from tests.support.clock import Clock
from tests.support.complainant import RESOLVED, Complainant
from tests.support.smtp import Received, Sink

DAY = timedelta(days=1)
WHO = "marleen@postvak.example"
DUE = datetime(2026, 11, 5, 15, 0, tzinfo=UTC)  # three days after RESOLVED


def brings(people: Complainant, *numbers: int, **given: Any) -> list[int]:
    """Complaints of one person, all resolved at one moment."""
    return [people.brings(f"K-{n}", email=WHO, **given) for n in numbers]


def asks_about(mail: Received) -> list[str]:
    """The paths of the forms that a mail leads to, in its order."""
    return [line.removeprefix("http://localhost") for line in mail.text.splitlines() if "/check-in/" in line]


def forms(people: Complainant, *complaints: int) -> list[str]:
    return [people.link(people.check_ins(one)[-1]) for one in complaints]


def stands(people: Complainant, complaint: int) -> tuple[str, str | None]:
    check_in = people.check_ins(complaint)[-1]
    return check_in["status"], check_in["reason"]


class TestTogether:
    def test_complaints_resolved_together_are_one_mail_with_a_block_and_links_for_each(
        self, people: Complainant, clock: Clock
    ) -> None:
        complaints = brings(people, 1, 2, 3, locale="en")
        clock.set(DUE)
        [mail] = people.delivers()
        assert asks_about(mail) == forms(people, *complaints)
        assert mail.subject == "Your 3 complaints: are these really the solutions?"
        for path in forms(people, *complaints):
            for choice in ("yes", "partly", "no"):
                assert mail.html.count(f"{path}?satisfied={choice}") == 1
        assert [stands(people, one) for one in complaints] == [("sent", None)] * 3
        assert people.outbox("check_in") == [("sent", None)] * 3

    def test_what_falls_due_within_a_day_goes_along_and_what_is_later_does_not(
        self, people: Complainant, clock: Clock
    ) -> None:
        [first] = brings(people, 1)
        [next_day] = brings(people, 2, resolved_at=RESOLVED + DAY)
        [later] = brings(people, 3, resolved_at=RESOLVED + DAY + timedelta(hours=1))
        clock.set(DUE)
        [mail] = people.delivers()
        assert asks_about(mail) == forms(people, first, next_day)
        assert stands(people, later) == ("scheduled", None)

    def test_other_people_are_asked_in_mails_of_their_own(self, people: Complainant, clock: Clock) -> None:
        brings(people, 1, 2)
        people.brings("K-9", email="other@postvak.example")
        clock.set(DUE)
        mails = people.delivers()
        assert sorted(len(asks_about(mail)) for mail in mails) == [1, 2]

    def test_five_go_together_and_the_sixth_waits_until_that_is_known(self, people: Complainant, clock: Clock) -> None:
        complaints = brings(people, 1, 2, 3, 4, 5, 6, resolved_at=RESOLVED)
        clock.set(DUE)
        [mail] = people.delivers()
        assert asks_about(mail) == forms(people, *complaints[:5])
        assert stands(people, complaints[5]) == ("scheduled", "asked_recently")
        clock.advance(timedelta(minutes=2))
        assert people.delivers() == []
        # At the end of the cap it would be older than fourteen days: it ends, and says why.
        assert stands(people, complaints[5]) == ("suppressed", "asked_recently")
        assert people.story(complaints[5], "check_in") == ["planned", "suppressed"]

    def test_a_second_try_says_the_same(self, people: Complainant, clock: Clock, sink: Sink) -> None:
        complaints = brings(people, 1, 2)
        clock.set(DUE)
        sink.faults.drop_after_dot = 1
        people.delivers()
        assert people.outbox("check_in") == [("uncertain", "no_reply"), ("shared", None)]
        assert [stands(people, one) for one in complaints] == [("queued", "uncertain"), ("queued", "shared")]
        # What is resolved meanwhile waits: the copy must be the same.
        brings(people, 3, resolved_at=RESOLVED)
        clock.advance(timedelta(minutes=15))
        people.delivers()
        first, second = (mail.raw.partition(b"\r\nMessage-ID") for mail in sink.to(WHO))
        assert first[2] == second[2]
        assert len(asks_about(sink.to(WHO)[1])) == 2
        assert [stands(people, one)[0] for one in complaints] == ["sent", "sent"]

    def test_an_address_that_does_not_exist_ends_all_of_it(self, people: Complainant, clock: Clock, sink: Sink) -> None:
        complaints = brings(people, 1, 2)
        clock.set(DUE)
        sink.faults.refuse = ["marleen@*"]
        people.delivers()
        assert [stands(people, one) for one in complaints] == [("bounced", "no_such_address")] * 2

    def test_a_message_that_comes_back_later_ends_all_of_it(self, people: Complainant, clock: Clock) -> None:
        complaints = brings(people, 1, 2)
        clock.set(DUE)
        people.delivers()
        with people.app.app_context(), transactions.transaction():
            riders.follow_decided(db.session.get_one(Outbox, 1), "bounced", "no_such_address")
        assert stands(people, complaints[1]) == ("bounced", "no_such_address")

    def test_where_the_leading_one_is_open_again_another_leads(
        self, people: Complainant, clock: Clock, sink: Sink
    ) -> None:
        first, second, third = brings(people, 1, 2, 3)
        clock.set(DUE)
        sink.faults.put_off = ["*"]
        people.delivers()
        assert people.outbox("check_in") == [("retry", "put_off"), ("shared", None), ("shared", None)]
        people.reopens(first)
        sink.faults.put_off = []
        [mail] = people.delivers()
        assert asks_about(mail) == forms(people, second, third)
        assert stands(people, first) == ("cancelled", "reopened")

    def test_where_the_leading_one_may_not_go_when_it_comes_up_the_others_do(
        self, people: Complainant, clock: Clock, sink: Sink
    ) -> None:
        first, second, third = brings(people, 1, 2, 3)
        clock.set(DUE)
        sink.faults.drop_after_dot = 1
        people.delivers()  # uncertain: no verb cancels it, the sender asks once more
        people.reopens(first)
        clock.advance(timedelta(minutes=15))
        mails = people.delivers()
        assert [asks_about(mail) for mail in mails] == [forms(people, second, third)]
        assert stands(people, first) == ("cancelled", "reopened")

    def test_an_answer_shows_that_the_whole_mail_arrived(self, people: Complainant, clock: Clock, sink: Sink) -> None:
        first, second = brings(people, 1, 2)
        clock.set(DUE)
        sink.faults.drop_after_dot = 1
        people.delivers()
        people.answers(forms(people, first)[0], "yes")
        clock.advance(timedelta(minutes=15))
        assert people.delivers() == []
        assert [stands(people, one)[0] for one in (first, second)] == ["answered", "sent"]

    def test_what_is_open_again_leaves_the_mail(self, people: Complainant, clock: Clock, sink: Sink) -> None:
        first, second, third = brings(people, 1, 2, 3)
        clock.set(DUE)
        sink.faults.put_off = ["*"]
        people.delivers()
        people.reopens(second)
        sink.faults.put_off = []
        clock.advance(timedelta(minutes=2))
        [mail] = people.delivers()
        assert asks_about(mail) == forms(people, first, third)
        assert people.check_ins(second)[0]["status"] == "cancelled"
        assert people.outbox("check_in")[1][0] == "cancelled"

    def test_who_opts_out_or_is_erased_in_between_gets_none_of_it(
        self, people: Complainant, clock: Clock, sink: Sink
    ) -> None:
        complaints = brings(people, 1, 2)
        clock.set(DUE)
        sink.faults.put_off = ["*"]
        people.delivers()
        with people.app.app_context(), transactions.transaction():
            optouts.opt_out(1, "check_in", "page")
        sink.faults.put_off = []
        clock.advance(timedelta(minutes=2))
        assert people.delivers() == []
        assert [stands(people, one) for one in complaints] == [("cancelled", "opted_out")] * 2

    def test_who_is_erased_in_between_gets_none_of_it(self, people: Complainant, clock: Clock, sink: Sink) -> None:
        complaints = brings(people, 1, 2)
        clock.set(DUE)
        sink.faults.put_off = ["*"]
        people.delivers()
        with people.app.app_context(), transactions.transaction():
            customer = privacy.find(WHO)
            assert customer is not None
            privacy.erase(customer, "command")
        sink.faults.put_off = []
        clock.advance(timedelta(minutes=2))
        assert people.delivers() == []
        assert [stands(people, one) for one in complaints] == [("cancelled", "erased")] * 2

    def test_a_complaint_that_turns_out_to_be_somebody_elses_leaves_the_mail(
        self, people: Complainant, clock: Clock, sink: Sink
    ) -> None:
        first, second = brings(people, 1, 2)
        other = people.brings("K-9", email="other@postvak.example", resolved_at=None)
        assert other
        clock.set(DUE)
        sink.faults.put_off = ["*"]
        people.delivers()
        with people.app.app_context(), transactions.transaction():
            mailing.readdress_unsent({second: 2})
        sink.faults.put_off = []
        clock.advance(timedelta(minutes=2))
        mails = people.delivers()
        assert {people.recipient(mail): len(asks_about(mail)) for mail in mails} == {
            WHO: 1,
            "other@postvak.example": 1,
        }
        assert first

    @pytest.mark.parametrize(
        ("verb", "status", "reason"),
        [(handling.cancel, "cancelled", "by_staff"), (handling.count_as_sent, "sent", None)],
    )
    def test_what_staff_decide_about_a_message_holds_for_all_of_it(
        self, people: Complainant, clock: Clock, sink: Sink, verb: Any, status: str, reason: str | None
    ) -> None:
        complaints = brings(people, 1, 2)
        clock.set(DUE)
        for _try in range(3):
            sink.faults.drop_after_dot = 1
            people.delivers()
            clock.advance(timedelta(minutes=15))
        assert [row[0] for row in people.outbox("check_in")] == ["parked", "shared"]
        with people.app.app_context(), transactions.transaction():
            verb(1, "staff:1")
        assert [stands(people, one) for one in complaints] == [(status, reason)] * 2


class TestTheCap:
    def test_who_was_asked_is_not_asked_about_another_complaint_before_its_end(
        self, people: Complainant, clock: Clock
    ) -> None:
        brings(people, 1)
        clock.set(DUE)
        people.delivers()
        clock.advance(17 * DAY)
        [second] = brings(people, 2, opened_at=clock.now - 2 * DAY, resolved_at=clock.now)
        clock.advance(4 * DAY)
        assert people.delivers() == []
        assert stands(people, second) == ("scheduled", "asked_recently")
        # Thirty days after the first, a Saturday: the Monday after it, when the window opens.
        assert people.check_ins(second)[0]["due_at"] == "2026-12-07T08:00:00+00:00"
        clock.set(datetime(2026, 12, 7, 8, tzinfo=UTC))
        [mail] = people.delivers()
        assert asks_about(mail) == forms(people, second)

    def test_what_waited_shares_the_next_mail(self, people: Complainant, clock: Clock) -> None:
        brings(people, 1)
        clock.set(DUE)
        people.delivers()
        clock.advance(18 * DAY)
        waiting = brings(people, 2, 3, opened_at=clock.now - 2 * DAY, resolved_at=clock.now)
        clock.set(datetime(2026, 11, 30, 12, tzinfo=UTC))
        assert people.delivers() == []
        clock.set(datetime(2026, 12, 7, 8, tzinfo=UTC))
        [mail] = people.delivers()
        assert asks_about(mail) == forms(people, *waiting)

    def test_what_would_be_too_old_by_then_ends_with_its_reason(self, people: Complainant, clock: Clock) -> None:
        brings(people, 1)
        clock.set(DUE)
        people.delivers()
        [second] = brings(people, 2, resolved_at=DUE - DAY)
        clock.advance(4 * DAY)
        assert people.delivers() == []
        assert stands(people, second) == ("suppressed", "asked_recently")
        assert people.outbox("check_in")[1] == ("suppressed", "asked_recently")

    def test_a_reopened_complaint_is_always_asked_about_again(self, people: Complainant, clock: Clock) -> None:
        [complaint] = brings(people, 1)
        clock.set(DUE)
        [mail] = people.delivers()
        people.answers(asks_about(mail)[0], "no")
        people.resolves(complaint)
        clock.advance(5 * DAY)
        mails = [mail for mail in people.delivers() if people.recipient(mail) == WHO]
        assert forms(people, complaint) in [asks_about(mail) for mail in mails]
        assert people.check_ins(complaint)[1]["status"] == "sent"

    def test_a_second_cycle_is_not_counted_and_shares_nothing(self, people: Complainant, clock: Clock) -> None:
        long_ago = datetime(2026, 9, 1, 9, tzinfo=UTC)
        [complaint] = brings(people, 1, opened_at=long_ago - DAY, resolved_at=long_ago)
        people.reopens(complaint)
        people.resolves(complaint)
        [other] = brings(people, 2, resolved_at=clock.now)
        clock.advance(3 * DAY)
        mails = people.delivers()
        assert sorted(map(asks_about, mails)) == sorted([forms(people, complaint), forms(people, other)])


class TestReminders:
    def test_one_reminder_names_what_is_still_unanswered(self, people: Complainant, clock: Clock) -> None:
        first, second, third = brings(people, 1, 2, 3, locale="en")
        clock.set(DUE)
        people.delivers()
        people.answers(forms(people, second)[0], "yes")
        clock.advance(5 * DAY)
        [mail] = [mail for mail in people.delivers() if asks_about(mail)]
        assert asks_about(mail) == forms(people, first, third)
        assert mail.subject == "Your 2 complaints: we would like to hear from you"
        assert [people.outbox("check_in_reminder")[n][0] for n in (0, 1, 2)] == ["sent", "cancelled", "sent"]
        clock.advance(30 * DAY)
        assert [mail for mail in people.delivers() if asks_about(mail)] == []


class TestTwoSenders:
    def test_what_another_sender_holds_is_waited_for(self, people: Complainant, clock: Clock) -> None:
        first, second = brings(people, 1, 2)
        clock.set(DUE)
        with people.app.app_context(), transactions.transaction():
            held = claims.claim("another", clock.now, clock.now + DAY, 1)
        assert [mail.subject_id for mail in held] == [int(people.check_ins(first)[0]["id"])]
        assert people.delivers() == []
        assert stands(people, second) == ("scheduled", "asked_recently")
        with people.app.app_context():
            settlement.settle("another", [settlement.Settlement(held[0], "sent", sent_at=clock.now)])
        clock.advance(timedelta(minutes=3))
        assert people.delivers() == []
        assert stands(people, second) == ("suppressed", "asked_recently")

    def test_senders_at_once_write_one_mail_to_each_person(
        self, people: Complainant, clock: Clock, sink: Sink, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outgoing, "_SMALLEST", 3)
        monkeypatch.setattr(outgoing, "_LARGEST", 3)
        everybody = {f"p{person}@postvak.example": [f"P{person}-{n}" for n in range(4)] for person in range(12)}
        complaints = [people.brings(one, email=who) for who, theirs in everybody.items() for one in theirs]
        clock.set(DUE)
        for _round in range(6):
            _several_senders(people, clock.now)
            clock.advance(timedelta(minutes=1))
        assert {who: len(sink.to(who)) for who in everybody} == dict.fromkeys(everybody, 1)
        asked = [path for mail in sink.messages for path in asks_about(mail)]
        assert len(asked) == len(set(asked))
        sent = [one for one in complaints if stands(people, one) == ("sent", None)]
        assert sorted(asked) == sorted(forms(people, *sent))
        assert {stands(people, one) for one in complaints} <= {("sent", None), ("suppressed", "asked_recently")}


def _several_senders(people: Complainant, now: datetime) -> None:
    ready = threading.Barrier(4)

    def send() -> None:
        with product_clock.at(now), people.app.app_context():
            ready.wait(10)
            delivery.drain()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


class TestOnATrial:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_FREQUENCY_CAP": "off"}

    def test_without_a_cap_each_complaint_is_asked_about_by_itself(self, people: Complainant, clock: Clock) -> None:
        complaints = brings(people, 1, 2)
        clock.set(DUE)
        mails = people.delivers()
        assert sorted(map(asks_about, mails)) == sorted([form] for form in forms(people, *complaints))
