"""'I cannot say yet': asked once more after a week, and every change from and to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.recovery.models import RecoveryCase
from tests.support.complainant import Complainant

AGAIN = "check_in_again"
WEEK = timedelta(days=7)


def told(people: Complainant, complaint: int) -> list[tuple[str, str | None]]:
    """What history says of the second question, with the reason."""
    kinds = ("again_planned", "asked_again", "not_again")
    with people.app.app_context():
        wanted = (History.complaint_id == complaint, History.what.in_(kinds))
        rows = db.session.execute(select(History.what, History.reason).where(*wanted).order_by(History.id))
        return [(row.what, row.reason) for row in rows]


def case_status(people: Complainant) -> str | None:
    with people.app.app_context():
        return db.session.scalar(select(RecoveryCase.status))


def test_who_cannot_say_yet_is_asked_once_more(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    assert people.answers(path, "later", comment="De nieuwe taart komt nog.", meet="1").status_code == 303
    assert people.status(complaint) == "resolved"
    answer = people.check_ins(complaint)[0]["answer"]
    assert (answer["satisfied"], answer["meet"], answer["reasons"]) == ("later", True, [])
    assert people.count(RecoveryCase) == 0
    assert people.outbox("check_in_reminder") == [("cancelled", "answered")]
    page = people.app.test_client().get(f"{path}/thanks").text
    assert "U kunt het nog niet zeggen." in page
    assert "Op donderdag 12 november vragen wij het u nog één keer" in page

    people.clock.advance(WEEK - timedelta(minutes=1))
    assert people.delivers() == []
    people.clock.advance(timedelta(minutes=1))
    (mail,) = people.delivers()
    assert mail.subject == "Uw klacht van 27 oktober: kunt u het nu wel zeggen?"
    assert path in mail.text
    assert "Voortaan tellen twee mensen elke bestelling na." in mail.text
    for choice in ("yes", "partly", "no"):
        assert f"{path}?satisfied={choice}" in mail.html
    assert "satisfied=later" not in mail.html

    # They still cannot: that is kept as a version, and not asked a third time.
    assert people.answers(path, "later", comment="De nieuwe taart komt nog.", meet="1").status_code == 303
    assert people.answers(path, "later", comment="De nieuwe taart komt nog.", meet="1").status_code == 303
    assert people.story(complaint, "answer") == ["answered", "changed"]
    assert told(people, complaint) == [("again_planned", None), ("asked_again", None), ("not_again", "once")]
    people.clock.advance(2 * WEEK)
    assert people.delivers() == []
    assert "Wij vragen dit niet nog eens." in people.app.test_client().get(f"{path}/thanks").text
    people.answers(path, "yes")
    assert people.status(complaint) == "confirmed"


def test_an_answer_a_reopening_and_an_erasure_stop_the_second_question(people: Complainant) -> None:
    one, two, three = (people.brings(f"K-{n}") for n in (1, 2, 3))
    paths = [people.is_asked(one)] + [people.link(people.check_ins(other)[0]) for other in (two, three)]
    for path in paths:
        people.answers(path, "later")
    people.answers(paths[0], "yes")
    people.reopens(two)
    done = people.app.test_cli_runner().invoke(args=["erase-person", "k-3@postvak.example"])
    assert done.exit_code == 0, done.output
    assert people.outbox(AGAIN) == [("cancelled", "answered"), ("cancelled", "reopened"), ("cancelled", "erased")]


def test_what_came_up_together_goes_as_one(people: Complainant) -> None:
    for number in (1, 2):
        people.brings(f"K-{number}", email="both@postvak.example")
    people.is_asked(1)
    for complaint in (1, 2):
        people.answers(people.link(people.check_ins(complaint)[0]), "later")
    people.clock.advance(WEEK)
    (mail,) = people.delivers()
    assert mail.subject == "Uw 2 klachten: kunt u het nu wel zeggen?"
    assert [status for status, _ in people.outbox(AGAIN)] == ["sent", "sent"]
    assert ("asked_again", None) in told(people, 2)


@pytest.mark.parametrize(
    ("said", "status", "case", "reason"),
    [
        (("yes", "later"), "resolved", None, None),
        (("no", "later"), "reopened", "open", "reopened"),
        (("later", "yes"), "confirmed", None, None),
        (("later", "no"), "reopened", "open", None),
        (("yes", "later", "partly"), "reopened", "open", None),
        (("no", "yes", "later"), "resolved", "closed", None),
        (("later", "yes", "later"), "resolved", None, "once"),
    ],
)
def test_every_change_from_and_to_it(
    people: Complainant, said: tuple[str, ...], status: str, case: str | None, reason: str | None
) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    for one in said:
        assert people.answers(path, one).status_code == 303
    assert people.status(complaint) == status
    assert case_status(people) == case
    assert [why for what, why in told(people, complaint) if what == "not_again"] == ([reason] if reason else [])
    with people.app.app_context():
        confirmed_at = db.session.get_one(Complaint, complaint).confirmed_at
    assert (confirmed_at is not None) is (status == "confirmed")


def test_a_yes_that_is_taken_back_stops_the_invitation_and_leaves_the_board(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "yes")
    people.answers(path, "later")
    assert people.outbox("review_invitation") == [("cancelled", "taken_back")]
    assert people.story(complaint, "ambassador") == ["entered", "left"]
    assert people.story(complaint, "complaint")[-2:] == ["confirmed", "unconfirmed"]


def test_who_works_on_a_no_hears_of_the_doubt(people: Complainant, app: Flask) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no")
    people.delivers()
    people.answers(path, "later", comment="Misschien valt het mee.")
    people.clock.advance(timedelta(minutes=10))
    mails = [mail for mail in people.delivers() if people.recipient(mail) == "youssef@ours.example"]
    assert len(mails) == 1
    assert "Ik kan het nog niet zeggen" in mails[0].text
    page = app.test_client().get(f"{path}/thanks").text
    assert "Uw klacht is nog open. Youssef Amrani neemt contact met u op" in page


def test_a_link_that_ends_first_is_no_reason_to_ask(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.clock.advance(timedelta(days=84))
    people.answers(path, "later")
    assert people.outbox(AGAIN) == []
    assert told(people, complaint) == [("not_again", "expired")]
