"""The board and a person's page: what marketing sees, and what it may do there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from feedbackloop.ambassadors import jobs, service
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.people import consents
from feedbackloop.people.models import Customer
from tests.support.colleague import signed_in
from tests.support.forms import forms_of, submit
from tests.support.reviewer import DAY, Reviewer

BOARD = "/staff/ambassadors/"
PERSON = "/staff/ambassadors/1"
HIDDEN = ("Osinga", "Marleen", "postvak.example", "Bestelling te laat", "feest van mijn moeder", "Truus", "0612345678")
STORY: dict[str, Any] = {
    "description": "Mijn moeder Truus huilde erom.",
    "phone": "0612345678",
    "category": "bezorging",
}


def marketing(people: Reviewer, name: str = "Pim Verbeek") -> FlaskClient:
    """Signed in now: a sign-in does not last the days that a test takes."""
    return signed_in(people.app, "marketing", name)


def column(page: str, stage: str) -> str:
    """The part of the board that is this column."""
    return page.split(f'data-stage="{stage}"')[1].split("</section>")[0]


def test_an_empty_board_says_what_will_come(people: Reviewer) -> None:
    people.is_asked(people.brings())
    page = marketing(people).get(BOARD).text
    assert "Here you will see people who say that their complaint is really solved" in page
    assert "Now 1 check-in waits for an answer." in page
    assert "data-stage" not in page


def test_a_card_shows_the_case_and_what_was_done_and_nothing_of_the_person(people: Reviewer) -> None:
    people.says_yes(answer={"comment": "Ze belden meteen."}, **STORY)
    page = marketing(people).get(BOARD).text
    card = column(page, "satisfied")
    for shown in ("K-1", "bezorging", "U kreeg al uw geld terug", "no consent", "today", "Invitation goes"):
        assert shown in card
    for hidden in (*HIDDEN, "Ze belden meteen"):
        assert hidden not in page


def test_a_quote_shows_with_consent_and_until_it_is_withdrawn(people: Reviewer) -> None:
    people.says_yes(answer={"comment": "Ze belden meteen.", "quote_consent": "1"}, **STORY)
    client = marketing(people)
    for path in (BOARD, PERSON, f"{BOARD}list?column=satisfied"):
        page = client.get(path).text
        assert "✓ quote" in page
        for hidden in HIDDEN:
            assert hidden not in page
    assert "Ze belden meteen." in client.get(BOARD).text
    assert "Ze belden meteen." in client.get(PERSON).text
    with people.writing():
        consents.withdraw(1, 1, "quote")
    for path in (BOARD, PERSON):
        assert "Ze belden meteen" not in client.get(path).text
        assert "no consent" in client.get(path).text


def test_colleagues_words_and_a_quote_name_nobody_who_did_not_allow_it(people: Reviewer) -> None:
    said = "Top geregeld. Groet, Marleen Osinga, k-1@postvak.example"
    done = "Mevrouw Osinga is gebeld op 06 1234 5678 en kreeg al haar geld terug."
    people.says_yes(answer={"comment": said, "quote_consent": "1"}, **{**STORY, "resolution": done})
    client = marketing(people)
    for page in (BOARD, f"{BOARD}list", PERSON, f"{PERSON}.json"):
        text = client.get(page).get_data(as_text=True)
        assert "kreeg al haar geld terug" in text, page
        assert "Top geregeld. Groet," in text or page.endswith("list"), page
        for hidden in ("Osinga", "Marleen", "postvak.example", "1234 5678"):
            assert hidden not in text, page
    with people.writing():
        consents.give(1, None, "name", "1", "Ja")
    for page in (BOARD, PERSON):
        text = client.get(page).text
        assert "Groet, Marleen" in text, page
        assert "postvak.example" not in text, page


def test_a_first_name_shows_with_consent_for_it(people: Reviewer) -> None:
    people.says_yes()
    client = marketing(people)
    assert "Marleen" not in client.get(BOARD).text
    with people.writing():
        consents.give(1, None, "name", "1", "Mijn naam mag erbij")
    page = client.get(BOARD).text
    assert "<b>Marleen</b>" in page
    assert "Osinga" not in page


@pytest.mark.parametrize("path", [BOARD, PERSON, f"{BOARD}list?column=satisfied"])
@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("marketing", 200), ("quality", 200), ("handler", 403)])
def test_who_may_look(people: Reviewer, path: str, role: str, status: int) -> None:
    people.says_yes(**STORY)
    answer = signed_in(people.app, role).get(path)
    assert answer.status_code == status
    for hidden in HIDDEN:
        assert hidden not in answer.text


@pytest.mark.parametrize(("role", "status"), [("admin", 303), ("marketing", 303), ("quality", 403), ("handler", 403)])
def test_who_may_move(people: Reviewer, role: str, status: int) -> None:
    people.says_yes()
    client = signed_in(people.app, role)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/staff/").text)
    assert token is not None
    sent = {"csrf_token": token[1], "version": "1", "stage": "invited", "reason": "druk", "until": "2027-01-04"}
    for verb in ("move", "not-now", "plan"):
        answer = client.post(f"{PERSON}/{verb}", data=sent)
        assert answer.status_code == status if verb == "move" else answer.status_code in (status, 409)
    assert ("/move" in client.get(BOARD).text) == (status == 303)


def test_nobody_moves_signed_out_or_without_the_pages_token(people: Reviewer) -> None:
    people.says_yes()
    assert people.sends(f"{PERSON}/move", stage="invited", version="1").status_code in (400, 401)
    assert marketing(people).post(f"{PERSON}/move", data={"stage": "invited", "version": "1"}).status_code == 400
    assert people.stage(1) == "satisfied"


def test_the_menu_moves_without_script_and_offers_the_way_back(people: Reviewer) -> None:
    people.says_yes()
    client = marketing(people)
    assert submit(client, BOARD, form="/move", stage="ambassador").headers["Location"] == BOARD
    page = client.get(BOARD).text
    assert "K-1 is now at Ambassador." in page
    assert "K-1" in column(page, "ambassador")
    (back,) = [form for form in forms_of(page) if dict(form.fields).get("undo")]
    client.post(back.action, data=dict(back.fields))
    page = client.get(BOARD).text
    assert "K-1 is back where it was." in page
    assert "K-1" in column(page, "satisfied")


def test_the_menu_offers_every_other_column_and_no_field_is_filled_in(people: Reviewer) -> None:
    people.says_yes()
    page = column(marketing(people).get(BOARD).text, "satisfied")
    offered = re.findall(r'name="stage" value="([^"]+)"', page)
    assert offered == ["invited", "clicked", "reviewed", "ambassador", "not_now"]


def test_the_filter_stays_after_a_move_and_nothing_else_does(people: Reviewer) -> None:
    people.says_yes(category="bezorging")
    client = marketing(people)
    answer = submit(client, f"{BOARD}?category=bezorging&consent=&x=1", form="/move", stage="invited")
    assert answer.headers["Location"] == f"{BOARD}?category=bezorging"
    client.get(BOARD)  # shows what was said, with its way back
    answer = submit(client, BOARD, form="/move", stage="clicked", back="category=a&next=https://evil.example&x=//evil")
    assert answer.headers["Location"] == f"{BOARD}?category=a"


def test_two_marketers_at_once(people: Reviewer) -> None:
    people.says_yes()
    pim, noa = marketing(people), marketing(people, "Noa Jansen")
    page = noa.get(BOARD).text
    submit(pim, BOARD, form="/move", stage="invited")
    (menu,) = [form for form in forms_of(page) if form.action.endswith("/move")]
    late = noa.post(menu.action, data={**dict(menu.fields), "stage": "reviewed"})
    assert late.status_code == 409
    assert "K-1 is at Invited now. What you did was not saved." in late.text
    assert people.stage(1) == "invited"


def test_who_left_in_the_meantime_is_told_too(people: Reviewer) -> None:
    complaint = people.says_yes()
    client = marketing(people)
    (menu,) = [form for form in forms_of(client.get(BOARD).text) if form.action.endswith("/move")]
    people.reopens(complaint)
    late = client.post(menu.action, data={**dict(menu.fields), "stage": "reviewed"})
    assert late.status_code == 404
    assert "This person is not on the board" in late.text


def test_not_now_asks_why_and_until_when(people: Reviewer) -> None:
    people.says_yes(category="bezorging")
    client = marketing(people)
    answer = submit(client, f"{BOARD}?category=bezorging", form="/move", stage="not_now")
    asked = answer.headers["Location"]
    assert asked == f"{PERSON}/not-now?back=category%3Dbezorging"
    assert "K-1 is for later" in client.get(asked).text
    assert submit(client, asked, form="/not-now", reason="", until="2027-01-04").status_code == 400
    for day in ("", "2026-11-03", "2026-02-30", "morgen"):
        assert submit(client, asked, form="/not-now", reason="druk", until=day).status_code == 400
    said = submit(client, asked, form="/not-now", reason="Verhuist", until="2027-01-04")
    assert said.headers["Location"] == f"{BOARD}?category=bezorging"
    aside = column(client.get(BOARD).text, "not_now")
    assert "K-1" in aside
    assert "until 4 Jan" in aside
    assert "Why: Verhuist" in aside
    assert people.stage(1) == "satisfied"


def test_on_the_day_itself_the_card_is_back_and_says_so(people: Reviewer) -> None:
    people.says_yes()
    day = people.clock.now.date() + timedelta(days=3)
    with people.writing():
        service.put_off(1, 1, day, "Verhuist", "staff:1")
    people.clock.advance(3 * DAY)
    with people.app.app_context():
        jobs.take_up()
    page = marketing(people).get(BOARD).text
    assert "K-1" not in column(page, "not_now")
    assert "Look again: Verhuist" in column(page, "satisfied")


def test_the_next_step_stands_on_the_card(people: Reviewer) -> None:
    people.says_yes()
    client = marketing(people)
    sent = submit(client, PERSON, form="/plan", next_step="Bedanken", next_step_on="2026-12-02")
    assert sent.status_code == 303
    assert "Bedanken, 2 Dec" in client.get(BOARD).text
    assert "Bedanken, 2 Dec" in client.get(PERSON).text
    assert submit(client, PERSON, form="/plan", next_step="x" * 201).status_code == 400


def test_the_persons_page_tells_how_they_came_and_who_moved_them(people: Reviewer) -> None:
    people.says_yes()
    people.link_of_invitation()
    client = marketing(people)
    submit(client, PERSON, form="/move", stage="ambassador", why="agreed")
    page = client.get(PERSON).text
    for words in ("Invited to write a review", "To Ambassador", "Pim Verbeek", "The person wants to be an ambassador"):
        assert words in page
    assert submit(client, PERSON, form="/move", stage="").status_code == 400
    assert submit(client, PERSON, form="/move", stage="boss").status_code == 400


def test_an_ambassador_with_an_open_complaint_is_marked(people: Reviewer) -> None:
    complaint = people.says_yes()
    with people.writing():
        service.move(1, 1, "ambassador", "staff:1")
    people.reopens(complaint)
    assert "A complaint is open again: wait" in column(marketing(people).get(BOARD).text, "ambassador")


def test_filters_stand_in_the_address(people: Reviewer) -> None:
    people.says_yes("K-1", category="bezorging", locale="nl", answer={"quote_consent": "1", "comment": "Top"})
    people.link_of_invitation()
    people.clock.advance(10 * DAY)
    people.says_yes("K-2", category="winkel", locale="en")
    client = marketing(people)
    for query, seen in {
        "category=bezorging": "K-1",
        "category=winkel": "K-2",
        "locale=nl": "K-1",
        "locale=en": "K-2",
        "consent=quote": "K-1",
        "period=7d": "K-2",
        "category=winkel&locale=en": "K-2",
    }.items():
        page = client.get(f"{BOARD}?{query}").text
        assert re.findall(r'data-card="(K-\d)"', page) == [seen], query
        assert page.count(' in the list"') - page.count('"0 in the list"') == 1, query
    for query in ("", "locale=xx", "consent=all", "period=9y", "category="):
        page = client.get(f"{BOARD}?{query}").text
        assert sorted(re.findall(r'data-card="(K-\d)"', page)) == ["K-1", "K-2"], query
    assert "data-card" not in client.get(f"{BOARD}?category=%25").text


def _many(people: Reviewer, number: int, put_off: bool = False) -> None:
    """So many cards, straight in the tables: the board is what is tested."""
    complaint = people.says_yes()
    with people.writing():
        first = db.session.get_one(Ambassador, 1)
        for n in range(2, number + 1):
            person = Customer(name=None, created_at=people.clock.now)
            db.session.add(person)
            db.session.flush()
            db.session.add(
                Ambassador(
                    customer_id=person.id,
                    complaint_id=complaint,
                    stage="satisfied",
                    # Some at the very same moment, so that the id has to part them.
                    stage_since=first.stage_since - timedelta(minutes=n // 3),
                    not_now_until=people.clock.now.date() + timedelta(days=n // 3 + 1) if put_off else None,
                    created_at=people.clock.now,
                )
            )
        if put_off:
            first.not_now_until = people.clock.now.date() + timedelta(days=1)


@pytest.mark.parametrize("stage", ["satisfied", "not_now"])
def test_a_column_shows_twenty_and_goes_on_without_gap_or_repeat(people: Reviewer, stage: str) -> None:
    _many(people, 47, put_off=stage == "not_now")
    client = marketing(people)
    board = column(client.get(BOARD).text, stage)
    assert board.count("data-card=") == 20
    assert "27 more" in board
    seen: list[str] = []
    path = f"{BOARD}list?column={stage}"
    while path:
        page = client.get(path).text
        seen += re.findall(r'href="/staff/ambassadors/(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert sorted(map(int, seen)) == list(range(1, 48))


@pytest.mark.parametrize("after", ["", "x", "1", "1-2-3", "-1-2", "9" * 30 + "-1", f"{10**17}-1", "²-1"])
def test_a_cursor_of_somebody_else_breaks_nothing(people: Reviewer, after: str) -> None:
    people.says_yes()
    client = marketing(people)
    for stage in ("satisfied", "not_now"):
        assert client.get(f"{BOARD}list", query_string={"column": stage, "after": after}).status_code == 200
    assert client.get(f"{BOARD}column/elsewhere").status_code == 404


def test_reading_writes_nothing(people: Reviewer) -> None:
    people.says_yes()
    client = marketing(people)
    before = people.count(History)
    for path in (BOARD, PERSON, f"{BOARD}list?column=invited"):
        assert client.get(path).status_code == 200
    assert client.get(f"{PERSON}/move").status_code == 405
    assert people.count(History) == before


def test_plan_survives_as_typed(people: Reviewer) -> None:
    people.says_yes()
    with people.writing():
        service.plan_next(1, 1, "<b>Bellen</b></textarea><script>alert(1)</script>", None, "staff:1")
    client = marketing(people)
    for path in (BOARD, PERSON):
        page = client.get(path).text
        assert "<b>Bellen" not in page
        assert "<script>alert" not in page
