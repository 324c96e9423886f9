"""The list of addresses that are not mailed: looked up, put on and taken off by staff."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from feedbackloop.core import db as transactions
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing import listed, optouts
from feedbackloop.mailing.models import Suppression
from tests.station.mailing.conftest import Office
from tests.station.mailing.test_switch import ENGLISH, signed_in
from tests.support.clock import Clock
from tests.support.forms import submit
from tests.support.smtp import Sink

pytestmark = [pytest.mark.usefixtures("queued", "clock"), pytest.mark.takes_turns]
LIST = "/staff/mailing/not-mailed/"
NEW = "/staff/mailing/not-mailed/new"


def _suppress(app: Flask, address: str, purpose: str, reason: str) -> int:
    with app.app_context(), transactions.transaction():
        optouts.suppress(address, purpose, reason, "page")
        return db.session.scalars(select(Suppression.id).order_by(Suppression.id.desc())).first() or 0


def _find(client: FlaskClient, address: str) -> str:
    answer = submit(client, LIST, form="/staff/mailing/not-mailed/find", address=address)
    assert answer.status_code == 303
    assert "@" not in answer.location
    return client.get(f"{answer.location}&lang=en").text


def test_an_address_is_looked_up_by_its_hash(app: Flask) -> None:
    client = signed_in(app, "handler")
    assert "is not on the list" in _find(client, "tired@example.org")
    _suppress(app, "tired@example.org", "news", optouts.OPTED_OUT)
    _suppress(app, "other@example.org", "all", "no_such_address")
    shown = _find(client, "Tired@example.org")
    assert "This address is on the list." in shown
    assert "tired" not in shown.lower()
    assert shown.count('<tr role="row"><th scope="row"') == 1
    assert "is not on the list" in _find(client, "third@example.org")


@pytest.mark.parametrize("address", ["", "nobody", "a b@example.org", "x" * 400 + "@example.org"])
def test_what_is_no_address_is_not_looked_up(app: Flask, address: str) -> None:
    client = signed_in(app, "handler")
    answer = submit(client, LIST, form="/staff/mailing/not-mailed/find", address=address)
    assert answer.status_code == 400
    assert 'class="errors"' in answer.text
    assert client.get(LIST, query_string={"key": "tired@example.org"}).status_code == 400


def test_a_person_who_calls_is_put_on_the_list_and_not_mailed(app: Flask, office: Office, sink: Sink) -> None:
    [mail_id] = office.plan()
    client = signed_in(app, "handler")
    answer = submit(
        client, NEW, form="not-mailed", address="person1@example.org", purpose="check_in", reason="asked_us"
    )
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "person1" not in shown
    office.drain()
    assert sink.messages == []
    assert (office.row(mail_id).status, office.row(mail_id).reason) == ("suppressed", "asked_us")
    with app.app_context():
        change = db.session.scalars(select(History).where(History.subject == "suppression")).one()
        assert (change.what, change.reason, change.actor) == ("put_on", "asked_us", "staff:1")
        assert "person1" not in str(change.detail)


@pytest.mark.parametrize(
    "values",
    [
        {"address": "nobody", "purpose": "news", "reason": "asked_us"},
        {"address": "a@example.org", "purpose": "everything", "reason": "asked_us"},
        {"address": "a@example.org", "purpose": "news", "reason": "opted_out"},
        {"address": "a@example.org"},
    ],
)
def test_what_does_not_fit_the_form_is_refused(app: Flask, values: dict[str, str]) -> None:
    client = signed_in(app, "quality")
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post(NEW, data=values).status_code == 400
    with app.app_context():
        assert listed.counts() == []


def test_staff_never_write_over_what_a_person_decided(app: Flask) -> None:
    row = _suppress(app, "tired@example.org", "news", optouts.OPTED_OUT)
    with app.app_context(), transactions.transaction():
        assert not listed.put_on("tired@example.org", "news", "decided_by_us", "staff:1")
    with app.app_context():
        assert listed.get(row).reason == optouts.OPTED_OUT


def test_what_ran_out_can_be_put_on_anew(app: Flask, clock: Clock) -> None:
    with app.app_context(), transactions.transaction():
        optouts.suppress("soft@example.org", "all", "no_such_address", "smtp", clock.now + timedelta(days=30))
    clock.advance(timedelta(days=30))
    with app.app_context(), transactions.transaction():
        assert listed.put_on("soft@example.org", "all", "asked_us", "staff:1")
    with app.app_context():
        assert listed.counts_in_force(clock.now) == [("all", "asked_us", 1)]


@pytest.mark.parametrize("reason", listed.THEIR_OWN)
def test_only_the_person_takes_back_what_the_person_decided(app: Flask, reason: str) -> None:
    row = _suppress(app, "tired@example.org", "news", reason)
    client = signed_in(app, "admin")
    shown = client.get(f"{LIST}{row}", query_string=ENGLISH).text
    assert "Only the person can take it back" in shown
    assert "take-off" not in shown
    app.config["WTF_CSRF_ENABLED"] = False
    assert client.post(f"{LIST}{row}/take-off", data={"reason": "by_mistake"}).status_code == 409
    with app.app_context():
        assert optouts.is_suppressed(["tired@example.org"], "news", db.session.get_one(Suppression, row).created_at)


def test_an_address_that_works_again_is_taken_off_with_a_reason(app: Flask, clock: Clock) -> None:
    row = _suppress(app, "moved@example.org", "all", "no_such_address")
    client = signed_in(app, "quality")
    assert submit(client, f"{LIST}{row}", form="take-off", reason="works_again").status_code == 303
    with app.app_context():
        assert not optouts.is_suppressed(["moved@example.org"], "news", clock.now)
        change = db.session.scalars(select(History).where(History.subject == "suppression")).one()
        assert (change.what, change.reason, change.subject_id) == ("taken_off", "works_again", row)
        assert change.detail == {"purpose": "all", "listed_for": "no_such_address", "source": "page"}
    assert client.get(f"{LIST}{row}").status_code == 404
    with app.app_context(), pytest.raises(NotFound), transactions.transaction():
        listed.take_off(row, "works_again", "staff:1")


def test_a_new_row_does_not_show_the_past_of_another(app: Flask, clock: Clock) -> None:
    with app.app_context(), transactions.transaction():
        listed.put_on("first@example.org", "all", "asked_us", "staff:1")
    row = _suppress(app, "first@example.org", "all", "asked_us")
    with app.app_context(), transactions.transaction():
        listed.take_off(row, "by_mistake", "staff:1")
    clock.advance(timedelta(minutes=1))
    later = _suppress(app, "second@example.org", "all", "asked_us")
    with app.app_context():
        assert listed.changes_of(listed.get(later)) == []


@pytest.mark.parametrize(("role", "reads", "takes_off"), [("handler", 200, 403), ("marketing", 403, 403)])
def test_who_may_do_what(app: Flask, role: str, reads: int, takes_off: int) -> None:
    row = _suppress(app, "moved@example.org", "all", "no_such_address")
    client = signed_in(app, role)
    app.config["WTF_CSRF_ENABLED"] = False
    for path in (LIST, NEW, f"{LIST}{row}"):
        assert client.get(path).status_code == reads
    assert client.post(f"{LIST}{row}/take-off", data={"reason": "by_mistake"}).status_code == takes_off


def test_the_list_is_filtered_and_has_pages(app: Flask) -> None:
    for number in range(60):
        _suppress(app, f"n{number}@example.org", "news" if number % 6 else "all", "no_such_address")
    with app.app_context():
        first, older = listed.page(None, None, None, None)
        second, end = listed.page(None, None, None, older)
        assert len({row.id for row in [*first, *second]}) == 60
        assert (len(first), end) == (50, None)
        assert len(listed.page("all", "no_such_address", None, None)[0]) == 10
        assert listed.page("all", "opted_out", None, None) == ([], None)
    client = signed_in(app, "handler")
    shown = client.get(LIST, query_string={"purpose": "all", "lang": "en"}).text
    assert shown.count('<tr role="row"><th scope="row"') == 10
    assert client.get(LIST, query_string={"before": "x"}).status_code == 400
    assert client.get(LIST, query_string={"purpose": "a\x00b"}).status_code in (200, 400)


def test_a_reason_of_nobody_is_a_mistake_in_the_program(app: Flask) -> None:
    row = _suppress(app, "a@example.org", "all", "no_such_address")
    with app.app_context(), pytest.raises(ValueError, match="reason"), transactions.transaction():
        listed.take_off(row, "because", "staff:1")
    with app.app_context(), pytest.raises(ValueError, match="purpose"), transactions.transaction():
        listed.put_on("a@example.org", "nothing", "asked_us", "staff:1")
    with app.app_context(), pytest.raises(Conflict), transactions.transaction():
        listed.take_off(_suppressed_by_person(), "by_mistake", "staff:1")


def _suppressed_by_person() -> int:
    optouts.suppress("b@example.org", "all", optouts.OPTED_OUT, "page")
    return db.session.scalars(select(Suppression.id).where(Suppression.reason == optouts.OPTED_OUT)).one()
