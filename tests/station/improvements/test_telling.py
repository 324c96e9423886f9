"""Whoever is behind an improvement is told once for each milestone; what comes together is one mail."""

from __future__ import annotations

import threading
from datetime import timedelta

from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing.models import Outbox
from feedbackloop.people import privacy
from feedbackloop.people.models import Customer
from tests.support.improver import EN, NL, Improver

HOUR = timedelta(hours=1)


def test_everybody_behind_it_gets_one_mail_after_the_batch_time(people: Improver) -> None:
    ids = [people.complains(f"K-{n}", email=f"p{n}@post.example") for n in range(3)]
    improvement = people.public(ids)
    assert people.tellings() == [(improvement, "published", "scheduled", None)] * 3
    people.clock.advance(23 * HOUR)
    assert people.delivers() == []
    people.clock.advance(HOUR)
    assert sorted(mail.recipients[0] for mail in people.delivers()) == [f"p{n}@post.example" for n in range(3)]
    assert {status for _, _, status, _ in people.tellings()} == {"sent"}
    assert people.telling().sent_at == people.clock.now


def test_several_complaints_of_one_person_are_one_telling_about_the_newest(people: Improver) -> None:
    first = people.complains("K-1", email="same@post.example")
    second = people.complains("K-2", email="same@post.example", opened_at=people.clock.now)
    people.public([first, second])
    assert len(people.tellings()) == 1
    assert people.telling().complaint_id == second


def test_publishing_again_and_editing_tell_nobody_twice(people: Improver) -> None:
    improvement = people.public([people.complains()])
    people.publishes(improvement)
    assert len(people.tells()) == 1
    people.changes(improvement, texts={"nl": EN})
    people.unpublishes(improvement)
    people.publishes(improvement)
    assert people.tells() == []
    assert people.tellings() == [(improvement, "published", "sent", None)]


def test_becoming_done_is_told_once_more_and_never_a_third_time(people: Improver) -> None:
    improvement = people.public([people.complains()])
    people.tells()
    people.changes(improvement, status="done")
    assert len(people.tells()) == 1
    people.changes(improvement, status="in_progress")
    people.changes(improvement, status="done")
    people.unpublishes(improvement)
    people.publishes(improvement)
    assert people.tells() == []
    assert [row[1:3] for row in people.tellings()] == [("published", "sent"), ("done", "sent")]


def test_published_as_done_is_one_mail(people: Improver) -> None:
    improvement = people.public([people.complains()], status="done")
    assert people.tellings() == [(improvement, "done", "scheduled", None)]
    assert len(people.tells()) == 1
    people.changes(improvement, status="in_progress")
    people.unpublishes(improvement)
    people.publishes(improvement)
    assert people.tells() == []
    assert len(people.tellings()) == 1


def test_done_before_the_mail_went_is_one_mail_that_says_so_once(people: Improver) -> None:
    improvement = people.public([people.complains()])
    people.changes(improvement, status="done")
    mails = people.tells()
    assert len(mails) == 1
    assert mails[0].text.count("/told/") == 1
    assert "DIT DEDEN WIJ ERMEE" in mails[0].text
    assert [row[2] for row in people.tellings()] == ["sent", "sent"]


def test_two_improvements_within_the_batch_time_become_one_mail(people: Improver) -> None:
    complaint = people.complains()
    people.public([complaint])
    people.clock.advance(5 * HOUR)
    people.public([complaint], texts={"nl": EN})
    mails = people.tells()
    assert len(mails) == 1
    assert mails[0].text.count("/told/") == 2
    assert NL.we_did in mails[0].text
    assert EN.we_did in mails[0].text
    people.clock.advance(HOUR)
    people.public([complaint], texts={"nl": NL})
    assert len(people.tells()) == 1


def test_taking_it_off_the_page_cancels_what_was_not_sent_and_putting_it_back_tells_after_all(
    people: Improver,
) -> None:
    improvement = people.public([people.complains()])
    people.unpublishes(improvement)
    assert people.tellings() == [(improvement, "published", "cancelled", "unpublished")]
    assert people.outbox("told_you_so") == [("cancelled", "unpublished")]
    assert people.tells() == []
    people.publishes(improvement)
    assert people.tellings() == [(improvement, "published", "scheduled", None)]
    assert len(people.tells()) == 1


def test_a_mail_that_tells_of_another_one_as_well_still_goes(people: Improver) -> None:
    complaint = people.complains()
    first = people.public([complaint])
    people.public([complaint], texts={"nl": EN})
    people.unpublishes(first)
    mails = people.tells()
    assert len(mails) == 1
    assert NL.we_did not in mails[0].text
    assert [row[2] for row in people.tellings()] == ["cancelled", "sent"]


def test_a_complaint_that_is_linked_later_is_told_too_and_the_others_are_not_told_again(people: Improver) -> None:
    first = people.complains("K-1")
    improvement = people.public([first])
    people.tells()
    second = people.complains("K-2")
    people.changes(improvement, complaint_ids=[first, second])
    mails = people.tells()
    assert [mail.recipients[0] for mail in mails] == ["k-2@postvak.example"]


def test_a_complaint_that_is_taken_away_is_not_told_of(people: Improver) -> None:
    first, second = people.complains("K-1", email="a@post.example"), people.complains("K-2", email="a@post.example")
    other = people.complains("K-3")
    improvement = people.public([first, second, other])
    people.unlinks(improvement, other)
    people.unlinks(improvement, people.telling().complaint_id)
    assert [(row[2], row[3]) for row in people.tellings()] == [("scheduled", None), ("cancelled", "unlinked")]
    assert [mail.recipients[0] for mail in people.tells()] == ["a@post.example"]


def test_whoever_cannot_or_will_not_be_mailed_is_kept_with_the_reason(people: Improver) -> None:
    ids = [people.complains("K-1", email=None), people.complains("K-2"), people.complains("K-3")]
    with people.app.app_context(), transactions.transaction():
        customer = db.session.query(Customer).filter_by(email="k-2@postvak.example").one()
        optouts.opt_out(customer.id, "news", "page")
    people.public(ids)
    assert sorted((row[2], row[3]) for row in people.tellings()) == [
        ("scheduled", None),
        ("suppressed", "no_address"),
        ("suppressed", "opted_out"),
    ]
    assert [mail.recipients[0] for mail in people.tells()] == ["k-3@postvak.example"]


def test_stopping_check_ins_does_not_stop_news(people: Improver) -> None:
    complaint = people.complains()
    with people.app.app_context(), transactions.transaction():
        optouts.opt_out(db.session.query(Customer).one().id, "check_in", "page")
    people.public([complaint])
    assert len(people.tells()) == 1


def test_opting_out_after_planning_ends_it(people: Improver) -> None:
    people.public([people.complains()])
    with people.app.app_context(), transactions.transaction():
        optouts.opt_out(db.session.query(Customer).one().id, "news", "page")
    assert people.tells() == []
    assert people.tellings()[0][2:] == ("cancelled", "opted_out")


def test_a_complaint_given_to_somebody_else_meanwhile_is_not_told_to_the_first_one(people: Improver) -> None:
    people.public([people.complains("K-1", email="old@post.example")])
    people.complains("K-1", email="new@post.example")
    assert people.tells() == []
    assert people.tellings()[0][2:] == ("cancelled", "readdressed")


def test_a_bounce_is_kept_with_the_telling(people: Improver) -> None:
    people.sink.faults.refuse = ["k-1@*"]
    people.public([people.complains()])
    people.tells()
    assert people.tellings()[0][2] in ("bounced", "suppressed")
    assert people.telling().sent_at is None


def test_whoever_is_erased_hears_nothing_and_what_they_said_stays_a_number(people: Improver) -> None:
    improvement = people.public([people.complains("K-1")])
    people.tells()
    people.app.test_client().post(people.told_path(), data={"helps": "no"})
    people.changes(improvement, status="done")
    with people.app.app_context(), transactions.transaction():
        privacy.erase(db.session.query(Customer).one(), "staff:1")
    assert people.tells() == []
    assert people.tellings() == [
        (improvement, "published", "sent", None),
        (improvement, "done", "cancelled", "erased"),
    ]
    assert people.telling().helps == "no"


def test_the_story_of_the_complaint_tells_of_it(people: Improver) -> None:
    complaint = people.complains()
    people.public([complaint])
    people.tells()
    assert people.story(complaint, "telling") == ["planned", "sent"]
    assert people.story(complaint, "improvement") == ["linked"]


def test_two_improvements_published_at_the_same_moment_are_one_mail(people: Improver) -> None:
    complaint = people.complains()
    drafts = [people.writes([complaint]), people.writes([complaint], texts={"nl": EN})]
    threads = [threading.Thread(target=people.publishes, args=(one,)) for one in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with people.app.app_context():
        assert db.session.query(Outbox).filter_by(kind="told_you_so").count() == 1
    assert len(people.tellings()) == 2


def test_publishing_the_same_one_from_two_sides_at_once_tells_once(people: Improver) -> None:
    draft = people.writes([people.complains()])
    threads = [threading.Thread(target=people.publishes, args=(draft,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(people.tellings()) == 1
    assert len(people.tells()) == 1
