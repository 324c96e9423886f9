"""What marketing asks of people: the mail, the page behind it, what is recorded, and how it is taken back."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from feedbackloop.ambassadors import ask_pictures, asks
from feedbackloop.ambassadors.ask_models import Ask, Note, Picture
from feedbackloop.ambassadors.models import Ambassador, Tag
from feedbackloop.ambassadors.story_models import Story
from feedbackloop.core import tokens
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.people import privacy
from feedbackloop.people.models import Consent, Customer
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.reviewer import DAY, Reviewer
from tests.support.smtp import Received

PERSON = "/staff/ambassadors/1"
WORDS = "Ze belden dezelfde dag. Netjes."


def marketing(people: Reviewer, name: str = "Pim Verbeek") -> FlaskClient:
    return signed_in(people.app, "marketing", name)


def glad(people: Reviewer, comment: str | None = WORDS, **given: Any) -> int:
    return people.says_yes(answer={"comment": comment} if comment else None, **given)


def asks_for(people: Reviewer, client: FlaskClient, kind: str, **fields: str) -> Received:
    """Marketing asks, and the mail goes; the mail."""
    sent = sends(client, kind, **fields)
    assert sent.status_code == 303, sent.text
    people.clock.advance(timedelta(minutes=1))
    mails = [mail for mail in people.delivers() if "/ask/" in mail.text]
    assert len(mails) == 1, f"{len(mails)} asks went out"
    return mails[0]


def sends(client: FlaskClient, kind: str, **fields: str) -> TestResponse:
    """Marketing presses the button that sends, where the page offers it."""
    return submit(client, f"{PERSON}/asks/{kind}", form="/asks/", step="send", **fields)


def drafts(people: Reviewer) -> list[tuple[Any, ...]]:
    """The stories there are: kind, status, whose, and about which case."""
    with people.app.app_context():
        return [tuple(row) for row in db.session.query(Story.kind, Story.status, Story.customer_id, Story.complaint_id)]


def posts(client: FlaskClient, path: str, **fields: str) -> int:
    """What a form of a page sends, by hand: the page has several that lead to one address."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(PERSON).text)
    assert token is not None
    return client.post(f"{PERSON}/{path}", data={"csrf_token": token[1], **fields}).status_code


def asked(people: Reviewer, kind: str, **fields: str) -> str:
    """The path of the page of an ask that was sent."""
    return people.path(asks_for(people, marketing(people), kind, **fields), "/ask/")


def answers(people: Reviewer, path: str, **fields: Any) -> TestResponse:
    """Sends the form as it stands on the page, with these choices."""
    return submit(people.app.test_client(), path, **fields)


def consents(people: Reviewer, holding: bool = True) -> list[tuple[str, str]]:
    with people.app.app_context():
        rows = db.session.scalars(select(Consent).where(Consent.withdrawn_at.is_(None) == holding).order_by(Consent.id))
        return [(one.purpose, one.text_version) for one in rows]


def rows(people: Reviewer) -> Sequence[Ask]:
    with people.app.app_context():
        return db.session.scalars(select(Ask).order_by(Ask.id)).all()


def states(people: Reviewer) -> list[tuple[str, str | None]]:
    return [(one.status, one.reason) for one in rows(people)]


def photo(size: tuple[int, int] = (40, 30), form: str = "JPEG") -> io.BytesIO:
    """A picture that holds where it was taken."""
    made, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "Thuis in Velp"
    Image.new("RGB", size, "teal").save(made, form, exif=exif)
    made.seek(0)
    return made


def test_a_quote_and_a_name_are_asked_agreed_to_shown_and_taken_back(people: Reviewer) -> None:
    glad(people, locale="nl")
    client = marketing(people)
    page = client.get(f"{PERSON}/asks/name").text
    for words in ("Mogen wij anderen laten zien wat u schreef, met uw voornaam?", "Beste (naam),"):
        assert words in page, "the mail is looked at in the person's language"
    assert WORDS not in page
    assert "Marleen" not in page
    mail = asks_for(people, client, "name", line="Pim van de winkel vraagt dit.")
    assert mail.subject == "Mogen wij anderen laten zien wat u schreef, met uw voornaam?"
    for part in (mail.text, mail.html):
        assert "Pim van de winkel vraagt dit." in part
        assert "Beste Marleen Osinga," in part
        assert "/agreements/1." in part
        assert "/unsubscribe/1-review." in part
        assert WORDS not in part
    assert states(people) == [("sent", None)]

    path = people.path(mail, "/ask/")
    before = people.count(History)
    shown = people.opens(path)
    assert shown.status_code == 200
    assert WORDS in shown.text
    assert "checked" not in shown.text
    assert answers(people, path).status_code == 400, "nothing chosen is nothing said"
    assert answers(people, path, quote="yes").status_code == 400, "each is chosen by itself"
    assert people.app.test_client().head(path).status_code == 200
    assert (people.count(Consent), people.count(History)) == (0, before)

    assert answers(people, path, quote="yes", name="yes").status_code == 303
    assert consents(people) == [("quote", "quote-1"), ("name", "name-1")]
    thanks = people.opens(path).text
    assert "Wij hebben uw antwoord." in thanks
    assert "/agreements/1." in thanks
    assert states(people) == [("answered", None)]
    assert people.story(1, "ask") == ["planned", "sent", "answered"]
    for place in ("/staff/ambassadors/", PERSON, f"{PERSON}.json"):
        found = client.get(place).text
        assert "Marleen" in found, place
        assert WORDS in found, place
        assert "Osinga" not in found, place
    assert answers(people, path, quote="yes", name="yes").status_code == 303
    assert people.story(1, "ask") == ["planned", "sent", "answered"], "the same again changes nothing"

    link = people.path(mail, "/agreements/")
    everything = people.opens(link).text
    assert "U mag mijn voornaam bij mijn woorden laten zien." in everything
    ids = re.findall(r'name="consent" value="(\d+)"', everything)
    assert len(ids) == 2
    for wrong in ({}, {"consent": ""}, {"consent": "999"}, {"consent": "x"}):
        assert people.sends(link, **wrong).status_code == 400, "a button that is pressed without a tick changes nothing"
    assert len(consents(people)) == 2
    assert people.sends(link, consent=ids).status_code == 303
    assert people.sends(link, consent=ids).status_code == 303, "saying it twice is saying it once"
    assert consents(people) == []
    assert people.story(1, "complaint").count("consent_taken_back") == 2
    for place in ("/staff/ambassadors/", PERSON, f"{PERSON}.json"):
        found = client.get(place).text
        assert "Marleen" not in found, place
        assert WORDS not in found, place
    assert "U nam dit terug" in people.opens(path).text
    assert "They took back that they allowed this." in client.get(PERSON).text


def test_a_no_is_kept_and_is_not_asked_about_again_unless_they_say_so(people: Reviewer) -> None:
    glad(people)
    path = asked(people, "story")
    assert answers(people, path, story="no").status_code == 303
    assert consents(people) == []
    assert [one.answers for one in rows(people)] == [{"story": "no"}]
    people.clock.advance(40 * DAY)
    client = marketing(people, "Sara Bos")
    page = client.get(f"{PERSON}/asks/story").text
    assert "They said no to this before." in page
    assert posts(client, "asks/story", step="send") == 303
    assert "Not asked: They said no to this before." in client.get(PERSON).text
    assert states(people) == [("answered", None), ("not_sent", "said_no")]
    assert sends(client, "story", told="1").status_code == 303
    assert [(one.status, one.told) for one in rows(people)][-1] == ("scheduled", True)


def test_a_changed_mind_changes_what_holds(people: Reviewer) -> None:
    glad(people)
    path = asked(people, "reference")
    assert answers(people, path, reference="yes", contact="no").status_code == 303
    assert consents(people) == [("reference", "reference-1")]
    with people.app.app_context():
        one = db.session.get_one(Ambassador, 1)
        assert one.next_step == "Wil best bellen met een ander: bedank hiervoor"
    assert answers(people, path, reference="no", contact="yes").status_code == 303
    assert consents(people) == [("contact", "contact-1")]
    assert consents(people, holding=False) == [("reference", "reference-1")]
    assert people.story(1, "ask")[-2:] == ["answered", "answered"]


def test_a_picture_is_drawn_again_shown_and_gone_when_it_is_taken_back(people: Reviewer) -> None:
    glad(people)
    path = asked(people, "picture")
    for fields in (
        {},
        {"picture_file": (photo(), "ik.jpg")},
        {"uses": "site"},
        {"picture_file": (io.BytesIO(b"%PDF-1"), "x.pdf"), "uses": "site"},
    ):
        assert people.sends(path, picture="yes", **fields).status_code == 400, fields
    assert people.sends(path, picture="yes", uses="everywhere", picture_file=(photo(), "ik.jpg")).status_code == 400
    folder = ask_folder(people)
    assert people.count(Picture) == 0
    assert not list(folder.glob("*")), "nothing is kept of what was refused"
    sent = people.sends(path, picture="yes", uses=["site", "print"], picture_file=(photo((2000, 900), "PNG"), "ik.png"))
    assert sent.status_code == 303, sent.text
    with people.app.app_context():
        kept = db.session.scalars(select(Picture)).one()
        given = db.session.scalars(select(Consent)).one()
        stored = ask_pictures.path_of(kept.file).read_bytes()
    assert kept.uses == ["site", "print"]
    assert "alleen hier: op de website; op papier" in given.text
    assert b"Velp" not in stored
    assert max(Image.open(io.BytesIO(stored)).size) == 1600
    client = marketing(people, "Sara Bos")
    shown = client.get(f"{PERSON}/picture")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert shown.headers["Cache-Control"] == "no-store"
    assert "/picture" in client.get(PERSON).text

    assert people.sends(path, picture="yes", uses="site").status_code == 303, "the one that was sent stays"
    assert people.count(Picture) == 1
    assert len(consents(people, holding=False)) == 1
    assert submit(client, PERSON, form="/take-back").status_code == 303
    assert client.get(f"{PERSON}/picture").status_code == 404
    assert not list(folder.glob("*")), "the file went with the consent"


def ask_folder(people: Reviewer) -> Any:
    with people.app.app_context():
        return ask_pictures.path_of("x").parent


def test_who_may_not_be_asked_and_the_reason_is_kept_and_shown(people: Reviewer) -> None:
    glad(people, comment=None)
    client = marketing(people)
    assert "They wrote nothing that could be shown." in client.get(PERSON).text
    assert posts(client, "asks/quote", step="send") == 303
    assert posts(client, "asks/nothing", step="send") == 404
    with people.writing():
        optouts.opt_out(1, "news", "page")
    assert "They do not want such e-mails." in client.get(PERSON).text
    assert posts(client, "asks/story", step="send") == 303
    assert states(people) == [("not_sent", "no_words"), ("not_sent", "opted_out")]
    assert people.outbox("ask") == []


def test_it_is_decided_again_when_the_mail_goes_and_a_new_complaint_stops_it(people: Reviewer) -> None:
    complaint = glad(people)
    client = marketing(people)
    sends(client, "story")
    with people.writing():
        optouts.suppress("k-1@postvak.example", "news", "opted_out", "page")
    assert people.delivers() == []
    assert states(people) == [("not_sent", "opted_out")]
    with people.writing():
        optouts.take_back("k-1@postvak.example", "news")
    sends(client, "story")
    people.reopens(complaint)
    assert states(people)[-1] == ("cancelled", "reopened")
    assert people.delivers() == []


def test_who_waits_for_us_is_asked_nothing_also_by_a_link_that_they_have(people: Reviewer) -> None:
    complaint = glad(people)
    path = asked(people, "story")
    people.reopens(complaint)
    shown = people.opens(path)
    assert shown.status_code == 200
    assert "Eerst lossen wij uw klacht op." in shown.text
    assert people.sends(path, story="yes").status_code == 409
    assert consents(people) == []


def test_a_yes_to_a_story_begins_its_draft_and_a_no_begins_nothing(people: Reviewer) -> None:
    complaint = glad(people)
    path = asked(people, "story")
    assert people.sends(path, story="no").status_code == 303
    assert drafts(people) == []
    for _twice in range(2):
        assert people.sends(path, story="yes").status_code == 303
    assert drafts(people) == [("story", "draft", 1, complaint)]


def test_a_colleague_stops_one_that_did_not_go_yet(people: Reviewer) -> None:
    glad(people)
    client = marketing(people)
    sends(client, "story")
    assert submit(client, PERSON, form="/stop").status_code == 303
    assert states(people) == [("cancelled", "by_staff")]
    assert people.delivers() == []


@pytest.mark.parametrize("line", ["Kijk op www.winkel.example", "Bel 06 12 34 56 78", "x" * 301])
def test_a_line_of_a_colleague_holds_no_link_and_tells_nothing_of_anybody(people: Reviewer, line: str) -> None:
    glad(people)
    client = marketing(people)
    assert sends(client, "story", line=line).status_code == 400
    assert rows(people) == []


def test_links_end_and_are_nobody_elses(people: Reviewer) -> None:
    glad(people)
    path = asked(people, "story")
    with people.app.app_context():
        others = f"/ask/{tokens.make('agreements', 1)}", f"/agreements/{tokens.make('ask', 1)}"
    for wrong in (path[:-1] + ("A" if path[-1] != "A" else "B"), *others, "/ask/1.x", "/agreements/x"):
        assert people.opens(wrong).status_code == 404, wrong
        assert people.sends(wrong, story="yes", consent="1").status_code == 404, wrong
    colleague = people.app.test_client()
    colleague.set_cookie("feedbackloop_staff", "x")
    assert colleague.post(path, data={"story": "yes"}).status_code == 403
    people.clock.advance(91 * DAY)
    assert people.opens(path).status_code == 410
    assert people.sends(path, story="yes").status_code == 410
    with people.writing():
        assert asks.expire() == 1
    assert states(people) == [("expired", "link_expired")]
    with people.app.app_context():
        assert people.opens(f"/agreements/{tokens.make('agreements', 1)}").status_code == 200, "this one never ends"


def test_words_that_changed_since_the_page_was_opened_are_not_agreed_to(people: Reviewer) -> None:
    complaint = people.brings()
    form = people.is_asked(complaint)
    assert people.answers(form, "yes", comment=WORDS).status_code == 303
    path = asked(people, "quote")
    seen = re.search(r'name="words_id"[^>]*value="(\d+)"', people.opens(path).text)
    assert seen is not None
    assert people.answers(form, "yes", comment="Iets heel anders.").status_code == 303
    answer = people.sends(path, quote="yes", words_id=seen[1])
    assert answer.status_code == 409
    assert "Iets heel anders." in answer.text
    assert consents(people) == []


def test_erasing_a_person_takes_everything_that_was_asked_or_noted(people: Reviewer) -> None:
    glad(people)
    client = marketing(people)
    for name in ("Trouwe klant", " spreekt  graag "):
        assert posts(client, "tags", tag=name) == 303
    assert posts(client, "notes", note="Truus uit Velp") == 303
    path = people.path(asks_for(people, client, "picture", line="Truus zei het al."), "/ask/")
    assert people.sends(path, picture="yes", uses="site", picture_file=(photo(), "ik.jpg")).status_code == 303
    with people.writing():
        privacy.erase(db.session.get_one(Customer, 1), "command")
    with people.app.app_context():
        assert db.session.scalars(select(Ask.line)).all() == [None]
        assert db.session.scalars(select(Picture.gone_at)).one() is not None
    assert (people.count(Note), people.count(Tag)) == (0, 0)
    assert not list(ask_folder(people).glob("*"))
    assert people.opens(path).status_code == 404
    with people.app.app_context():
        assert people.opens(f"/agreements/{tokens.make('agreements', 1)}").status_code == 404
