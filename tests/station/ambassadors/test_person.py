"""One person's page and its JSON: the story of the loop, and nothing that the person did not allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from feedbackloop.ambassadors.ask_models import Note
from feedbackloop.ambassadors.models import Ambassador, Tag
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.staff.models import Staff
from tests.station.ambassadors.test_asks import PERSON, WORDS, asks_for, glad, marketing, posts, sends
from tests.support.colleague import signed_in
from tests.support.forms import submit
from tests.support.reviewer import DAY, Reviewer

pytestmark = pytest.mark.takes_turns

HOUR = timedelta(hours=1)
MOST_STATEMENTS = 13  # those of the sign-in and of the navigation's figures among them
SECRETS: dict[str, Any] = {
    "description": "Mijn moeder Truus huilde erom.",
    "phone": "0612345678",
    "category": "bezorging",
    "resolution": "Beste Marleen Osinga, wij belden 06 12345678 en mailden k-1@postvak.example. U kreeg uw geld.",
}
HIDDEN = ("Osinga", "Marleen", "postvak.example", "Bestelling te laat", "Truus", "12345678", "12 34 56 78")


def read(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.get(f"{PERSON}.json").text)
    return found


@contextmanager
def statements(people: Reviewer) -> Iterator[list[str]]:
    found: list[str] = []
    with people.app.app_context():
        engine = db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("role", ["marketing", "quality"])
def test_without_consent_there_is_no_name_no_text_and_no_address(people: Reviewer, role: str) -> None:
    glad(people, **SECRETS)
    client = signed_in(people.app, role)
    for path in (PERSON, f"{PERSON}.json"):
        shown = client.get(path).text
        assert "bezorging" in shown
        assert "U kreeg uw geld." in shown
        for hidden in (*HIDDEN, WORDS):
            assert hidden not in shown, f"{hidden} in {path}"
    assert client.get(f"{PERSON}/picture").status_code == 404
    assert read(client)["consents"] == []


def test_the_story_is_told_from_the_complaint_to_the_review(people: Reviewer) -> None:
    complaint = people.brings(category="bezorging")
    form = people.is_asked(complaint)
    people.clock.advance(HOUR)
    assert people.answers(form, "no", reason=["not_done"], comment="Niks gehoord.").status_code == 303
    people.clock.advance(HOUR)
    people.resolves(complaint)
    form = people.is_asked(complaint)
    people.clock.advance(HOUR)
    assert people.answers(form, "yes", comment=WORDS, rating="4", recommend="9").status_code == 303
    path = people.link_of_invitation()
    people.clock.advance(HOUR)
    assert people.writes(path, 5, title="Top", text="Alles goed").status_code == 303
    people.shows(1)
    client = marketing(people)
    people.clock.advance(HOUR)
    submit(client, PERSON, form="/move", stage="ambassador", why="agreed")
    found = read(client)
    told = [(one["what"], one.get("state")) for one in reversed(found["story"])]
    assert told == [
        ("complained", "bezorging"),
        ("resolved", None),
        ("asked", None),
        ("answered", "no"),
        ("reopened", None),
        ("resolved", None),
        ("asked", None),
        ("answered", "yes"),
        ("entered", "satisfied"),
        ("invited", None),
        ("chose", None),
        ("reviewed", None),
        ("moved", "ambassador"),
    ]
    moved = found["story"][0]
    assert (moved["by"], moved["reason"]) == ("Pim Verbeek", "agreed")
    yes = next(one for one in found["story"] if one.get("state") == "yes")
    assert (yes["rating"], yes["recommend"], yes.get("words")) == (4, 9, None)
    page = client.get(PERSON).text
    for words in ("Complained", "Said: no", "Asked whether it is really solved", "our own page", "To Ambassador"):
        assert words in page
    for hidden in ("Niks gehoord", WORDS, "Alles goed"):
        assert hidden not in page
        assert hidden not in json.dumps(found)


def read_version(people: Reviewer) -> int:
    with people.app.app_context():
        return db.session.get_one(Ambassador, 1).version


def test_notes_tags_and_an_owner(people: Reviewer) -> None:
    glad(people)
    client, other = marketing(people), marketing(people, "Sara Bos")
    for text in ("Belde met de winkel", "<b>Wil later meer</b>"):
        assert posts(client, "notes", note=text) == 303
    assert posts(client, "notes", note="  ") == 400
    for tag in ("Trouwe klant", " trouwe  KLANT ", "Spreekt graag"):
        assert posts(client, "tags", tag=tag) == 303
    assert posts(client, "tags", tag="x" * 41) == 400
    assert posts(client, "tags", off="spreekt graag") == 303
    with people.app.app_context():
        sara = db.session.scalars(select(Staff.id).where(Staff.name == "Sara Bos")).one()
    seen = read_version(people)
    assert posts(client, "owner", version=str(seen), owner=str(sara)) == 303
    assert posts(other, "owner", version=str(seen), owner="") == 409, "the second of two is told"
    assert posts(other, "owner", version=str(seen + 1), owner="999") == 400
    found = read(other)
    assert found["owner"] == "Sara Bos"
    assert found["tags"] == ["trouwe klant"]
    assert [(one["text"], one["by"]) for one in found["notes"]] == [
        ("<b>Wil later meer</b>", "Pim Verbeek"),
        ("Belde met de winkel", "Pim Verbeek"),
    ]
    page = other.get(PERSON).text
    assert "&lt;b&gt;Wil later meer" in page
    kept = people.story(1, "ambassador")
    assert (kept.count("noted"), kept.count("tagged"), kept.count("untagged"), kept.count("owned")) == (2, 2, 1, 1)
    with people.app.app_context():
        rows = db.session.execute(select(History.reason, History.detail).where(History.subject == "ambassador")).all()
    assert not any(word in repr(rows) for word in ("trouwe", "winkel", "later"))


def test_tags_that_are_in_use_are_suggested(people: Reviewer) -> None:
    glad(people)
    people.says_yes("K-2")
    with people.writing():
        db.session.add_all([Tag(ambassador_id=2, tag=one) for one in ("b", "a", "c")])
        db.session.add(Tag(ambassador_id=1, tag="b"))
    page = marketing(people).get(PERSON).text
    assert re.findall(r'<option value="(\w)">', page.split("<datalist")[1].split("</datalist>")[0]) == ["a", "c"]


def test_a_person_with_a_long_story_costs_what_one_with_a_short_one_does(people: Reviewer) -> None:
    glad(people)
    client = marketing(people)
    with statements(people) as short:
        assert client.get(PERSON).status_code == 200
    asks_for(people, client, "story")
    with people.writing():
        now = people.clock.now
        db.session.add_all([Tag(ambassador_id=1, tag=f"t{n}") for n in range(20)])
        for n in range(150):
            db.session.add(Note(ambassador_id=1, text=f"note {n}", written_by="staff:1", written_at=now))
            db.session.add(
                History(at=now, actor="staff:1", subject="ambassador", subject_id=1, what="moved", to_state="invited")
            )
    with statements(people) as long:
        assert client.get(PERSON).status_code == 200
    assert len(long) == len(short)
    assert len(long) <= MOST_STATEMENTS, "\n\n".join(long)


def test_who_is_not_on_the_board_has_no_page(people: Reviewer) -> None:
    complaint = glad(people)
    client = marketing(people)
    sends(client, "story")
    people.reopens(complaint)
    for path in (PERSON, f"{PERSON}.json", f"{PERSON}/asks/story", f"{PERSON}/picture", "/staff/ambassadors/9"):
        assert client.get(path).status_code == 404, path
    people.clock.advance(DAY)
