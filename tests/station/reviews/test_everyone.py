"""Where a place asks everybody: the same text at the same point for all, whatever they answered."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from feedbackloop.checkins import service as checkins
from feedbackloop.extensions import db
from feedbackloop.people.models import Customer
from feedbackloop.reviews import destinations, jobs
from tests.support.complainant import masked
from tests.support.reviewer import DAY, Reviewer

OPEN_FOR = timedelta(days=120)


def text_of(people: Reviewer, address: str) -> str:
    """The invitation that this person got, without what is theirs."""
    (mail,) = [mail for mail in people.sink.to(address) if "/review/" in mail.text]
    return re.sub(r"K-\d", "K", masked(mail.text))


def places_of(people: Reviewer, path: str) -> list[str]:
    return re.findall(r'name="destination" value="(\w+)"', people.opens(path).text)


@pytest.mark.parametrize("outcome", ["solved", "partly", "not_ours", "relation_ended"])
def test_a_no_with_an_outcome_is_invited_as_a_yes_is(people: Reviewer, outcome: str) -> None:
    site = people.asks_everybody()
    for said, number in (("yes", "K-1"), ("no", "K-2"), ("partly", "K-3")):
        people.says(said, number)
    assert people.states() == [("scheduled", None)], "the cases of the others are still open"
    closed_at = people.clock.now
    for complaint in (2, 3):
        people.closes(complaint, outcome)
    invitations = people.invitations()
    assert [one.audience for one in invitations] == ["everyone"] * 3
    assert [one.occasion for one in invitations] == ["confirmed", "outcome", "outcome"]
    assert {one.due_at for one in invitations[1:]} == {closed_at + DAY}, "as long after the end as a 'yes' waits"
    people.clock.advance(DAY)
    people.delivers()
    texts = {text_of(people, f"k-{number}@postvak.example") for number in (1, 2, 3)}
    assert len(texts) == 1, "everybody reads the same"
    assert [places_of(people, people.path_of(one.id)) for one in invitations] == [[str(site)]] * 3
    assert "Wij vragen iedereen die bij ons kwam met een klacht hetzelfde" in people.opens(people.path_of(2)).text


@pytest.mark.parametrize("outcome", ["resolved_again", "erased"])
def test_an_end_that_is_none_invites_nobody(people: Reviewer, outcome: str) -> None:
    people.asks_everybody()
    complaint = people.says("no")
    people.closes(complaint, outcome)
    assert people.invitations() == []


def test_who_never_answers_is_invited_when_the_link_ends(people: Reviewer) -> None:
    people.asks_everybody()
    people.is_asked(people.brings("K-1"))
    people.is_asked(people.brings("K-2"))
    people.reopens(2)
    people.clock.advance(timedelta(days=91))
    with people.writing():
        assert checkins.expire() == 2
    (invitation,) = people.invitations()
    assert (invitation.complaint_id, invitation.occasion, invitation.status) == (1, "expired", "scheduled")
    people.link_of_invitation()


def test_who_waits_too_long_is_invited_all_the_same(people: Reviewer) -> None:
    """So that nobody is kept from writing by a case that is never closed."""
    people.asks_everybody()
    people.says("no", "K-1")
    people.says("yes", "K-2")
    people.clock.advance(OPEN_FOR - timedelta(hours=1))
    run(people)
    assert [one.complaint_id for one in people.invitations()] == [2]
    people.clock.advance(timedelta(hours=2))
    for _ in range(2):
        run(people)
    first, late = people.invitations()
    assert (first.occasion, late.complaint_id, late.occasion) == ("confirmed", 1, "limit")
    with people.writing():
        db.session.execute(db.update(type(late)).where(type(late).id == first.id).values(status="cancelled"))
    assert people.status(1) == "reopened"
    people.link_of_invitation()
    assert people.states()[1] == ("sent", None), "that the case is open is no reason not to send it"


def test_a_setting_of_today_mails_nobody_of_long_ago(people: Reviewer) -> None:
    people.says("no", "K-1")
    people.clock.advance(OPEN_FOR + timedelta(days=15))
    people.asks_everybody()
    run(people)
    assert people.invitations() == []


def test_satisfied_places_ask_only_those(people: Reviewer) -> None:
    people.offers()
    complaint = people.says("no", "K-1")
    people.closes(complaint, "solved")
    people.is_asked(people.brings("K-2"))
    people.clock.advance(timedelta(days=200))
    with people.writing():
        checkins.expire()
    run(people)
    assert people.invitations() == []


def test_a_case_that_opens_again_stops_what_was_not_sent(people: Reviewer) -> None:
    people.asks_everybody()
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no")
    people.closes(complaint, "partly")
    people.answers(path, "yes")
    assert people.states() == [("scheduled", None)]
    people.answers(path, "no")
    assert people.states() == [("cancelled", "reopened")]
    people.closes(complaint, "not_ours")
    assert people.states() == [("scheduled", None)]
    assert people.invitations()[0].plannings == 2
    people.link_of_invitation()


def test_each_is_asked_once_in_180_days_for_whatever_reason(people: Reviewer) -> None:
    people.asks_everybody()
    people.says_yes("K-1", email="marleen@postvak.example")
    people.link_of_invitation()
    complaint = people.says("no", "K-2", email="marleen@postvak.example")
    people.closes(complaint, "solved")
    assert people.states() == [("sent", None), ("suppressed", "asked_recently")]


def test_what_was_planned_for_satisfied_people_leads_nowhere_else(people: Reviewer) -> None:
    path = people.is_invited("K-1")
    people.says_yes("K-2")
    site = people.asks_everybody()
    assert places_of(people, path) == ["own"]
    assert people.sends(path, destination=str(site)).status_code == 400
    with people.writing():
        destinations.change_own(active=True, position=0, actor="staff:1", audience="everyone")
    assert places_of(people, path) == []
    assert people.writes(path).status_code == 400
    people.clock.set(people.invitations()[1].due_at)
    assert people.delivers() == []
    assert people.states()[1] == ("cancelled", "no_destination")


def test_a_place_for_one_language_asks_everybody_who_reads_it(people: Reviewer) -> None:
    people.asks_everybody(locale="en")
    for number, locale in (("K-1", "nl"), ("K-2", "en")):
        people.closes(people.says("no", number, locale=locale), "solved")
    people.says_yes("K-3", locale="nl")
    assert [(one.complaint_id, one.audience) for one in people.invitations()] == [(2, "everyone"), (3, "satisfied")]


def test_who_was_erased_is_not_invited(people: Reviewer) -> None:
    people.asks_everybody()
    complaint = people.says("no")
    with people.writing():
        db.session.execute(db.update(Customer).values(erased_at=people.clock.now, name=None, email=None))
    people.closes(complaint, "solved")
    assert people.states() == [("suppressed", "erased")]


def run(people: Reviewer) -> None:
    """The clock's hourly look."""
    with people.app.app_context():
        jobs.invite_overdue()
