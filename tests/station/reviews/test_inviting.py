"""A 'yes' leads to one invitation, or to the reason why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta

import pytest

from feedbackloop.checkins.events import AnsweredSatisfied
from feedbackloop.checkins.models import CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.events import MailsEnded, MailsSent
from feedbackloop.people.events import PeopleErased
from feedbackloop.people.models import Customer
from feedbackloop.reviews import destinations, queries, service
from tests.support.reviewer import DAY, Reviewer


def test_a_yes_is_followed_by_one_invitation_a_day_later(people: Reviewer) -> None:
    complaint = people.says_yes()
    (invitation,) = people.invitations()
    assert invitation.status == "scheduled"
    assert invitation.due_at == people.clock.now + DAY
    assert people.delivers() == []
    people.clock.advance(DAY)
    assert len(people.delivers()) == 1
    (invitation,) = people.invitations()
    assert (invitation.status, invitation.sent_at) == ("sent", people.clock.now)
    assert people.delivers() == []
    assert people.story(complaint, "invitation") == ["planned", "sent"]


@pytest.mark.parametrize("said", ["partly", "no"])
def test_another_answer_is_followed_by_none(people: Reviewer, said: str) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), said)
    assert people.invitations() == []
    assert people.outbox("review_invitation") == []


def test_the_own_page_is_there_from_the_first_invitation(people: Reviewer) -> None:
    people.says_yes()
    with people.app.app_context():
        assert queries.own_destination() is not None


def test_planning_twice_is_planning_once(people: Reviewer) -> None:
    complaint = people.says_yes()
    with people.writing():
        check_in = db.session.scalars(db.select(CheckIn.id).where(CheckIn.complaint_id == complaint)).one()
        service.plan(AnsweredSatisfied((check_in, check_in)))
        service.plan(AnsweredSatisfied((check_in,)))
    assert people.states() == [("scheduled", None)]
    assert people.outbox("review_invitation") == [("queued", None)]


def test_a_person_is_asked_once_for_two_complaints(people: Reviewer) -> None:
    people.says_yes("K-1", email="marleen@postvak.example")
    people.says_yes("K-2", email="marleen@postvak.example")
    assert people.states() == [("scheduled", None), ("suppressed", "planned_elsewhere")]
    people.link_of_invitation()
    people.clock.advance(2 * DAY)
    people.says_yes("K-3", email="marleen@postvak.example")
    assert people.states()[2] == ("suppressed", "asked_recently")


def test_two_yeses_of_one_person_at_the_same_moment_are_one_invitation(people: Reviewer) -> None:
    paths = [people.is_asked(people.brings(f"K-{n}", email="marleen@postvak.example")) for n in range(1, 5)]
    with ThreadPoolExecutor(4) as crowd:
        sent = [crowd.submit(copy_context().run, people.answers, path, "yes") for path in paths]
        assert {one.result().status_code for one in sent} == {303}
    states = people.states()
    assert len(states) == 4
    assert states.count(("scheduled", None)) == 1
    assert states.count(("suppressed", "planned_elsewhere")) == 3
    assert people.outbox("review_invitation") == [("queued", None)]


def test_after_180_days_a_person_is_asked_again(people: Reviewer) -> None:
    people.is_invited("K-1", email="marleen@postvak.example")
    people.clock.advance(timedelta(days=182))
    people.says_yes("K-2", email="marleen@postvak.example", resolved_at=people.clock.now - DAY)
    assert [status for status, _ in people.states()] == ["sent", "scheduled"]


def test_two_of_one_person_that_come_up_together_are_one_mail(people: Reviewer) -> None:
    """Planned before the rule knew better: the last look lets one go."""
    people.says_yes("K-1", email="marleen@postvak.example")
    people.says_yes("K-2", email="marleen@postvak.example")
    first, second = people.invitations()
    with people.writing():
        db.session.execute(db.update(type(second)).where(type(second).id == first.id).values(status="sent"))
        db.session.execute(db.update(type(second)).where(type(second).id == second.id).values(status="scheduled"))
        second_mail = mailing.NewMail("review_invitation", second.id, people.clock.now, customer_id=second.customer_id)
        mailing.plan_mails([second_mail])
        db.session.execute(db.update(type(second)).where(type(second).id == first.id).values(sent_at=people.clock.now))
    assert people.delivers() == []
    assert people.states()[1] == ("cancelled", "asked_recently")


def test_who_opted_out_is_not_invited(people: Reviewer) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    with people.writing():
        optouts.opt_out(1, "review", "page")
    people.answers(path)
    assert people.states() == [("suppressed", "opted_out")]
    assert people.outbox("review_invitation") == []


def test_opting_out_cancels_what_was_planned(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        optouts.opt_out(1, "review", "page")
    assert people.states() == [("cancelled", "opted_out")]
    people.clock.advance(DAY)
    assert people.delivers() == []


def test_without_an_offered_place_nobody_is_invited(people: Reviewer) -> None:
    with people.writing():
        destinations.change_own(active=False, position=0, actor="staff:1")
    people.says_yes()
    assert people.states() == [("suppressed", "no_destination")]


def test_a_place_for_other_languages_is_none(people: Reviewer) -> None:
    with people.writing():
        destinations.change_own(active=False, position=0, actor="staff:1")
    people.offers(locale="en")
    people.says_yes("K-1", locale="nl")
    people.says_yes("K-2", locale="en")
    assert people.states() == [("suppressed", "no_destination"), ("scheduled", None)]


def test_a_reopened_complaint_cancels_the_unsent_invitation(people: Reviewer) -> None:
    complaint = people.says_yes()
    people.reopens(complaint)
    assert people.states() == [("cancelled", "reopened")]
    assert people.outbox("review_invitation") == [("cancelled", "reopened")]
    people.clock.advance(DAY)
    assert [mail for mail in people.delivers() if "/review/" in mail.text] == []


def test_an_invitation_that_was_sent_stays_sent(people: Reviewer) -> None:
    complaint = people.says_yes()
    people.link_of_invitation()
    people.reopens(complaint)
    assert people.states() == [("sent", None)]


def test_a_yes_taken_back_and_given_again_plans_it_anew(people: Reviewer) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    for said in ("yes", "no", "yes"):
        people.answers(path, said)
    assert people.states() == [("scheduled", None)]
    assert people.outbox("review_invitation") == [("cancelled", "reopened"), ("queued", None)]
    people.link_of_invitation()
    assert people.story(complaint, "invitation") == ["planned", "cancelled", "planned", "sent"]


def test_a_yes_again_after_the_invitation_went_plans_none(people: Reviewer) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "yes")
    people.link_of_invitation()
    people.answers(path, "no")
    people.answers(path, "yes")
    assert people.states() == [("sent", None)]


def test_the_last_look_stops_what_was_reopened_while_a_sender_held_it(people: Reviewer) -> None:
    complaint = people.says_yes()
    with people.writing():
        db.session.execute(db.update(Complaint).where(Complaint.id == complaint).values(status="reopened"))
    people.clock.advance(DAY)
    assert people.delivers() == []
    assert [reason for _, reason in people.states()] == ["reopened"]


def test_mails_of_other_kinds_are_no_business_of_ours(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        service.mails_sent(MailsSent("check_in", (1,), (1,)))
        service.mails_ended(MailsEnded("check_in", (1,), (1,), "bounced", "no_such_address"))
    assert people.states() == [("scheduled", None)]


def test_news_of_a_mail_in_any_order_never_undoes_what_the_person_did(people: Reviewer) -> None:
    site = people.offers()
    people.sends(people.is_invited(), destination=str(site))
    (invitation,) = people.invitations()
    with people.writing():
        service.mails_sent(MailsSent("review_invitation", (1,), (invitation.id,)))
        service.mails_ended(MailsEnded("review_invitation", (1,), (invitation.id,), "bounced", "no_such_address"))
    assert people.states() == [("clicked", None)]


def test_a_mail_that_ends_says_why(people: Reviewer) -> None:
    complaint = people.says_yes()
    (invitation,) = people.invitations()
    with people.writing():
        service.mails_ended(MailsEnded("review_invitation", (1,), (invitation.id,), "expired", "too_late"))
    assert people.states() == [("expired", "too_late")]
    assert people.story(complaint, "invitation") == ["planned", "expired"]


def test_erasing_a_person_takes_the_words_and_the_link(people: Reviewer) -> None:
    path = people.is_invited()
    people.writes(path, title="Goed", text="Alles terug", display_name="Marleen")
    with people.writing():
        db.session.execute(db.update(Customer).values(erased_at=people.clock.now, name=None, email=None))
        service.erase(PeopleErased((1,)))
    (review,) = people.reviews()
    assert (review.status, review.title, review.text, review.display_name) == ("withdrawn", None, None, None)
    assert review.rating == 4
    assert people.opens(path).status_code == 404
    assert people.writes(path).status_code == 404


def test_erasing_a_person_cancels_what_was_planned(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        service.erase(PeopleErased((1,)))
    assert people.states() == [("cancelled", "erased")]
    assert people.outbox("review_invitation") == [("cancelled", "erased")]
