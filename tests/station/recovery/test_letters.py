"""Letters to the person of a case: begun from a text, never sent unread, mailed once, kept with the case."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.core import db as transactions
from feedbackloop.core.decisions import Decision
from feedbackloop.core.errors import Conflict
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.people.models import Customer
from feedbackloop.recovery import filling, letters, service, texts
from feedbackloop.recovery.letters import Letter
from feedbackloop.recovery.models import CaseReply
from tests.support.colleague import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import forms_of, submit

pytestmark = pytest.mark.takes_turns

WRITE = "/staff/recovery/1/write"
BODY = "Beste Marleen Osinga,\n\nWij brengen de taart {{7*7}} morgen.\n\nMet vriendelijke groet,\nHanna Bos"


@pytest.fixture
def handler(app: Flask, people: Complainant) -> FlaskClient:
    people.answers(people.is_asked(people.brings()), "no")
    people.delivers()
    return signed_in(app, "handler", "Hanna Bos")


def kept(app: Flask) -> list[tuple[str | None, str | None]]:
    with app.app_context():
        return [(one.body, one.refused) for one in db.session.scalars(select(CaseReply).order_by(CaseReply.id))]


def test_a_text_is_filled_in_for_the_handler_to_read(handler: FlaskClient) -> None:
    page = handler.get(WRITE).text
    assert "Wat wij beloofden, is niet gebeurd" in page
    form = next(one for one in forms_of(handler.get(f"{WRITE}?text=first_contact").text) if WRITE in one.action)
    body = dict(form.fields)["body"]
    assert body.startswith("Beste Marleen Osinga,\n\nIk heb uw antwoord over uw klacht van 27 oktober gelezen.")
    assert body.endswith("Hanna Bos\nTestwinkel")
    assert "read" not in dict(form.fields)  # the box is the handler's to tick
    assert handler.get(f"{WRITE}?text=nothing").status_code == 404


def test_an_empty_page_begins_with_the_greeting(handler: FlaskClient) -> None:
    assert "Beste Marleen Osinga,</textarea>" in handler.get(f"{WRITE}?text=").text.replace("\n", "")


def test_it_goes_out_once_as_the_handler_read_it(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    mark = str(uuid.uuid4())
    for _ in range(2):
        sent = submit(handler, f"{WRITE}?text=first_contact", form="/write", body=BODY, read="1", once=mark)
        assert sent.status_code == 303
    (mail,) = people.delivers()
    assert people.recipient(mail) == "k-1@postvak.example"
    assert mail.subject == "Over uw klacht van 27 oktober"
    assert mail.message["List-Unsubscribe"] is None
    assert "Wij brengen de taart {{7*7}} morgen." in mail.text
    assert kept(app) == [(BODY, None)]
    page = handler.get("/staff/recovery/1").text
    assert "Wij brengen de taart" in page
    assert "Sent" in page
    assert "A colleague wrote to the customer" in handler.get("/staff/complaints/1").text
    assert people.story(1, "case_reply") == ["written"]


def test_of_one_mark_on_two_forms_at_once_one_goes(
    app: Flask, people: Complainant, handler: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have looked whether it is there before either is written; on SQLite the second looks afterwards."""
    people.answers(people.is_asked(people.brings("K-2")), "no")
    mark, looked = str(uuid.uuid4()), Barrier(2)
    may_write = letters.may_write

    def wait(customer: Customer | None) -> Decision:
        with suppress(BrokenBarrierError):
            looked.wait(1)
        return may_write(customer)

    monkeypatch.setattr(letters, "may_write", wait)

    def send(case_id: int) -> str:
        with app.app_context():
            try:
                with transactions.transaction():
                    letters.send(case_id, Letter(mark, BODY, None), 1, "staff:1")
            except Conflict:
                return "refused"
            return "sent"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(send, (1, 2))) == ["refused", "sent"]
    assert kept(app) == [(BODY, None)]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"read": []}, "read"),
        ({"body": "Beste Marleen, ik bel u op [dag]."}, "body"),
        ({"body": "{greeting} Wij bellen."}, "body"),
        ({"body": "  "}, "body"),
        ({"body": "x" * 6001}, "body"),
        ({"body": "nul\x00"}, "body"),
        ({"body": f"{BODY}\n\nDit zal niet meer gebeuren."}, "body"),  # no cause is known, and no step
    ],
)
def test_unread_or_unfinished_nothing_goes(
    app: Flask, people: Complainant, handler: FlaskClient, changed: dict[str, str | list[str]], field: str
) -> None:
    given = {"body": BODY, "read": "1", **changed}
    answer = submit(handler, f"{WRITE}?text=first_contact", form="/write", **given)
    assert answer.status_code == 400
    assert f'href="#{field}"' in answer.text
    assert kept(app) == []
    assert people.delivers() == []


def test_without_an_address_it_is_kept_with_the_reason(app: Flask, people: Complainant) -> None:
    path = people.is_asked(people.brings())
    people.answers(path, "no")
    people.delivers()
    with app.app_context(), transactions.transaction():
        db.session.scalars(select(Customer)).one().email = None
    desk = signed_in(app, "handler")
    assert "There is no e-mail address of this customer" in desk.get(WRITE).text
    assert submit(desk, f"{WRITE}?text=", form="/write", body=BODY, read="1").status_code == 303
    assert kept(app) == [(BODY, "no_address")]
    page = desk.get("/staff/recovery/1").text
    assert "no address" in page
    assert people.delivers() == []
    assert people.story(1, "case_reply") == ["not_sent"]


def test_an_erasure_stops_the_mail_and_takes_the_words(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    submit(handler, f"{WRITE}?text=", form="/write", body=BODY, read="1")
    with app.app_context(), transactions.transaction():
        service.erase(PeopleErased((1,)))
    assert kept(app) == [(None, None)]
    assert people.delivers() == []
    assert people.outbox("case_reply") == [("cancelled", "erased")]
    assert "The words were erased." in handler.get("/staff/recovery/1").text


def test_a_situation_that_is_none_is_not_found(app: Flask, handler: FlaskClient) -> None:
    for wrong in ("nul\x00", "geen", "x" * 500):
        sent = submit(handler, f"{WRITE}?text=", form="/write", body=BODY, read="1", situation=wrong)
        assert sent.status_code == 404
    assert kept(app) == []


def test_the_mark_of_another_form_is_a_conflict(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    mark = str(uuid.uuid4())
    with app.app_context(), transactions.transaction():
        letters.send(1, Letter(mark, BODY, None), 1, "staff:1")
    with app.app_context(), pytest.raises(Conflict), transactions.transaction():
        letters.send(1, Letter(mark, BODY, None), 2, "staff:2")


class TestTexts:
    """What staff begin with."""

    def test_every_situation_comes_in_both_languages(self, app: Flask) -> None:
        with app.app_context():
            for purpose, fewest in (("mail", 8), ("public", 3)):
                found = {locale: texts.library(purpose, locale) for locale in ("nl", "en")}
                assert [one.situation for one in found["nl"]] == [one.situation for one in found["en"]]
                assert len(found["nl"]) >= fewest
                for one in (*found["nl"], *found["en"]):
                    assert filling.unknown(one.body, filling.ALLOWED[purpose]) == []
                    assert "!" not in one.body + one.title
                    assert not {"je", "jij", "jouw", "jullie"} & set(one.body.lower().split())

    def test_quality_changes_a_text_and_handlers_get_it(self, app: Flask, handler: FlaskClient) -> None:
        edit = "/staff/recovery/texts/mail/first_contact/nl"
        assert handler.get(edit).status_code == 403
        assert handler.get("/staff/recovery/texts/").status_code == 200
        quality = signed_in(app, "quality")
        assert submit(quality, edit, form=edit, body="{greeting} {{7*7}} {naam}").status_code == 400
        changed = "{greeting}\n\nNieuw voor {number}: {{7*7}} ${organisation}"
        assert submit(quality, edit, form=edit, body=changed).status_code == 303
        page = handler.get(f"{WRITE}?text=first_contact").text
        assert "Nieuw voor K-1: {{7*7}} $Testwinkel" in page
        assert submit(quality, edit, form=edit, in_use=[]).status_code == 303
        assert handler.get(f"{WRITE}?text=first_contact").status_code == 404
        assert "Ik heb uw antwoord gelezen" not in handler.get(WRITE).text

    def test_what_a_colleague_changed_meanwhile_is_not_overwritten(self, app: Flask, handler: FlaskClient) -> None:
        edit = "/staff/recovery/texts/mail/again/en"
        quality = signed_in(app, "quality")
        stale = dict(next(one for one in forms_of(quality.get(edit).text) if edit in one.action).fields)
        assert submit(quality, edit, form=edit, title="Once more").status_code == 303
        assert quality.post(edit, data={**stale, "title": "Mine"}).status_code == 409

    def test_staff_add_a_situation(self, app: Flask, handler: FlaskClient) -> None:
        quality, new = signed_in(app, "quality"), "/staff/recovery/texts/mail/new"
        assert submit(quality, new, form=new, title="", body="x", locale="nl").status_code == 400
        made = submit(
            quality, new, form=new, title="Na een storing", body="{greeting} Er was een storing.", locale="nl"
        )
        assert made.status_code == 303
        assert "Na een storing" in handler.get(WRITE).text
        for path in (
            "/staff/recovery/texts/mail/own-1/nl",
            "/staff/recovery/texts/mail/again/fr",
            "/staff/recovery/texts/mail/%00/nl",
            "/staff/recovery/texts/other/new",
        ):
            assert quality.get(path).status_code == 404
