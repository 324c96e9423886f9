"""The lists of reasons: kept by staff, by category, and what ticking one does to the complaint."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.checkins import reasons
from feedbackloop.checkins.reasons import ReasonInput
from feedbackloop.core import db as transactions
from feedbackloop.recovery.models import RecoveryCase
from tests.station.checkins.test_desk import signed_in
from tests.support.complainant import Complainant
from tests.support.forms import submit

LISTS = "/staff/check-ins/reasons"


@pytest.fixture
def mild(app: Flask) -> str:
    """A reason for deliveries that does not reopen."""
    with app.app_context(), transactions.transaction():
        return reasons.add(ReasonInput("De bezorger was kortaf", "The driver was curt", "Bezorging", False), "staff:1")


def codes(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('name="reason" value="')[1:]]


def test_until_staff_change_them_the_built_in_reasons_hold(people: Complainant, client: FlaskClient) -> None:
    page = client.get(people.is_asked(people.brings())).text
    assert codes(page) == ["not_done", "again", "amount", "manner", "other"]
    assert "Het bedrag klopt niet" in page


def test_a_category_has_its_own_reasons_before_the_general_ones(
    people: Complainant, client: FlaskClient, mild: str
) -> None:
    about = people.brings("K-1", category="bezorging ")
    other = people.brings("K-2", category="winkel")
    assert codes(client.get(people.is_asked(about)).text)[:2] == [mild, "not_done"]
    path = people.link(people.check_ins(other)[0])
    assert mild not in codes(client.get(path).text)
    assert client.post(path, data={"satisfied": "no", "reason": mild}).status_code == 400


@pytest.mark.parametrize(
    ("ticked", "status", "cases"),
    [([], "reopened", 1), (["mild"], "resolved", 1), (["mild", "amount"], "reopened", 1)],
)
def test_a_reason_that_does_not_reopen_leaves_the_complaint_resolved(
    people: Complainant, mild: str, ticked: list[str], status: str, cases: int
) -> None:
    complaint = people.brings(category="Bezorging")
    path = people.is_asked(complaint)
    ticks = [mild if one == "mild" else one for one in ticked]
    assert people.answers(path, "partly", reason=ticks).status_code == 303
    assert people.status(complaint) == status
    assert people.count(RecoveryCase) == cases
    page = people.app.test_client().get(f"{path}/thanks").text
    assert ("Uw klacht is weer open." in page) is (status == "reopened")


def test_changes_of_what_was_ticked(people: Complainant, mild: str) -> None:
    complaint = people.brings(category="Bezorging")
    path = people.is_asked(complaint)
    stands = []
    for satisfied, ticks in (
        ("yes", []),
        ("no", [mild]),  # takes the confirmation back and opens a case
        ("yes", []),
        ("no", ["amount"]),  # opens it again
        ("no", [mild]),  # somebody works on it already: it stays open
        ("yes", []),
    ):
        people.answers(path, satisfied, reason=ticks)
        stands.append(people.status(complaint))
    assert stands == ["confirmed", "resolved", "confirmed", "reopened", "reopened", "confirmed"]
    assert people.count(RecoveryCase) == 1


def test_what_an_answer_did_is_not_changed_by_the_list(people: Complainant, app: Flask, mild: str) -> None:
    complaint = people.brings(category="Bezorging")
    path = people.is_asked(complaint)
    people.answers(path, "no", reason=[mild])
    with app.app_context(), transactions.transaction():
        reasons.change(mild, ReasonInput("Kortaf", "Curt", "Bezorging", reopens=True, active=False), "staff:1")
    assert people.status(complaint) == "resolved"
    # Retired: not offered to others, but what was ticked stays ticked, and a form that was open still counts.
    client = app.test_client()
    assert mild in codes(client.get(path).text)
    other = people.link(people.check_ins(people.brings("K-2", category="Bezorging"))[0])
    assert mild not in codes(client.get(other).text)
    assert client.post(other, data={"satisfied": "no", "reason": mild}).status_code == 303
    assert people.status(2) == "reopened"


def test_quality_keeps_the_lists(people: Complainant, app: Flask) -> None:
    path = people.is_asked(people.brings(category="Bezorging"))
    people.answers(path, "no", reason=["amount"])
    desk = signed_in(app, "quality")
    assert "Het bedrag klopt niet" in desk.get(LISTS).text
    wrong = submit(desk, f"{LISTS}/new", form="/new", text_nl="Alleen Nederlands")
    assert wrong.status_code == 400
    for said in ("Klanten lezen deze taal: geef de woorden.", "Kies wat er volgt."):
        assert said in wrong.text
    added = submit(
        desk,
        f"{LISTS}/new",
        form="/new",
        text_nl="De doos was stuk",
        text_en="The box was broken",
        category="bezorging",
        reopens="no",
        position="1",
    )
    assert added.status_code == 303
    changed = submit(desk, f"{LISTS}/amount", form="/amount", text_nl="Het bedrag is fout", active=[])
    assert changed.status_code == 303
    page = desk.get(LISTS).text
    assert page.index("Voor elke klacht") < page.index("bezorging")
    assert "The box was broken" in page
    assert "Niet meer gebruikt" in page
    form = app.test_client().get(path).text
    assert codes(form) == ["the_box_was_broken", "not_done", "again", "amount", "manner", "other"]
    assert "Het bedrag is fout" in form
    with app.app_context():
        assert reasons.texts(["amount", "gone"]) == ["Het bedrag is fout", "gone"]
    assert desk.get(f"{LISTS}/unknown").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("handler", 403), ("marketing", 403)])
def test_who_may_keep_the_lists(app: Flask, people: Complainant, role: str, status: int) -> None:
    assert signed_in(app, role).get(LISTS).status_code == status
