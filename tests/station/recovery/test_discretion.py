"""Money outside of the rules: within the budget at once, over it by two people, and never twice."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.core import db as transactions
from feedbackloop.core.errors import Conflict, Forbidden
from feedbackloop.extensions import db
from feedbackloop.people.events import PeopleErased
from feedbackloop.recovery import discretion, service
from feedbackloop.recovery.discretion import Wish
from feedbackloop.recovery.models import Spending
from feedbackloop.staff import service as accounts
from feedbackloop.staff.models import Staff
from tests.support.colleague import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import submit

pytestmark = pytest.mark.takes_turns

SPEND = "/staff/recovery/1/spend"
AT_ONCE = 6
GIVEN = {"rule": "Retour binnen 14 dagen", "reason": "De doos kwam een dag te laat."}


@pytest.fixture
def settings_env(settings_env: dict[str, str]) -> dict[str, str]:
    settings_env["FEEDBACKLOOP_DISCRETION_BUDGET"] = "50 euro"
    return settings_env


@pytest.fixture
def case(people: Complainant) -> int:
    people.answers(people.is_asked(people.brings(rule="Retour binnen 14 dagen")), "no")
    return 1


@pytest.fixture
def handler(app: Flask, case: int) -> FlaskClient:
    return signed_in(app, "handler", "Hanna Bos")


def spendings(app: Flask) -> list[tuple[str, int]]:
    with app.app_context():
        rows = db.session.execute(select(Spending.status, Spending.amount_cents).order_by(Spending.id))
        return [(row[0], row[1]) for row in rows]


def wish(cents: int, once: str | None = None) -> Wish:
    return Wish(once or str(uuid.uuid4()), cents, **GIVEN)


def test_within_the_budget_it_is_spent_without_asking(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    page = handler.get(SPEND).text
    assert "€50.00 more this month" in page
    assert 'value="Retour binnen 14 dagen"' in page  # the rule that the complaint says was in the way
    made = submit(handler, SPEND, form="/spend", amount="12,50", reason=GIVEN["reason"])
    assert made.status_code == 303
    assert spendings(app) == [("spent", 1250)]
    assert "€37.50 more this month" in handler.get(SPEND).text
    assert "€12.50" in handler.get("/staff/recovery/1").text
    assert people.story(1, "spending") == ["spent"]


@pytest.mark.parametrize("amount", ["", "0", "-5", "veel", "1e9", "100000,01"])
def test_no_amount_is_refused_by_name(app: Flask, handler: FlaskClient, amount: str) -> None:
    answer = submit(handler, SPEND, form="/spend", amount=amount, **GIVEN)
    assert answer.status_code == 400
    assert 'href="#amount"' in answer.text
    assert spendings(app) == []


@pytest.mark.parametrize("missing", ["rule", "reason"])
def test_without_a_rule_or_a_reason_nothing_is_spent(app: Flask, handler: FlaskClient, missing: str) -> None:
    answer = submit(handler, SPEND, form="/spend", amount="5", **{**GIVEN, missing: " "})
    assert answer.status_code == 400
    assert f'href="#{missing}"' in answer.text
    assert spendings(app) == []


def test_over_the_budget_a_second_person_decides(app: Flask, people: Complainant, handler: FlaskClient) -> None:
    assert submit(handler, SPEND, form="/spend", amount="50.01", **GIVEN).status_code == 303
    assert spendings(app) == [("asked", 5001)]
    assert handler.post("/staff/recovery/discretion/1", data={"decision": "approve"}).status_code in (400, 403)
    quality = signed_in(app, "quality")
    page = quality.get("/staff/recovery/discretion").text
    assert "Wait for a second person" in page
    assert "€50.01" in page
    assert "Request to spend that waits for a second person" in quality.get("/staff/").text
    one = "/staff/recovery/discretion/1"
    assert submit(quality, one, form=one, reason="Goed").status_code == 400
    assert submit(quality, one, form=one, decision="approve", reason="Terecht.").status_code == 303
    assert spendings(app) == [("approved", 5001)]
    assert "€50.00 more this month" in handler.get(SPEND).text
    assert "Terecht." in handler.get(one).text
    assert quality.get(one).text.count('action="/staff/recovery/discretion/1"') == 0
    assert people.story(1, "spending") == ["asked", "approved"]


def test_nobody_decides_on_their_own_request(app: Flask, case: int) -> None:
    quality = signed_in(app, "quality")
    submit(quality, SPEND, form="/spend", amount="500", **GIVEN)
    assert "This is your own request" in quality.get("/staff/recovery/discretion/1").text
    with app.app_context(), pytest.raises(Forbidden), transactions.transaction():
        discretion.decide(1, True, "Ik vind van wel.", 1, "quality", "staff:1")
    admin = signed_in(app, "admin")
    one = "/staff/recovery/discretion/1"
    assert submit(admin, one, form=one, decision="refuse", reason="Te veel.").status_code == 303
    assert spendings(app) == [("refused", 50000)]
    with app.app_context(), pytest.raises(Conflict), transactions.transaction():
        discretion.decide(1, True, "Toch wel.", 2, "admin", "staff:2")


def test_a_form_that_is_sent_twice_spends_once(app: Flask, handler: FlaskClient) -> None:
    mark = str(uuid.uuid4())
    for _ in range(2):
        assert submit(handler, SPEND, form="/spend", amount="10", once=mark, **GIVEN).status_code == 303
    assert spendings(app) == [("spent", 1000)]
    assert submit(handler, SPEND, form="/spend", amount="10", once="x", **GIVEN).status_code == 400


@pytest.fixture
def budget_at_its_end(app: Flask, handler: FlaskClient) -> Iterator[int]:
    with app.app_context():
        yield db.session.scalars(select(Staff.id)).one()


def test_of_many_at_once_only_as_many_are_spent_as_the_budget_holds(app: Flask, budget_at_its_end: int) -> None:
    """50 euro, and six times 20 at the same moment: two are spent, four are asked for."""
    ready, staff_id = Barrier(AT_ONCE), budget_at_its_end

    def spend(_number: int) -> str:
        with app.app_context():
            ready.wait()
            with transactions.transaction():
                return discretion.spend(1, wish(2000), staff_id, f"staff:{staff_id}").status

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert Counter(threads.map(spend, range(AT_ONCE))) == {"spent": 2, "asked": 4}
    with app.app_context():
        assert discretion.room_of(staff_id).left == 1000


def test_of_one_form_that_is_sent_many_times_at_once_one_is_spent(app: Flask, budget_at_its_end: int) -> None:
    ready, staff_id, mark = Barrier(AT_ONCE), budget_at_its_end, str(uuid.uuid4())

    def spend(_number: int) -> int:
        with app.app_context():
            ready.wait()
            with transactions.transaction():
                return discretion.spend(1, wish(2000, mark), staff_id, f"staff:{staff_id}").id

    with ThreadPoolExecutor(AT_ONCE) as threads:
        assert set(threads.map(spend, range(AT_ONCE))) == {1}
    assert spendings(app) == [("spent", 2000)]


def test_of_one_mark_on_forms_of_two_colleagues_at_once_one_is_spent(
    app: Flask, people: Complainant, handler: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert people.answers(people.is_asked(people.brings("K-2")), "no").status_code == 303
    with app.app_context(), transactions.transaction():
        accounts.create("anna@ours.example", "Anna Vos", "handler", "correct horse battery")
    mark, looked = str(uuid.uuid4()), Barrier(2)
    room_of = discretion.room_of

    def wait(staff_id: int) -> discretion.Room:
        with suppress(BrokenBarrierError):
            looked.wait(1)  # on SQLite the second looks when the first is through
        return room_of(staff_id)

    monkeypatch.setattr(discretion, "room_of", wait)

    def spend(number: int) -> str:
        with app.app_context():
            try:
                with transactions.transaction():
                    return discretion.spend(number, wish(2000, mark), number, f"staff:{number}").status
            except Conflict:
                return "refused"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(spend, (1, 2))) == ["refused", "spent"]
    assert spendings(app) == [("spent", 2000)]


def test_a_new_month_has_a_new_budget(app: Flask, people: Complainant, case: int) -> None:
    handler = signed_in(app, "handler")
    submit(handler, SPEND, form="/spend", amount="50", **GIVEN)
    people.clock.set(people.clock.now.replace(day=1, month=12))
    handler = signed_in(app, "quality")
    with app.app_context():
        assert discretion.room_of(1).left == 5000
    assert "€50.00" in handler.get("/staff/recovery/discretion?month=2026-11").text
    for wrong in ("november", "2026-13", "20２６-11"):
        assert handler.get("/staff/recovery/discretion", query_string={"month": wrong}).status_code == 400


def test_an_admin_sets_budgets(app: Flask, handler: FlaskClient) -> None:
    assert handler.get("/staff/recovery/discretion/budgets").status_code == 403
    admin = signed_in(app, "admin")
    assert "Hanna Bos" in admin.get("/staff/recovery/discretion/budgets").text
    one = "/staff/recovery/discretion/budgets/1"
    assert submit(admin, one, form=one, amount="niets").status_code == 400
    assert submit(admin, one, form=one, amount="1.000,00").status_code == 303
    with app.app_context():
        assert discretion.budget_of(1) == 100_000
    assert submit(admin, one, form=one, amount="0").status_code == 303
    submit(handler, SPEND, form="/spend", amount="0,01", **GIVEN)
    assert spendings(app) == [("asked", 1)]
    assert submit(admin, one, form=one, amount="").status_code == 303
    with app.app_context():
        assert discretion.budget_of(1) == 5000
    assert admin.get("/staff/recovery/discretion/budgets/99").status_code == 404


def test_the_sheet_holds_no_formula(app: Flask, handler: FlaskClient) -> None:
    submit(handler, SPEND, form="/spend", amount="10", rule="=cmd|' /C calc'!A0", reason='+31, "dus"\nja')
    sheet = handler.get("/staff/recovery/discretion.csv")
    assert sheet.mimetype == "text/csv"
    assert "'=cmd|" in sheet.text
    assert "'+31" in sheet.text
    assert "K-1,10.00,spent" in sheet.text
    assert signed_in(app, "marketing").get("/staff/recovery/discretion.csv").status_code == 403


def test_an_erasure_leaves_the_amount_and_takes_the_words(
    app: Flask, people: Complainant, handler: FlaskClient
) -> None:
    submit(handler, SPEND, form="/spend", amount="99", **GIVEN)
    with app.app_context(), transactions.transaction():
        service.erase(PeopleErased((1,)))
    with app.app_context():
        one = db.session.scalars(select(Spending)).one()
        assert (one.amount_cents, one.rule, one.reason, one.decision_reason) == (9900, GIVEN["rule"], None, None)
    assert "The words were erased." in handler.get("/staff/recovery/discretion/1").text
    assert handler.get(SPEND).status_code == 409
