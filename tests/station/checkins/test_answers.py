"""An answer confirms or reopens; a change of it does so again; the same again does nothing."""

from __future__ import annotations

import re
import threading
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from feedbackloop.checkins.models import Answer
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people.models import Consent
from feedbackloop.recovery.models import RecoveryCase
from tests.support.colleague import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import submit


def test_yes_confirms(people: Complainant) -> None:
    complaint = people.brings()
    response = people.answers(people.is_asked(complaint), "yes", rating="5", recommend="9", comment="Nu klopt het.")
    assert response.status_code == 303
    assert response.headers["Location"].endswith("/thanks")
    assert people.status(complaint) == "confirmed"
    (check_in,) = people.check_ins(complaint)
    assert check_in["status"] == "answered"
    assert check_in["answered_at"] == people.clock.now.isoformat()
    assert check_in["answer"] == {
        "satisfied": "yes",
        "rating": 5,
        "recommend": 9,
        "reasons": [],
        "comment": "Nu klopt het.",
        "quote_consent": False,
        "call_me": False,
        "meet": False,
    }
    assert people.story(complaint, "check_in") == ["planned", "sent", "answered"]
    assert people.story(complaint, "answer") == ["answered"]


@pytest.mark.parametrize("satisfied", ["partly", "no"])
def test_partly_and_no_reopen(people: Complainant, satisfied: str) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), satisfied, reason=["amount", "again"], call_me="1")
    assert people.status(complaint) == "reopened"
    answer = people.check_ins(complaint)[0]["answer"]
    assert answer["satisfied"] == satisfied
    assert answer["reasons"] == ["again", "amount"]
    assert answer["call_me"] is True
    assert people.count(RecoveryCase) == 1


def test_the_same_answer_again_changes_nothing(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no", comment="Nog niet.", reason=["again", "amount"])
    before = (people.count(Answer), people.count(History), people.outbox("case_for_handler"))
    people.clock.advance(timedelta(days=1))
    assert people.answers(path, "no", comment="  Nog niet. ", reason=["amount", "again"]).status_code == 303
    assert people.answers(path + "?lang=en", "no", comment="Nog niet.", reason=["amount", "again"]).status_code == 303
    assert (people.count(Answer), people.count(History), people.outbox("case_for_handler")) == before


def test_every_version_of_an_answer_is_kept(people: Complainant, app: Flask) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    for satisfied, comment in (("no", "Eerste"), ("no", "Tweede"), ("yes", "Derde"), ("partly", "Vierde")):
        people.answers(path, satisfied, comment=comment)
    with app.app_context():
        rows = list(db.session.scalars(select(Answer).order_by(Answer.version)))
        assert [(row.version, row.satisfied, row.comment, row.latest) for row in rows] == [
            (1, "no", "Eerste", False),
            (2, "no", "Tweede", False),
            (3, "yes", "Derde", False),
            (4, "partly", "Vierde", True),
        ]
    assert people.story(complaint, "answer") == ["answered", "changed", "changed", "changed"]


def test_marks_stay_until_another_is_chosen_and_none_is_chosen_for_who_looks_again(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no", rating="2", recommend="0")
    page = people.app.test_client().get(path).get_data(as_text=True)
    assert 'type="radio"' in page
    assert not re.search(r'type="radio"[^>]*checked', page)
    assert page.count("U koos 2.") == 1
    assert page.count("U koos 0.") == 1
    people.answers(path, "no", comment="Nog iets.", rating="4")
    answer = people.check_ins(complaint)[0]["answer"]
    assert (answer["rating"], answer["recommend"], answer["comment"]) == (4, 0, "Nog iets.")
    versions = people.count(Answer)
    people.answers(path, "no", comment="Nog iets.")
    assert people.count(Answer) == versions


def test_yes_to_no_reopens_and_cancels_the_unsent_invitation(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "yes")
    assert [status for status, _ in people.outbox("review_invitation")] == ["queued"]
    people.answers(path, "no")
    assert people.status(complaint) == "reopened"
    assert [status for status, _ in people.outbox("review_invitation")] == ["cancelled"]


def test_no_to_yes_confirms(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no")
    people.answers(path, "yes")
    assert people.status(complaint) == "confirmed"


def test_an_answer_counts_also_while_the_fate_of_its_mail_is_unknown(people: Complainant) -> None:
    """The server took the mail and fell silent: for us it is not sent, and the person answers."""
    complaint = people.brings()
    people.sink.faults.drop_after_dot = 1
    people.clock.advance(timedelta(days=3))
    people.delivers()
    (check_in,) = people.check_ins(complaint)
    assert (check_in["status"], check_in["reason"]) == ("queued", "uncertain")
    assert people.answers(people.link(check_in), "yes").status_code == 303
    assert people.status(complaint) == "confirmed"
    people.clock.advance(timedelta(hours=1))
    assert people.delivers() == []
    assert people.check_ins(complaint)[0]["status"] == "answered"


def test_the_old_link_takes_no_answer_after_a_new_solution(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.answers(path, "no", comment="Nog niet.")
    people.resolves(complaint)
    response = people.answers(path, "yes")
    assert response.status_code == 409
    assert "eerdere oplossing" in response.text
    assert people.status(complaint) == "resolved"
    assert people.check_ins(complaint)[0]["answer"]["satisfied"] == "no"


def test_the_second_cycle_has_an_answer_of_its_own(people: Complainant) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), "no")
    people.clock.advance(timedelta(days=1))
    people.resolves(complaint)
    people.answers(people.is_asked(complaint), "yes")
    first, second = people.check_ins(complaint)
    assert (first["cycle"], first["answer"]["satisfied"]) == (1, "no")
    assert (second["cycle"], second["answer"]["satisfied"]) == (2, "yes")
    assert people.status(complaint) == "confirmed"


def test_a_complaint_that_staff_reopened_can_still_be_answered(people: Complainant) -> None:
    complaint = people.brings()
    path = people.is_asked(complaint)
    people.reopens(complaint)
    people.answers(path, "no", comment="Precies.")
    assert people.status(complaint) == "reopened"
    assert people.count(RecoveryCase) == 1


# Consent


def consents(people: Complainant) -> list[tuple[str, str, bool]]:
    with people.app.app_context():
        rows = db.session.scalars(select(Consent).where(Consent.purpose == "quote").order_by(Consent.id))
        return [(row.text_version, row.text, row.withdrawn_at is None) for row in rows]


def test_consent_is_kept_in_the_words_that_were_shown(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path, "yes", comment="Mooi.", quote_consent="1")
    dutch = "U mag mijn woorden laten lezen aan anderen, zonder mijn naam. Ik kan dit later intrekken."
    assert consents(people) == [("quote-1", dutch, True)]
    people.answers(path, "yes", comment="Heel mooi.", quote_consent="1")
    assert consents(people) == [("quote-1", dutch, True)]
    assert dutch in people.app.test_client().get(path).text


def test_consent_in_another_language_is_kept_in_that_language(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path + "?lang=en", "yes", quote_consent="1")
    assert consents(people)[0][1].startswith("You may show my words")


def test_unticking_withdraws(people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path, "yes", quote_consent="1")
    people.answers(path, "yes")
    assert [holds for _, _, holds in consents(people)] == [False]
    people.answers(path, "yes", comment="Toch wel.", quote_consent="1")
    assert [holds for _, _, holds in consents(people)] == [False, True]


# All at once


def at_once(app: Flask, path: str, bodies: list[dict[str, str]]) -> list[int]:
    """Posts all of these at the same moment, under the test's clock; their statuses."""
    statuses: list[int] = []
    start = threading.Barrier(len(bodies))

    def post(body: dict[str, str]) -> None:
        client = app.test_client()
        start.wait()
        statuses.append(client.post(path, data=body).status_code)

    threads = [threading.Thread(target=copy_context().run, args=(post, body)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


@pytest.fixture
def asked(people: Complainant) -> tuple[int, str]:
    """A complaint and its form."""
    complaint = people.brings()
    return complaint, people.is_asked(complaint)


def test_fifty_posts_of_one_answer_are_one_answer(people: Complainant, asked: tuple[int, str], app: Flask) -> None:
    complaint, path = asked
    assert at_once(app, path, [{"satisfied": "no", "comment": "Nog niet."}] * 50) == [303] * 50
    assert people.count(Answer) == 1
    assert people.count(RecoveryCase) == 1
    assert people.story(complaint, "complaint").count("reopened") == 1
    assert len(people.outbox("answer_receipt")) == 1
    assert len(people.outbox("case_for_handler")) == 1


def test_fifty_different_posts_are_fifty_versions_and_one_reopening(
    people: Complainant, asked: tuple[int, str], app: Flask
) -> None:
    complaint, path = asked
    bodies = [{"satisfied": "no", "comment": f"Nummer {number}"} for number in range(50)]
    assert at_once(app, path, bodies) == [303] * 50
    with app.app_context():
        versions = list(db.session.scalars(select(Answer.version).order_by(Answer.version)))
    assert versions == list(range(1, 51))
    assert people.story(complaint, "complaint").count("reopened") == 1
    assert people.count(RecoveryCase) == 1
    assert len(people.outbox("answer_receipt")) == 1
    assert len(people.outbox("case_for_handler")) == 1


def test_a_first_no_takes_few_statements(people: Complainant, asked: tuple[int, str], app: Flask) -> None:
    """Seventeen: what is read is not read again, and what many stations record is written at once."""
    complaint, path = asked
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert people.answers(path, "no", comment="Er misten er zes.", reason="amount").status_code == 303
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert people.status(complaint) == "reopened"
    assert len(said) <= 17, "\n".join(said)
    assert len([one for one in said if "INSERT INTO history" in one]) == 1


def test_yes_and_no_at_once_end_in_one_of_them(people: Complainant, asked: tuple[int, str], app: Flask) -> None:
    complaint, path = asked
    bodies = [{"satisfied": "yes"}, {"satisfied": "no"}] * 20
    assert at_once(app, path, bodies) == [303] * 40
    last = people.check_ins(complaint)[0]["answer"]["satisfied"]
    assert people.status(complaint) == {"yes": "confirmed", "no": "reopened"}[last]
    with app.app_context():
        case = db.session.scalars(select(RecoveryCase)).one_or_none()
        assert case is None or case.status == {"yes": "closed", "no": "open"}[last]


def test_staff_take_back_what_a_person_does_not_allow_any_more(people: Complainant, app: Flask) -> None:
    complaint = people.brings()
    people.answers(people.is_asked(complaint), "yes", comment="Mooi.", quote_consent="1")
    client = signed_in(app, "handler")
    path = f"/staff/complaints/{complaint}"
    assert f'{path}/consent"' in client.get(path).text
    assert submit(client, f"{path}/consent", form="/consent").status_code == 400
    assert submit(client, f"{path}/consent", form="/consent", purpose="name").status_code == 400
    assert submit(client, f"{path}/consent", form="/consent", purpose="quote").status_code == 303
    with app.app_context():
        (kept,) = db.session.scalars(select(Consent))
        assert kept.withdrawn_at == people.clock.now
    assert people.story(complaint, "complaint")[-1] == "consent_taken_back"
    assert f'{path}/consent"' not in client.get(path).text
    assert "The customer took back what was allowed" in client.get(path).text
