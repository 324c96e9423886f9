"""Home: the loop with its numbers, each a link to what it counts, and nothing that a role may not see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from feedbackloop.complaints import service as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.complaints.service import ComplaintInput
from feedbackloop.core import db as transactions
from feedbackloop.core import periods
from feedbackloop.core.access import ROLES
from feedbackloop.extensions import Base, db
from feedbackloop.mailing.models import Outbox
from feedbackloop.overview import day, queries, today
from feedbackloop.overview.rules import Day
from feedbackloop.people.models import Customer
from feedbackloop.recovery.models import RecoveryCase
from tests.station.overview.conftest import AsRole
from tests.support import colleague
from tests.support.clock import Clock

LINK = re.compile(r'<a href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
NEXT = re.compile(r'<a [^>]*rel="next" href="([^"]+)"')
CURRENT = re.compile(r'<a[^>]*aria-current="page"[^>]*>')
MOST_QUESTIONS = 15


@dataclass(frozen=True)
class Number:
    """A number of the home page, and where it leads."""

    value: int
    href: str


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.text


def numbers(html: str) -> list[Number]:
    """The numbers of the loop that are links."""
    found = []
    for href, words in LINK.findall(html[html.index('<ol class="loop"') : html.index("</ol>")]):
        figure = re.search(r"\d[\d.]*", re.sub(r"<[^>]+>", "", words))
        if figure:
            found.append(Number(int(figure[0].replace(".", "")), unescape(href)))
    return found


def listed(client: FlaskClient, path: str) -> int:
    """How many things the list has, on all its pages: rows below the heads, or cards."""
    found = 0
    for _ in range(50):
        html = page(client, path)
        found += sum(body.count('<tr role="row"') for body in re.findall(r"<tbody.*?</tbody>", html, re.DOTALL))
        found += len(re.findall(r'<(?:li|article) class="bcard', html))
        following = NEXT.search(html)
        if following is None:
            return found
        path = unescape(following[1])
    raise AssertionError(f"{path} never ends")


def rows(app: Flask) -> int:
    with app.app_context():
        return sum(db.session.scalar(select(func.count()).select_from(one)) or 0 for one in Base.metadata.sorted_tables)


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.mark.takes_turns
def test_every_number_leads_to_a_list_of_as_many(loop_app: Flask, as_role: AsRole) -> None:
    client = as_role("admin")
    for period in periods.KEYS:
        html = page(client, f"/staff/?period={period}")
        assert len(numbers(html)) >= 15
        for one in numbers(html):
            if "/listening/" not in one.href:
                assert listed(client, one.href) == one.value, f"{period}: {one}"
    urgent = re.findall(r'<b class="n [^"]*">(\d+)</b><span><a href="(/staff/recovery/[^"]+)"', html)
    assert urgent
    for value, href in urgent:
        assert listed(client, unescape(href)) == int(value)


def test_the_numbers_are_those_of_a_recount(loop_app: Flask) -> None:
    with loop_app.app_context():
        now = day.today()
        found = queries.standing(now)
        said = db.session.scalars(select(Complaint)).all()
        cases = [one for one in db.session.scalars(select(RecoveryCase)) if one.status == "open"]
        since = now.now - timedelta(days=30)
        figures = queries.figures(since)
        assert found.unresolved == sum(one.status in ("open", "reopened") for one in said)
        assert found.in_recovery == len(cases)
        assert found.overdue == sum(one.due_at < now.now for one in cases)
        assert figures.opened == sum(one.opened_at >= since for one in said)
        assert figures.resolved == sum(bool(one.resolved_at and one.resolved_at >= since) for one in said)
        assert figures.answered == figures.yes + figures.partly + figures.no + figures.later
        assert 0 < figures.answered <= figures.asked
        due, hour = cases[0].due_at, timedelta(hours=1)
        # Deadlines stand in office hours, so after a weekend several fall in the same hour.
        passed = sum(due - hour <= one.due_at < due + hour for one in cases)
        before = queries.standing(Day(due - hour, due.date(), due - 9 * hour, due + 9 * hour))
        after = queries.standing(Day(due + hour, due.date(), due - 9 * hour, due + 9 * hour))
    assert passed > 0
    assert before.due_today == after.due_today + passed
    assert before.overdue == after.overdue - passed


def test_an_unknown_period_is_the_usual_one(app: Flask, as_role: AsRole) -> None:
    client = as_role("quality")
    usual = CURRENT.findall(page(client, "/staff/"))
    assert ['href="/staff/"' in one or "period=6w" in one for one in usual] == [True, True]
    for period in ("", "nonsense", "6w"):
        assert CURRENT.findall(page(client, f"/staff/?period={period}")) == usual
    assert CURRENT.findall(page(client, "/staff/?period=7d")) != usual


def test_an_empty_house_has_a_home_page_for_every_role(app: Flask, as_role: AsRole) -> None:
    for role in ROLES:
        html = page(as_role(role), "/staff/?lang=en")
        assert "Nothing waits for you now." in html
        assert "Nothing has happened today yet." in html


@pytest.mark.takes_turns
def test_no_link_leads_to_a_refusal_and_marketing_reads_no_word(loop_app: Flask, as_role: AsRole) -> None:
    for role in ("handler", "quality", "marketing"):
        client = as_role(role)
        links = {unescape(href) for href in re.findall(r'href="(/staff/[^"]*)"', page(client, "/staff/"))}
        assert len(links) > 5
        for href in links:
            assert client.get(href).status_code == 200, f"{role}: {href}"
    html = unescape(page(client, "/staff/"))
    assert "/staff/complaints/" not in html
    with loop_app.app_context():
        for model, columns in ((Complaint, ("subject", "summary", "description")), (Customer, ("name", "email"))):
            for column in columns:
                for value in db.session.scalars(select(getattr(model, column))):
                    assert not value or value not in html, f"marketing reads a {column}"


def test_marketing_hears_nothing_of_complaints_and_answers() -> None:
    assert {"complaint", "check_in", "answer", "recovery_case", "customer"}.isdisjoint(today.FOR_MARKETING)


def test_what_waits_for_a_person_stands_first_and_worst_on_top(loop_app: Flask, as_role: AsRole) -> None:
    with loop_app.app_context(), transactions.transaction():
        mail = db.session.scalars(select(Outbox).where(Outbox.status == "queued")).first()
        assert mail is not None
        mail.status = "parked"
    html = page(as_role("admin"), "/staff/?lang=en")
    todo = html[html.index('class="plain todo"') :]
    assert todo.index("Recovery case past its date") < todo.index("E-mail that waits for a person")
    assert todo.index("E-mail that waits for a person") < todo.index("Review that somebody must read")
    assert "1 parked" in todo


def test_home_asks_the_database_few_questions_and_changes_nothing(loop_app: Flask, as_role: AsRole) -> None:
    client = as_role("admin")
    before = rows(loop_app)
    for path in ("/staff/", "/staff/listening/", "/staff/settings", "/staff/improvements/told"):
        page(client, path)
    assert rows(loop_app) == before
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with loop_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    page(client, "/staff/")
    event.remove(engine, "before_cursor_execute", note)
    questions = [one for one in asked if one.lstrip().startswith(("SELECT", "WITH"))]
    assert 5 < len(questions) <= MOST_QUESTIONS, "\n\n".join(questions)


def test_today_tells_what_happened_today_and_by_whom(app: Flask, clock: Clock) -> None:
    client = colleague.signed_in(app, "quality", name="Noor Hendriks")
    with app.app_context(), transactions.transaction():
        made = [ComplaintInput(source="shop", external_id=f"C-{n}", subject="Te laat") for n in range(3)]
        ids = [one.id for one in complaints.upsert(made, "api:1")]
    clock.advance(timedelta(minutes=5))
    with app.app_context(), transactions.transaction():
        complaints.resolve(ids[0], "staff:1", resolution="Geld terug")
    html = page(client, "/staff/?lang=en")
    told = words_of(html[html.index('id="today-head"') :])
    assert "10:05 C-0 complaint resolved, by Noor Hendriks" in told
    assert "10:00 3 new complaints" in told
    clock.advance(timedelta(days=1))
    tomorrow = page(colleague.signed_in(app, "handler"), "/staff/?lang=en")
    assert "Nothing has happened today yet." in tomorrow


def test_the_bare_address_leads_visitors_to_the_log(client: FlaskClient) -> None:
    assert client.get("/").location == "/improvements/"
    assert client.get("/staff").location.endswith("/staff/")
