"""What the law gives people a right to: all that is kept of them, and that it goes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from feedbackloop import loop
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.checkins.models import Answer
from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput, PersonInput
from feedbackloop.core import clock as real_clock
from feedbackloop.core import db as transactions
from feedbackloop.core.history import History
from feedbackloop.extensions import Base, db
from feedbackloop.mailing import optouts
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.models import Customer
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.reviews.models import Review
from tests.support import organisation
from tests.support.clock import Clock

# What people say of themselves, and what is said of them.
WORDS = {
    "person": ("name", "email", "email_key", "phone"),
    "complaints": ("subject", "summary", "description", "resolution", "prevention"),
    "answers": ("comment",),
    "recovery_cases": ("outcome_reason",),
    "spendings": ("reason", "decision_reason"),
    "letters": ("body",),
    "public_replies": ("body", "placed_url"),
    "tellings": ("comment",),
    "followers": ("address",),
    "mails_to_followers": ("to_address",),
    "reviews": ("title", "text", "display_name", "reply"),
    "outside_reviews": ("title", "text", "author", "url"),
    "stories": ("title", "text", "shown_name"),
    "story_versions": ("title", "text", "words", "named"),
    "ambassadors": ("next_step", "not_now_reason"),
    "ambassador_notes": ("text",),
    "asks": ("line",),
}


@pytest.fixture
def loop_app(app: Flask) -> Flask:
    """The sample organisation: people at every station."""
    organisation.bring(app)
    return app


@pytest.fixture
def email(app: Flask, clock: Clock) -> str:
    """Somebody whose complaint is resolved, and who will be asked about it."""
    address = "marleen.osinga@postvak.example"
    complaint = ComplaintInput(
        source="shop",
        external_id="K-1",
        subject="Bestelling te laat",
        opened_at=clock.now - timedelta(days=3),
        resolved_at=clock.now - timedelta(days=1),
        customer=PersonInput(name="Marleen Osinga", email=address, phone="0611223344"),
    )
    with app.app_context(), transactions.transaction():
        complaints.upsert([complaint], "api:1")
    return address


def run(app: Flask, command: str, email: str) -> Result:
    return app.test_cli_runner().invoke(args=[command, email])


def exported(app: Flask, email: str) -> dict[str, Any]:
    result = run(app, "export-person", email)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def address_of(app: Flask, statement: Any) -> str:
    with app.app_context():
        email: str | None = db.session.scalar(
            statement.where(Customer.email.is_not(None)).order_by(Customer.id).limit(1)
        )
    assert email is not None, "the sample has nobody like this"
    return email


def ambassador_with_review(app: Flask) -> str:
    statement = select(Customer.email).join(Review, Review.customer_id == Customer.id)
    return address_of(app, statement.join(Ambassador, Ambassador.customer_id == Customer.id))


def dissatisfied(app: Flask) -> str:
    statement = select(Customer.email).join(Complaint, Complaint.customer_id == Customer.id)
    return address_of(app, statement.join(RecoveryCase).where(RecoveryCase.status == "open"))


def words_of(found: dict[str, Any]) -> set[str]:
    people = {**found, "person": [found["person"]]}
    return {row[name] for trail, names in WORDS.items() for row in people[trail] for name in names if row.get(name)}


def everything() -> Iterator[tuple[str, str]]:
    """Each row of each table, as text."""
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            yield table.name, repr(tuple(row))


def traces(app: Flask, words: set[str]) -> list[tuple[str, str]]:
    with app.app_context():
        rows = list(everything())
    shown = {word: repr(word)[1:-1] for word in words}
    return [(table, word) for table, text in rows for word in words if shown[word] in text]


def test_every_table_that_leads_to_a_person_is_on_a_trail() -> None:
    on_trail = {trail.column.class_.__tablename__ for trail in loop.PERSON_TRAILS} | {"customers"}
    found, grown = {"customers"}, True
    while grown:
        more = {
            table.name
            for table in Base.metadata.sorted_tables
            if any(key.column.table.name in found for key in table.foreign_keys)
        }
        grown = not more <= found
        found |= more
    assert found <= on_trail


def test_an_export_holds_what_every_station_keeps(loop_app: Flask) -> None:
    email = ambassador_with_review(loop_app)
    found = exported(loop_app, email)
    assert found["person"]["email"] == email
    for name in ("complaints", "check_ins", "answers", "invitations", "reviews", "ambassadors", "mails", "history"):
        assert found[name], f"nothing of {name}"
    with loop_app.app_context():
        person_id = db.session.scalars(select(Customer.id).where(Customer.email == email)).one()
        complaint_ids = set(db.session.scalars(select(Complaint.id).where(Complaint.customer_id == person_id)))
        changes = set(db.session.scalars(select(History.id).where(History.complaint_id.in_(complaint_ids))))
    assert {row["id"] for row in found["complaints"]} == complaint_ids
    assert {row["id"] for row in found["history"]} == changes


def test_an_export_finds_the_address_however_it_is_spelled(app: Flask, email: str) -> None:
    assert exported(app, f" {email.upper()} ")["person"]["email"] == email


def test_an_export_says_what_the_address_is_not_mailed_for(app: Flask, email: str) -> None:
    with app.app_context(), transactions.transaction():
        optouts.suppress(email, "news", "opted_out", "test")
    assert [row["purpose"] for row in exported(app, email)["suppressions"]] == ["news"]


def words_of_others(app: Flask, email: str) -> set[str]:
    """What somebody else has as well: a name, or the sentence that a case of the same kind was resolved with."""
    with app.app_context():
        one = db.session.scalars(select(Customer.id).where(Customer.email == email)).one()
        theirs = (
            select(Customer.__table__).where(Customer.id != one),
            select(Complaint.__table__).where(Complaint.customer_id != one),
        )
        return {str(value) for rows in theirs for row in db.session.execute(rows).mappings() for value in row.values()}


@pytest.mark.parametrize("who", [ambassador_with_review, dissatisfied])
def test_an_erasure_leaves_no_trace_of_the_person(loop_app: Flask, who: Any) -> None:
    email = who(loop_app)
    words = words_of(exported(loop_app, email))
    words -= words_of_others(loop_app, email)
    assert {table for table, _ in traces(loop_app, words)} >= {"customers", "complaints"}
    result = run(loop_app, "erase-person", email)
    assert result.exit_code == 0, result.output
    assert traces(loop_app, words) == []


def test_everybody_can_be_erased(loop_app: Flask) -> None:
    with loop_app.app_context():
        people = [email for email in db.session.scalars(select(Customer.email)) if email]
    for email in people:
        assert run(loop_app, "erase-person", email).exit_code == 0
    assert traces(loop_app, set(people)) == []
    with loop_app.app_context():
        assert set(db.session.scalars(select(Answer.comment))) == {None}


def test_what_counts_stays_without_the_person(loop_app: Flask) -> None:
    email = ambassador_with_review(loop_app)
    found = exported(loop_app, email)
    result = run(loop_app, "erase-person", email)
    line = result.output.strip().splitlines()[-1]
    assert line.startswith(f"erased person {found['person']['id']}: ")
    assert f"complaints {len(found['complaints'])}" in line
    assert f"reviews {len(found['reviews'])}" in line
    with loop_app.app_context():
        kept = db.session.get_one(Complaint, found["complaints"][0]["id"])
        answer = db.session.get_one(Answer, found["answers"][0]["id"])
        assert (kept.status, kept.category) == (found["complaints"][0]["status"], found["complaints"][0]["category"])
        assert (answer.satisfied, answer.rating) == (
            found["answers"][0]["satisfied"],
            found["answers"][0].get("rating"),
        )
        assert db.session.get_one(Ambassador, found["ambassadors"][0]["id"]).left_at is not None


def test_what_is_printed_and_logged_names_nobody(app: Flask, email: str, caplog: pytest.LogCaptureFixture) -> None:
    words = words_of(exported(app, email))
    assert {email, "Marleen Osinga", "Bestelling te laat"} <= words
    with caplog.at_level(logging.INFO):
        result = run(app, "erase-person", email)
    assert "complaints 1, check ins 1" in result.output
    assert any(record.getMessage() == "person_erased" for record in caplog.records)
    for word in words:
        assert word not in result.output
        assert word not in caplog.text


def test_a_second_erasure_has_nothing_to_do(app: Flask, email: str) -> None:
    run(app, "erase-person", email)
    before = rows(app)
    result = run(app, "erase-person", email.upper())
    assert result.exit_code == 0
    assert "nothing to do" in result.output
    assert rows(app) == before
    assert run(app, "export-person", email).exit_code == 2


def rows(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        return list(everything())


@pytest.mark.parametrize("command", ["export-person", "erase-person"])
@pytest.mark.parametrize("email", ["nobody@postvak.example", "", "no address", "%"])
def test_an_unknown_address_is_refused_and_not_repeated(app: Flask, command: str, email: str) -> None:
    result = run(app, command, email)
    assert result.exit_code == 2
    assert not email or email not in result.output


def test_an_opt_out_outlives_the_person(app: Flask, email: str) -> None:
    with app.app_context(), transactions.transaction():
        optouts.suppress(email, "check_in", "opted_out", "test")
    run(app, "erase-person", email)
    with app.app_context():
        assert optouts.is_suppressed([email], "check_in", real_clock.now()) == {email}


def test_nothing_more_is_sent_to_an_erased_person(app: Flask, email: str) -> None:
    def mails() -> list[str]:
        with app.app_context():
            return list(db.session.scalars(select(Outbox.status)))

    assert mails() == ["queued"]
    run(app, "erase-person", email)
    assert mails() == ["cancelled"]


def test_who_complains_again_is_a_new_person(app: Flask, email: str) -> None:
    run(app, "erase-person", email)
    with app.app_context(), transactions.transaction():
        again = ComplaintInput(
            source="shop", external_id="again", subject="Nog iets", customer=PersonInput(email=email)
        )
        complaints.upsert([again], "api:1")
    assert [row["external_id"] for row in exported(app, email)["complaints"]] == ["again"]
    assert run(app, "erase-person", email).exit_code == 0
    assert traces(app, {email}) == []


def test_a_repeated_import_does_not_bring_an_erased_person_back(app: Flask, email: str) -> None:
    run(app, "erase-person", email)
    with app.app_context(), transactions.transaction():
        told = PersonInput(name="Marleen Osinga", email=email, phone="0611223344")
        repeated = ComplaintInput(source="shop", external_id="K-1", subject="Bestelling te laat", customer=told)
        complaints.upsert([repeated], "import")
    assert traces(app, {email, "Marleen Osinga", "0611223344", "Bestelling te laat"}) == []
