"""What staff see of the sending, and what they may decide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.mailing import figures, handling, optouts
from feedbackloop.staff import service as accounts
from tests.station.mailing.conftest import Office
from tests.support.clock import Clock
from tests.support.forms import submit
from tests.support.smtp import Sink

pytestmark = [pytest.mark.usefixtures("queued", "clock"), pytest.mark.takes_turns]
PASSWORD = "correct horse battery"


def _signed_in(app: Flask, role: str) -> FlaskClient:
    with app.app_context(), transactions.transaction():
        accounts.create(f"{role}@ours.example", "Noor Hendriks", role, PASSWORD)
    client = app.test_client()
    assert submit(client, "/staff/sign-in", email=f"{role}@ours.example", password=PASSWORD).status_code == 303
    return client


@pytest.fixture
def stuck(office: Office, sink: Sink, clock: Clock) -> dict[str, int]:
    """A mail of each kind of trouble, by status."""
    parked, uncertain, retried, fine, waiting = office.plan(5)
    office.change(waiting, due_at=clock.now + timedelta(hours=3))
    office.things[1] = "a\nb"
    sink.faults.drop_after_dot = 1
    sink.faults.put_off = ["person3@*"]
    office.drain()
    found = {"parked": parked, "uncertain": uncertain, "retry": retried, "sent": fine, "queued": waiting}
    assert {status: office.row(mail).status for status, mail in found.items()} == {name: name for name in found}
    return found


def test_the_page_shows_first_what_waits_for_a_person(app: Flask, office: Office, stuck: dict[str, int]) -> None:
    page = _signed_in(app, "quality").get("/staff/mailing/", query_string={"lang": "en"}).text
    assert page.index("Waits for a person") < page.index("Tried again by itself") < page.index("All mail")
    assert "characters that no mail may hold" in page
    assert "451 4.3.0 come back later" in page
    assert "p…1@example.org" in page
    assert "person1@example.org" not in page


def test_lists_are_filtered_by_their_address(app: Flask, office: Office, stuck: dict[str, int]) -> None:
    client = _signed_in(app, "quality")
    shown = client.get("/staff/mailing/", query_string={"status": "sent", "lang": "en"}).text.partition('id="mails"')[2]
    assert "p…4@example.org" in shown
    assert "p…1@example.org" not in shown
    assert "No mail here" in client.get("/staff/mailing/", query_string={"kind": "reply", "lang": "en"}).text
    assert client.get("/staff/mailing/", query_string={"before": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("role", "reads", "decides"),
    [("admin", True, True), ("quality", True, True), ("handler", True, False), ("marketing", False, False)],
)
def test_each_role_does_what_it_may(
    app: Flask, office: Office, stuck: dict[str, int], role: str, reads: bool, decides: bool
) -> None:
    client = _signed_in(app, role)
    page = client.get("/staff/mailing/", query_string={"lang": "en"})
    assert page.status_code == (200 if reads else 403)
    assert ("Try again" in page.text) is decides
    app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post(f"/staff/mailing/{stuck['parked']}/cancel")
    assert answer.status_code == (303 if decides else 403)
    assert office.row(stuck["parked"]).status == ("cancelled" if decides else "parked")


def test_nobody_decides_without_signing_in(app: Flask, office: Office, stuck: dict[str, int]) -> None:
    assert app.test_client().get("/staff/mailing/").status_code == 303
    app.config["WTF_CSRF_ENABLED"] = False
    assert app.test_client().post(f"/staff/mailing/{stuck['parked']}/retry").status_code == 401


def test_a_decision_needs_the_pages_own_form(app: Flask, office: Office, stuck: dict[str, int]) -> None:
    assert _signed_in(app, "quality").post(f"/staff/mailing/{stuck['parked']}/cancel").status_code == 400
    assert office.row(stuck["parked"]).status == "parked"


def test_tried_again_it_goes_at_once(app: Flask, office: Office, sink: Sink, stuck: dict[str, int]) -> None:
    office.things.clear()
    office.change(stuck["parked"], expires_at=office.row(stuck["parked"]).created_at)
    with app.app_context(), transactions.transaction():
        handling.retry(stuck["parked"], "staff:1")
    office.drain()
    row = office.row(stuck["parked"])
    assert (row.status, row.attempts, row.reason) == ("sent", 1, None)


def test_stopped_it_never_goes_and_the_loop_hears_of_it(app: Flask, office: Office, stuck: dict[str, int]) -> None:
    with app.app_context(), transactions.transaction():
        handling.cancel(stuck["uncertain"], "staff:1")
    assert office.row(stuck["uncertain"]).status == "cancelled"
    assert office.ended[-1].reason == "by_staff"


def test_counted_as_sent_the_loop_goes_on(app: Flask, office: Office, clock: Clock, stuck: dict[str, int]) -> None:
    with app.app_context(), transactions.transaction():
        handling.count_as_sent(stuck["uncertain"], "staff:1")
    row = office.row(stuck["uncertain"])
    assert (row.status, row.sent_at) == ("sent", clock.now)
    assert office.sent[-1].mail_ids == (stuck["uncertain"],)


@pytest.mark.parametrize(
    ("verb", "status"),
    [("retry", "sent"), ("cancel", "sent"), ("count_as_sent", "sent"), ("count_as_sent", "retry"), ("retry", "queued")],
)
def test_what_has_moved_on_cannot_be_decided(
    app: Flask, office: Office, stuck: dict[str, int], verb: str, status: str
) -> None:
    with app.app_context(), pytest.raises(Conflict), transactions.transaction():
        getattr(handling, verb)(stuck[status], "staff:1")
    with app.app_context(), pytest.raises(NotFound), transactions.transaction():
        getattr(handling, verb)(987654, "staff:1")


def test_figures_are_those_of_the_outbox(app: Flask, office: Office, clock: Clock, stuck: dict[str, int]) -> None:
    midnight = clock.now.replace(hour=0) - timedelta(hours=1)  # Amsterdam is an hour ahead
    with app.app_context():
        assert figures.counts() == {"parked": 1, "uncertain": 1, "retry": 1, "queued": 1}
        assert figures.sent_by_hour(midnight) == {10: 1}
        assert figures.sent_since(midnight) == 1
        assert figures.oldest_due(clock.now) is None
        assert figures.oldest_due(clock.now + timedelta(hours=3)) is not None
        assert figures.expected_until(clock.now, timedelta(hours=4)) == 3
        assert figures.last_sent() == clock.now


def test_why_people_were_not_asked_is_counted(app: Flask, office: Office, sink: Sink, clock: Clock) -> None:
    office.plan(3)
    office.refused.update({1: "reopened", 2: "reopened", 3: "answered"})
    office.drain()
    with app.app_context():
        assert figures.reasons_since(clock.now - timedelta(days=1)) == [
            ("cancelled", "reopened", 2),
            ("cancelled", "answered", 1),
        ]
    page = _signed_in(app, "handler").get("/staff/mailing/", query_string={"lang": "en"}).text
    assert "the complaint is open again" in page


def test_an_empty_outbox_says_what_will_come(app: Flask, office: Office) -> None:
    page = _signed_in(app, "handler").get("/staff/mailing/", query_string={"lang": "en"}).text
    assert "nothing was sent yet" in page
    assert "Mail appears here as soon as a complaint is resolved" in page


def test_mail_that_does_not_go_out_is_said_on_top(app: Flask, office: Office, clock: Clock) -> None:
    office.plan(due_at=clock.now)
    clock.advance(timedelta(minutes=16))
    assert "Stands still" in _signed_in(app, "handler").get("/staff/mailing/", query_string={"lang": "en"}).text


def test_a_list_of_many_has_pages(app: Flask, office: Office, clock: Clock) -> None:
    person = office.customer("much@example.org")
    ids = []
    for start in range(1, 61):
        ids += office.plan(start=start, customer_id=person)
    with app.app_context():
        first, older = figures.page(None, None, None, None)
        second, end = figures.page(None, None, None, older)
    assert [line.mail.id for line in [*first, *second]] == sorted(ids, reverse=True)
    assert (len(first), end) == (50, None)


def test_the_suppression_list_is_shown_without_addresses(app: Flask, office: Office) -> None:
    with app.app_context(), transactions.transaction():
        optouts.suppress("tired@example.org", "news", optouts.OPTED_OUT, "one_click")
    page = _signed_in(app, "handler").get("/staff/mailing/", query_string={"lang": "en"}).text
    assert "News of improvements: opted out" in page
    assert "tired" not in page
