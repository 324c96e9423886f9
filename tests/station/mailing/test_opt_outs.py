"""The page that ends mail to a person, pressed by a person or by a mail program."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import clock as product_clock
from feedbackloop.core import db as transactions
from feedbackloop.core import tokens
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing import optouts
from feedbackloop.mailing.models import Suppression
from feedbackloop.people.models import Customer
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock

pytestmark = [pytest.mark.usefixtures("queued", "clock"), pytest.mark.takes_turns]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def _path(office: Office, person: int, purpose: str = "check_in") -> str:
    with office.app.app_context():
        return f"/unsubscribe/{tokens.make('unsubscribe', f'{person}-{purpose}')}"


def _stopped(app: Flask, email: str, purpose: str, clock: Clock) -> bool:
    with app.app_context():
        return optouts.is_suppressed([email], purpose, clock.now) == {email}


@pytest.fixture
def person(office: Office) -> int:
    return office.customer("tired@example.org", locale="en")


def test_looking_changes_nothing(app: Flask, office: Office, person: int, client: FlaskClient, clock: Clock) -> None:
    for method in ("GET", "HEAD"):
        answer = client.open(_path(office, person), method=method, query_string=ONE_CLICK)
        assert answer.status_code == 200
    assert "Stop these e-mails" in client.get(_path(office, person)).text
    assert not _stopped(app, "tired@example.org", "check_in", clock)


def test_one_click_stops_without_cookie_and_without_redirect(
    app: Flask, office: Office, person: int, clock: Clock
) -> None:
    answer = app.test_client(use_cookies=False).post(_path(office, person), data=ONE_CLICK)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "You do not get these e-mails any more." in answer.text
    assert _stopped(app, "tired@example.org", "check_in", clock)


def test_one_click_may_come_as_multipart(app: Flask, office: Office, person: int, clock: Clock) -> None:
    app.test_client().post(_path(office, person), data=ONE_CLICK, content_type="multipart/form-data")
    assert _stopped(app, "tired@example.org", "check_in", clock)


def test_the_pages_button_stops_and_shows_so(
    app: Flask, office: Office, person: int, client: FlaskClient, clock: Clock
) -> None:
    answer = client.post(_path(office, person), data={"choice": "stop"})
    assert answer.status_code == 303
    assert "You do not get these e-mails any more." in client.get(answer.headers["Location"]).text
    assert _stopped(app, "tired@example.org", "check_in", clock)


@pytest.mark.parametrize("body", [{}, {"choice": "everything"}, {"List-Unsubscribe": "two-clicks"}])
def test_a_post_that_asks_for_nothing_changes_nothing(
    app: Flask, office: Office, person: int, client: FlaskClient, clock: Clock, body: dict[str, str]
) -> None:
    assert client.post(_path(office, person), data=body).status_code == 400
    assert not _stopped(app, "tired@example.org", "check_in", clock)


@pytest.mark.parametrize("purpose", optouts.PURPOSES)
def test_each_purpose_is_stopped_alone(
    app: Flask, office: Office, person: int, client: FlaskClient, clock: Clock, purpose: str
) -> None:
    client.post(_path(office, person, purpose), data=ONE_CLICK)
    assert [one for one in optouts.PURPOSES if _stopped(app, "tired@example.org", one, clock)] == [purpose]


def test_what_was_planned_is_cancelled_and_the_loop_hears_of_it(
    office: Office, person: int, client: FlaskClient
) -> None:
    [note] = office.plan(customer_id=person)
    [reply] = office.plan(customer_id=person, kind="reply")
    client.post(_path(office, person), data=ONE_CLICK)
    assert (office.row(note).status, office.row(note).reason) == ("cancelled", "opted_out")
    assert office.row(reply).status == "queued"
    assert [(event.mail_ids, event.status, event.reason) for event in office.ended] == [
        ((note,), "cancelled", "opted_out")
    ]


def test_it_can_be_taken_back_by_a_choice_that_nobody_made_for_you(
    app: Flask, office: Office, person: int, client: FlaskClient, clock: Clock
) -> None:
    path = _path(office, person)
    client.post(path, data={"choice": "stop"})
    page = client.get(path).text
    assert 'name="again"' in page
    assert "checked" not in page
    refused = client.post(path, data={"choice": "resume"})
    assert refused.status_code == 400
    assert "Tick the box if you want these e-mails again" in refused.text
    assert _stopped(app, "tired@example.org", "check_in", clock)
    assert client.post(path, data={"choice": "resume", "again": "yes"}).status_code == 303
    assert not _stopped(app, "tired@example.org", "check_in", clock)


def test_a_bounced_address_is_not_taken_back_by_its_owner(
    app: Flask, office: Office, person: int, client: FlaskClient, clock: Clock
) -> None:
    with app.app_context(), transactions.transaction():
        optouts.suppress("tired@example.org", "all", "no_such_address", "smtp")
    client.post(_path(office, person), data={"choice": "resume", "again": "yes"})
    assert _stopped(app, "tired@example.org", "check_in", clock)


def test_saying_it_twice_is_saying_it_once(app: Flask, office: Office, person: int, client: FlaskClient) -> None:
    for _time in range(3):
        assert client.post(_path(office, person), data=ONE_CLICK).status_code == 200
    with app.app_context():
        assert len(db.session.query(Suppression).all()) == 1


def test_the_list_holds_no_address(app: Flask, office: Office, person: int, client: FlaskClient) -> None:
    client.post(_path(office, person), data=ONE_CLICK)
    with app.app_context():
        [row] = db.session.query(Suppression).all()
        assert (row.purpose, row.reason, row.source) == ("check_in", "opted_out", "one_click")
        assert len(row.address_key) == 64
        assert "tired" not in repr(vars(row))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("value", ["1-check_in", "7", "9999-check_in", "1-everything", "x-news", "-news"])
def test_what_we_did_not_make_is_not_found(
    office: Office, person: int, client: FlaskClient, method: str, value: str
) -> None:
    with office.app.app_context():
        forged = tokens.make("check-in", value)
        unknown = tokens.make("unsubscribe", value if value != "1-check_in" else "1-other")
    for token in (forged, unknown, "nonsense"):
        assert client.open(f"/unsubscribe/{token}", method=method, data=ONE_CLICK).status_code == 404


def test_an_erased_person_has_no_page(app: Flask, office: Office, client: FlaskClient, clock: Clock) -> None:
    person = office.customer(None, erased_at=clock.now)
    assert client.post(_path(office, person), data=ONE_CLICK).status_code == 404


def test_the_page_speaks_the_persons_language(office: Office, client: FlaskClient) -> None:
    person = office.customer("moe@example.org", locale="nl")
    assert "Stop deze e-mails" in client.get(_path(office, person)).text
    assert "Stop these e-mails" in client.get(_path(office, person), query_string={"lang": "en"}).text


def test_the_link_in_a_mail_works_for_ever(app: Flask, office: Office, person: int, client: FlaskClient) -> None:
    path = _path(office, person)
    with product_clock.at(product_clock.now().replace(year=2036)):
        assert client.post(path, data=ONE_CLICK).status_code == 200


def test_it_is_written_in_the_history(app: Flask, office: Office, person: int, client: FlaskClient) -> None:
    client.post(_path(office, person), data=ONE_CLICK)
    with app.app_context():
        row = db.session.query(History).one()
        assert (row.actor, row.subject, row.subject_id, row.what, row.reason) == (
            f"customer:{person}",
            "customer",
            person,
            "opted_out",
            "check_in",
        )
        assert db.session.get_one(Customer, person).email == "tired@example.org"
