"""The board as an open page asks for it, moves as a script sends them, the filter in the address, and the list."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from feedbackloop.ambassadors.models import Ambassador, Tag
from feedbackloop.extensions import db
from tests.support.boarding import fill
from tests.support.colleague import signed_in
from tests.support.forms import forms_of, submit
from tests.support.reviewer import DAY, Reviewer

pytestmark = pytest.mark.takes_turns

BOARD = "/staff/ambassadors/"
LIST = f"{BOARD}list"
CARD = r'data-card="([^"]+)"'
PART = {"X-Part": "board"}


def marketing(people: Reviewer, name: str = "Pim Verbeek") -> FlaskClient:
    return signed_in(people.app, "marketing", name)


def numbers(page: TestResponse) -> list[str]:
    """The cards of the board, or the rows of the list."""
    assert page.status_code == 200, page.text
    return re.findall(CARD, page.text) or re.findall(r'class="nowrap" href="[^"]+">([^<]+)<', page.text)


def test_who_has_the_board_as_it_stands_is_told_nothing(people: Reviewer) -> None:
    people.says_yes(category="bezorging")
    client = marketing(people)
    tag = client.get(BOARD).headers["ETag"]

    def asks(address: str = BOARD, by: FlaskClient = client) -> int:
        return by.get(address, headers={**PART, "If-None-Match": tag}).status_code

    assert asks() == 304
    assert client.get(BOARD, headers={**PART, "If-None-Match": tag}).data == b""
    # Another filter, language, reader with other rights: another board.
    assert asks(f"{BOARD}?category=bezorging") == 200
    assert asks(f"{BOARD}?lang=nl") == 200
    assert asks(by=signed_in(people.app, "quality")) == 200
    noa = marketing(people, "Noa Jansen")
    assert asks(by=noa) == 304
    mine = client.get(f"{BOARD}?owner=me").headers["ETag"]
    assert noa.get(f"{BOARD}?owner=me", headers={**PART, "If-None-Match": mine}).status_code == 200
    # What happens to people, and a new day, are news; so are new tokens for the forms, long before the old ones end.
    people.says_yes("K-2")
    part = client.get(BOARD, headers={**PART, "If-None-Match": tag})
    assert (part.status_code, part.headers["X-Part"]) == (200, "board")
    assert "<html" not in part.text
    assert numbers(part) == ["K-2", "K-1"]
    tag = part.headers["ETag"]
    assert asks() == 304
    people.clock.advance(timedelta(minutes=31))
    assert asks() == 200
    people.clock.advance(DAY)
    client = marketing(people, "Truus Vos")
    assert client.get(BOARD, headers={**PART, "If-None-Match": tag}).status_code == 200


def test_a_move_by_script_is_answered_with_the_board_and_its_way_back(people: Reviewer) -> None:
    people.says_yes(category="bezorging")
    client = marketing(people)
    (menu,) = [
        form for form in forms_of(client.get(f"{BOARD}?category=bezorging").text) if form.action.endswith("/move")
    ]
    before = {**dict(menu.fields), "stage": "clicked"}
    moved = client.post(menu.action, data=before, headers=PART)
    assert (moved.status_code, moved.headers["X-Part"]) == (200, "board")
    assert "K-1 is now at Clicked." in moved.text
    following = client.get(f"{BOARD}?category=bezorging", headers={**PART, "If-None-Match": moved.headers["ETag"]})
    assert following.status_code == 304, "what it answered is what it has"
    (back,) = [form for form in forms_of(moved.text) if dict(form.fields).get("undo")]
    undone = client.post(back.action, data=dict(back.fields), headers=PART)
    assert "K-1 is back where it was." in undone.text
    assert people.stage(1) == "satisfied"
    # Late, and gone: told in place, with the board as it is.
    late = client.post(menu.action, data=before, headers=PART)
    assert (late.status_code, re.findall(CARD, late.text)) == (409, ["K-1"])
    assert "K-1 is at Satisfied now. What you did was not saved." in late.text
    people.reopens(1)
    gone = client.post(menu.action, data=before, headers=PART)
    assert (gone.status_code, re.findall(CARD, gone.text)) == (404, [])
    assert "This person is no longer on the board." in gone.text
    assert client.post(menu.action, data={"stage": "clicked"}, headers=PART).status_code == 400


def test_the_address_of_a_filter_that_means_nothing_says_so(people: Reviewer) -> None:
    people.says_yes()
    client = marketing(people)
    for path in (BOARD, LIST):
        for query in ("owner=99", "owner=-1", "owner=all", "score=11", "locale=xx", "consent=all", "period=9y"):
            page = client.get(f"{path}?{query}")
            assert numbers(page) == ["K-1"], query
            assert "What the address asks is not known here" in page.text, query
        assert "not known here" not in client.get(f"{path}?owner=me&score=promoter&tag=x&category=x").text
    assert "not known here" in client.get(f"{LIST}?sort=shoe-size&column=attic").text
    assert client.get(f"{BOARD}?category={'x' * 5000}&tag={'y' * 5000}").status_code == 200


def test_filters_by_owner_mark_and_tag(people: Reviewer) -> None:
    fill(people, 12)
    client = marketing(people)
    with people.writing():
        ours = list(db.session.scalars(db.select(Ambassador).order_by(Ambassador.id).limit(2)))
        pim = db.session.scalar(db.text("select id from staff where email = 'pim@ours.example'"))
        ours[0].owner_id = pim
        db.session.add(Tag(ambassador_id=ours[1].id, tag="film"))
    for path in (BOARD, LIST):
        assert numbers(client.get(f"{path}?owner=me")) == ["K-2468"]
        assert numbers(client.get(f"{path}?owner={pim}")) == ["K-2468"]
        assert "K-2468" not in numbers(client.get(f"{path}?owner=nobody"))
        assert numbers(client.get(f"{path}?tag=film")) == numbers(client.get(f"{path}?tag=+Film")) == ["K-2467"]
        assert len(numbers(client.get(f"{path}?score=passive"))) == 4
        assert len(numbers(client.get(f"{path}?score=detractor"))) == 2
    page = client.get(LIST).text
    assert "Pim Verbeek" in page
    assert "film" in page
    offered = re.search(r'<select[^>]* name="owner">.*?</select>', page)
    assert offered is not None
    assert "Pim Verbeek" not in offered[0], "who looks is 'me'"
    assert 'class="on"' in client.get(f"{BOARD}?tag=film").text
    assert "Clear the filter" in client.get(f"{BOARD}?tag=film").text
    assert "Nobody with this filter." in client.get(f"{BOARD}?tag=film").text


def test_the_list_has_one_column_an_order_and_pages(people: Reviewer) -> None:
    fill(people, 57)
    client = marketing(people)
    assert numbers(client.get(f"{LIST}?sort=number"))[:3] == ["K-2412", "K-2413", "K-2414"]
    newest, oldest = numbers(client.get(LIST)), numbers(client.get(f"{LIST}?sort=oldest"))
    assert newest[0] == "K-2468"
    assert oldest[0] not in newest
    for sort in ("newest", "oldest", "next", "number"):
        seen: list[str] = []
        path = f"{LIST}?sort={sort}"
        while path:
            page = client.get(path)
            seen += numbers(page)
            following = re.search(r'rel="next" href="([^"]+)"', page.text)
            path = following[1].replace("&amp;", "&") if following else ""
        assert sorted(seen) == [f"K-{2468 - n}" for n in reversed(range(57))], sort
    page = client.get(f"{LIST}?column=not_now")
    assert len(numbers(page)) == 9
    assert "until" in page.text
    assert client.get(f"{BOARD}column/not_now?category=winkel").location == f"{LIST}?column=not_now&category=winkel"
    assert client.get(f"{BOARD}column/attic").status_code == 404


def test_a_move_from_the_list_comes_back_to_it(people: Reviewer) -> None:
    people.says_yes(category="bezorging")
    client = marketing(people)
    path = f"{LIST}?category=bezorging&column=satisfied&sort=number"
    assert submit(client, path, form="/move", stage="invited").location == path
    (back,) = [form for form in forms_of(client.get(path).text) if dict(form.fields).get("undo")]
    assert client.post(back.action, data=dict(back.fields)).location == path
    client.get(path)
    asked = submit(client, path, form="/move", stage="not_now").location
    said = submit(client, asked, form="/not-now", reason="Verhuist", until="2027-01-04")
    assert said.location == path
    client.get(path)
    evil = submit(client, LIST, form="/move", stage="invited", back="list?next=//evil.example&column=x&sort=y")
    assert evil.location == LIST


def test_who_only_reads_finds_no_menu(people: Reviewer) -> None:
    people.says_yes()
    client = signed_in(people.app, "quality")
    for path in (BOARD, LIST):
        page = client.get(path).text
        assert "K-1" in page
        assert "/move" not in page
    assert client.get(f"{BOARD}1/not-now").status_code == 403


def test_an_empty_column_says_who_will_come(people: Reviewer) -> None:
    people.says_yes()
    page = marketing(people).get(BOARD).text
    assert "Who wrote a review comes here." in page
    assert "Who says that their complaint is solved comes here." not in page
