"""The lists of check-ins and of recovery cases, as staff read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.staff import service as staff
from tests.support.complainant import Complainant
from tests.support.forms import submit

pytestmark = pytest.mark.takes_turns

PASSWORD = "correct horse battery"


def signed_in(app: Flask, role: str) -> FlaskClient:
    """A browser of a new member of staff with this role."""
    with app.app_context(), transactions.transaction():
        staff.create(f"{role}@ours.example", "Noor Hendriks", role, PASSWORD)
    client = app.test_client()
    sign_in(client, role)
    return client


def sign_in(client: FlaskClient, role: str = "quality") -> None:
    """Anew, because a sign-in ends while the clock moves by days."""
    answer = submit(client, "/staff/sign-in", email=f"{role}@ours.example", password=PASSWORD)
    assert answer.status_code == 303


@pytest.fixture
def desk(app: Flask, people: Complainant) -> FlaskClient:
    """A member of staff for quality, after a week in which something of everything happened."""
    answered = people.brings("K-1", name="Marleen Osinga")
    refused = people.brings("K-2", name="Hendrik Sloot")
    people.brings("K-3", name="Grace Okafor")
    people.brings("K-4", name="Zonder Adres", email=None)
    people.brings("K-5", opened_at=datetime(2026, 8, 1, tzinfo=UTC), resolved_at=datetime(2026, 9, 1, tzinfo=UTC))
    people.brings("K-6", resolved_at=people.clock.now)
    people.answers(people.is_asked(answered), "yes")
    people.answers(people.link(people.check_ins(refused)[0]), "no")
    return signed_in(app, "quality")


def numbers(page: str) -> list[str]:
    """The complaints of the table, in order."""
    return re.findall(r'href="/staff/(?:complaints|recovery)/\d+">(K-\d+)</a>', page)


def test_the_list_shows_who_was_asked_and_who_was_not(desk: FlaskClient) -> None:
    page = desk.get("/staff/check-ins/").text
    assert numbers(page) == ["K-6", "K-5", "K-4", "K-3", "K-2", "K-1"]
    for words in ("Geen e-mailadres (1)", "Te lang geleden opgelost (1)", "Beantwoord", "Verstuurd", "Gepland"):
        assert words in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("status=scheduled", ["K-6"]),
        ("status=sent", ["K-3"]),
        ("status=answered", ["K-2", "K-1"]),
        ("status=suppressed", ["K-5", "K-4"]),
        ("status=queued", []),
        ("reason=no_address", ["K-4"]),
        ("status=suppressed&reason=too_old", ["K-5"]),
        ("satisfied=yes", ["K-1"]),
        ("satisfied=no", ["K-2"]),
        ("answered=1", ["K-2", "K-1"]),
        ("sent_from=2026-11-05", ["K-3", "K-2", "K-1"]),
        ("sent_from=2026-11-06", []),
        ("sent_from=nonsense", ["K-6", "K-5", "K-4", "K-3", "K-2", "K-1"]),
    ],
)
def test_filters_are_in_the_address(desk: FlaskClient, query: str, shown: list[str]) -> None:
    page = desk.get(f"/staff/check-ins/?{query}")
    assert page.status_code == 200
    assert numbers(page.text) == shown


@pytest.mark.parametrize("query", ["status=later", "satisfied=maybe", "status=%27%20OR%201"])
def test_a_filter_that_does_not_exist_is_404(desk: FlaskClient, query: str) -> None:
    assert desk.get(f"/staff/check-ins/?{query}").status_code == 404


def test_a_mail_that_is_due_counts_as_being_sent(desk: FlaskClient, people: Complainant) -> None:
    people.clock.advance(timedelta(days=3))
    sign_in(desk)
    page = desk.get("/staff/check-ins/?status=queued").text
    assert numbers(page) == ["K-6"]


def test_pages_follow_each_other(desk: FlaskClient, people: Complainant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedbackloop.checkins.desk.PAGE_SIZE", 4)
    first = desk.get("/staff/check-ins/").text
    assert numbers(first) == ["K-6", "K-5", "K-4", "K-3"]
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    assert numbers(desk.get(link[1].replace("&amp;", "&")).text) == ["K-2", "K-1"]


def test_recovery_shows_who_waits_and_until_when(desk: FlaskClient, people: Complainant) -> None:
    page = desk.get("/staff/recovery/").text
    assert numbers(page) == ["K-2"]
    assert "9 nov, 17.00" in page
    assert "Youssef Amrani" in page
    assert "Bij een behandelaar" in page


def test_what_is_late_says_so_in_words(desk: FlaskClient, people: Complainant) -> None:
    people.clock.set(datetime(2026, 11, 9, 12, 0, tzinfo=UTC))
    sign_in(desk)
    assert numbers(desk.get("/staff/recovery/?status=due_today").text) == ["K-2"]
    assert numbers(desk.get("/staff/recovery/?status=overdue").text) == []
    people.clock.set(datetime(2026, 11, 12, 17, 0, tzinfo=UTC))
    sign_in(desk)
    page = desk.get("/staff/recovery/?status=overdue").text
    assert numbers(page) == ["K-2"]
    assert "Over de datum" in page
    assert "3 dagen geleden" in page


def test_cases_come_by_deadline_and_by_owner(desk: FlaskClient, people: Complainant) -> None:
    people.clock.advance(timedelta(days=1))
    people.answers(people.link(people.check_ins(3)[0]), "partly")
    other = people.brings("K-7", handler=("Lieke Boersma", "lieke@ours.example"), resolved_at=people.clock.now)
    people.answers(people.is_asked(other), "no")
    sign_in(desk)
    assert numbers(desk.get("/staff/recovery/").text) == ["K-2", "K-3", "K-7"]
    assert numbers(desk.get("/staff/recovery/?owner=lieke@ours.example").text) == ["K-7"]
    assert numbers(desk.get("/staff/recovery/?opened_from=2026-11-07").text) == ["K-7"]


def test_closed_cases_say_how_they_ended(desk: FlaskClient, people: Complainant) -> None:
    people.answers(people.link(people.check_ins(2)[0]), "yes")
    assert numbers(desk.get("/staff/recovery/").text) == []
    page = desk.get("/staff/recovery/?status=closed").text
    assert numbers(page) == ["K-2"]
    assert "opgelost, zegt de klant" in page


def test_the_link_of_a_mail_leads_to_the_case_and_on_to_its_complaint(desk: FlaskClient) -> None:
    page = desk.get("/staff/recovery/1")
    assert page.status_code == 200
    assert 'href="/staff/complaints/2"' in page.text
    assert desk.get("/staff/recovery/999").status_code == 404


@pytest.mark.parametrize("after", ["x", "2026-11-09", "2026-11-09T16:00:00+00:00,x", ",1"])
def test_a_broken_cursor_is_400(desk: FlaskClient, after: str) -> None:
    assert desk.get("/staff/recovery/", query_string={"after": after}).status_code == 400


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("handler", 200), ("quality", 200), ("marketing", 403)])
def test_who_may_read_the_lists(app: Flask, people: Complainant, role: str, status: int) -> None:
    client = signed_in(app, role)
    assert client.get("/staff/check-ins/").status_code == status
    assert client.get("/staff/recovery/").status_code == status


def test_without_a_sign_in_there_is_no_list(client: FlaskClient) -> None:
    for path in ("/staff/check-ins/", "/staff/recovery/", "/staff/recovery/1"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert "/staff/sign-in" in answer.headers["Location"]


def test_empty_lists_say_what_will_appear(app: Flask, people: Complainant) -> None:
    client = signed_in(app, "handler")
    assert "Hier zijn geen check-ins" in client.get("/staff/check-ins/").text
    assert "Hier wacht niemand op u" in client.get("/staff/recovery/").text
