"""The numbers by mail: once a period for who asked, with what waits, and not for who may not have them any more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from feedbackloop.ambassadors import service as board
from feedbackloop.ambassadors.numbers import jobs as numbers
from feedbackloop.ambassadors.reports import jobs, service
from feedbackloop.ambassadors.reports.models import Report, Subscription
from feedbackloop.core import db as transactions
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.staff.models import Staff
from tests.support.colleague import signed_in
from tests.support.forms import forms_of, submit
from tests.support.reviewer import Reviewer
from tests.support.smtp import Received

PAGE = "/staff/reports/"
MONDAY = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)  # the sending window is open


def wants(people: Reviewer, every: str = "week", locale: str = "nl", name: str = "Pim Verbeek") -> None:
    client = signed_in(people.app, "marketing", name)
    assert submit(client, PAGE, form=PAGE, every=every, locale=locale).status_code == 303


def mailed(people: Reviewer) -> list[Received]:
    with people.app.app_context():
        numbers.count()
        jobs.plan()
    return [mail for mail in people.delivers() if "numbers_report" in str(mail.message["Feedback-ID"])]


def reports(people: Reviewer) -> list[tuple[str, date, str | None]]:
    with people.app.app_context():
        rows = db.session.scalars(db.select(Report).order_by(Report.id))
        return [(one.every, one.first_day, one.reason) for one in rows]


def test_it_goes_on_monday_once_and_says_what_was_new_and_what_waits(people: Reviewer) -> None:
    people.says_yes("K-1", answer={"recommend": "9"})
    wants(people)
    assert mailed(people) == [], "the first one is about a week that is over"
    with people.writing():
        board.plan_next(1, 1, "Bellen", people.clock.now.date(), "staff:1")
    people.clock.set(datetime(2026, 11, 16, 8, 30, tzinfo=UTC))
    (mail,) = mailed(people)
    assert mail.subject == "Ambassadeurs in de week van 9 november"
    assert "staff/numbers/?period=between&from=2026-10-19&until=2026-10-25" in mail.text
    assert "Er is in die tijd geen klacht opgelost." in " ".join(mail.text.split())
    assert "1 volgende stap" in mail.text
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/report/" in str(mail.message["List-Unsubscribe"])
    assert str(mail.message["To"]) == "Pim Verbeek <pim@ours.example>"
    assert mailed(people) == []
    people.clock.set(MONDAY)
    (mail,) = mailed(people)
    flat = " ".join(mail.text.split())
    assert "Opgelost: 1 (daarvoor: 0)" in flat
    assert "te weinig" in flat, "one answer is no percentage"
    assert "%" not in flat
    for hidden in ("K-1", "Marleen", "Osinga", "postvak.example", "Bestelling"):
        assert hidden not in mail.text + mail.html
    assert reports(people) == [("week", date(2026, 11, 9), None), ("week", date(2026, 11, 23), None)]
    page = signed_in(people.app, "quality").get(PAGE).text
    assert "Pim Verbeek" not in page
    page = signed_in(people.app, "admin").get(PAGE).text
    assert page.count("Pim Verbeek") == 3


def test_a_month_in_english_and_the_way_out_of_a_mail_without_signing_in(people: Reviewer) -> None:
    people.says_yes("K-1")
    wants(people, "month", "en")
    people.clock.set(datetime(2026, 12, 1, 9, tzinfo=UTC))
    (mail,) = mailed(people)
    assert mail.subject == "Ambassadors in November 2026"
    flat = " ".join(mail.text.split())
    assert "New on the board, because it is solved: 1 (before: 0)" in flat
    assert "the 4 weeks from 5 October to 1 November" in flat
    path = people.path(mail, "/unsubscribe/report/")
    client = people.app.test_client()
    assert "Stop this report?" in client.get(path).text
    assert people.count(Subscription) == 1, "opening a link changes nothing"
    assert client.post(path, data={}).status_code == 400
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert people.count(Subscription) == 0
    assert client.post(path, data={"choice": "stop"}).status_code == 303
    assert "You get this report no more" in client.get(path).text
    assert client.get(path[:-2]).status_code == 404
    people.clock.set(datetime(2027, 1, 4, 9, tzinfo=UTC))
    assert mailed(people) == []


@pytest.mark.parametrize(
    ("change", "reason"), [({"disabled": True}, "account_disabled"), ({"role": "handler"}, "role_lost")]
)
def test_who_may_not_have_it_any_more_gets_none_and_the_reason_is_kept(
    people: Reviewer, change: dict[str, Any], reason: str
) -> None:
    wants(people)
    people.clock.set(MONDAY)
    with people.app.app_context():
        jobs.plan()
    with people.writing():
        who = db.session.get_one(Staff, 1)
        who.disabled_at = people.clock.now if "disabled" in change else None
        who.role = change.get("role", who.role)
    people.delivers()
    assert people.outbox("numbers_report") == [("cancelled", reason)], "it changed after it was planned"
    people.clock.advance(timedelta(days=7))
    assert mailed(people) == []
    assert [one[2] for one in reports(people)] == [None, reason]
    with people.app.app_context():
        last = db.session.scalars(db.select(History).where(History.subject == "report")).all()[-1]
    assert (last.what, last.reason) == ("not_sent", reason)
    page = signed_in(people.app, "admin").get(PAGE).text
    assert "the account is disabled" in page or "may not see the numbers any more" in page


def test_stopping_takes_back_what_was_planned_and_wrong_words_are_refused(people: Reviewer) -> None:
    client = signed_in(people.app, "marketing")
    for wrong in ({"every": "day", "locale": "nl"}, {"every": "week", "locale": "fr"}, {"locale": "nl"}):
        answer = submit(client, PAGE, form=PAGE, **wrong)
        assert answer.status_code == 400
        assert "This has not been saved yet" in answer.text
    assert submit(client, PAGE, form=PAGE, every="week", locale="nl").status_code == 303
    (again,) = [form for form in forms_of(client.get(PAGE).text) if form.action == PAGE]
    assert client.post(PAGE, data={**dict(again.fields), "every": "week", "locale": "en"}).status_code == 303
    with people.app.app_context():
        assert [one.locale for one in db.session.scalars(db.select(Subscription))] == ["en"]
    people.clock.set(datetime(2026, 11, 9, 6, tzinfo=UTC))
    with people.app.app_context():
        jobs.plan()
    assert reports(people) == []
    people.clock.set(datetime(2026, 11, 9, 7, 30, tzinfo=UTC))
    with people.app.app_context():
        jobs.plan()
    assert people.outbox("numbers_report") == [("queued", None)], "the window opens at nine"
    client = signed_in(people.app, "marketing", "Noa Jansen")
    assert submit(client, PAGE, form=PAGE, every="week", locale="nl").status_code == 303
    with people.writing():
        service.unsubscribe(1, "week", "staff:1")
    assert people.outbox("numbers_report") == [("cancelled", "unsubscribed")]
    assert submit(client, PAGE, form="/stop").status_code == 303
    assert "you did not ask for a report" in client.get(PAGE).text


def test_after_a_stop_of_weeks_nobody_gets_several(app: Flask, people: Reviewer) -> None:
    wants(people)
    people.clock.set(MONDAY + timedelta(weeks=5))
    assert len(mailed(people)) == 1
    with app.app_context(), transactions.transaction():
        assert service.plan() == 0
    assert len(reports(people)) == 1
