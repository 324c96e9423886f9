"""POST and GET /api/v1/complaints, as another system uses them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from feedbackloop.core import db as transactions
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.people.models import Customer
from feedbackloop.staff import keyring
from tests.station.complaints.conftest import Api, Connect
from tests.support.clock import Clock

WHOLE: dict[str, Any] = {
    "source": "shop",
    "external_id": "C-17",
    "subject": "Parcel came too late",
    "summary": "My parcel came three days late.",
    "description": "It was a present.\nNow it is too late.",
    "category": "delivery",
    "channel": "phone",
    "opened_at": "2026-10-31T09:30:00+01:00",
    "resolved_at": "2026-11-02T16:00:00+01:00",
    "resolution": "You got the delivery costs back.",
    "root_cause": "planning",
    "fault": "us",
    "apology_given": True,
    "prevention": "An earlier van.",
    "rule": "returns within 14 days",
    "customer": {"name": "Jan de Vries", "email": "jan@mail.example", "phone": "0612345678", "locale": "nl"},
    "handler": {"name": "Lieke Boersma", "email": "lieke@shop.example"},
}
ALL_FIELDS = {
    *WHOLE,
    *("id", "status", "cycle", "reopened_at", "confirmed_at", "flag", "created_at", "updated_at"),
    *("check_ins", "ambassador"),
}


@pytest.fixture(autouse=True)
def _today(clock: Clock) -> None:
    """It is 3 November 2026, a day after WHOLE was resolved."""


def test_a_new_complaint_is_answered_with_all_of_it(api: Api) -> None:
    answer = api.post(WHOLE)
    assert answer.status_code == 201
    found = answer.get_json()
    assert set(found) == ALL_FIELDS
    moments = {"opened_at": "2026-10-31T08:30:00+00:00", "resolved_at": "2026-11-02T15:00:00+00:00"}
    assert {name: found[name] for name in WHOLE} == {**WHOLE, **moments}
    assert (found["status"], found["cycle"], found["flag"], found["ambassador"]) == ("resolved", 1, None, None)
    assert isinstance(found["id"], str)
    (check_in,) = found["check_ins"]
    assert (check_in["cycle"], check_in["status"], check_in["answer"]) == (1, "scheduled", None)
    assert check_in["due_at"] == "2026-11-05T15:00:00+00:00"


def test_the_same_again_is_200_and_changes_nothing(api: Api, clock: Clock) -> None:
    first = api.post(WHOLE).get_json()
    clock.advance(timedelta(hours=1))
    again = api.post(WHOLE)
    assert again.status_code == 200
    assert again.get_json() == first


def test_two_fields_are_enough_and_the_rest_is_null(api: Api) -> None:
    found = api.post({"source": "shop", "external_id": "1"}).get_json()
    assert (found["status"], found["resolved_at"], found["customer"], found["handler"]) == ("open", None, None, None)
    assert found["opened_at"] == "2026-11-03T09:00:00+00:00"
    assert found["check_ins"] == []


def test_null_on_a_resolved_complaint_reopens_it_and_cancels_the_question(api: Api) -> None:
    api.post(WHOLE)
    found = api.post({"source": "shop", "external_id": "C-17", "resolved_at": None}).get_json()
    assert (found["status"], found["resolved_at"]) == ("reopened", None)
    assert [one["status"] for one in found["check_ins"]] == ["cancelled"]
    later = {"source": "shop", "external_id": "C-17", "resolved_at": "2026-11-03T09:00:00+01:00"}
    found = api.post(later).get_json()
    assert (found["status"], found["cycle"]) == ("resolved", 2)
    assert [one["cycle"] for one in found["check_ins"]] == [1, 2]


def test_a_corrected_date_moves_the_question(api: Api) -> None:
    api.post(WHOLE)
    found = api.post({"source": "shop", "external_id": "C-17", "resolved_at": "2026-11-03T09:00:00+01:00"}).get_json()
    assert (found["cycle"], found["resolved_at"]) == (1, "2026-11-03T08:00:00+00:00")
    assert [one["due_at"] for one in found["check_ins"]] == ["2026-11-06T08:00:00+00:00"]


def test_who_has_no_address_is_not_asked_and_why_is_said(api: Api) -> None:
    found = api.post({**WHOLE, "customer": {"name": "Jan"}}).get_json()
    (check_in,) = found["check_ins"]
    assert (check_in["status"], check_in["reason"]) == ("suppressed", "no_address")


def test_a_corrected_address_takes_the_question_along(api: Api, app: Flask) -> None:
    api.post({**WHOLE, "customer": {"email": "jan@mial.example"}})
    api.post({**WHOLE, "customer": {"email": "jan@mail.example"}})
    with app.app_context():
        address = db.session.scalar(select(Customer.email).join(Outbox, Outbox.customer_id == Customer.id))
    assert address == "jan@mail.example"


def test_one_is_read_by_its_id(api: Api) -> None:
    made = api.post(WHOLE).get_json()
    assert api.get(f"/{made['id']}").get_json() == made


def test_what_is_not_there_is_404(api: Api) -> None:
    for unknown in ("999", "0", 2**63 - 1, 2**63, "abc", "-1", "1.0"):
        answer = api.get(f"/{unknown}")
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


def test_a_list_is_filtered_and_paged_without_gaps(api: Api, clock: Clock) -> None:
    for number in range(7):
        api.post({"source": "shop" if number % 2 else "desk", "external_id": str(number)})
    seen, cursor = [], None
    while True:
        page = api.get(limit=3, **({"cursor": cursor} if cursor else {})).get_json()
        seen += [one["external_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [str(number) for number in range(7)]
    assert [one["external_id"] for one in api.get(source="shop").get_json()["items"]] == ["1", "3", "5"]
    assert [one["external_id"] for one in api.get(source="shop", external_id="3").get_json()["items"]] == ["3"]
    assert api.get(source="shop", external_id="4").get_json() == {"items": [], "next": None}


def test_a_list_is_filtered_by_status(api: Api) -> None:
    api.post(WHOLE)
    api.post({"source": "shop", "external_id": "open"})
    assert [one["external_id"] for one in api.get(status="resolved").get_json()["items"]] == ["C-17"]


def test_what_changed_since_comes_in_the_order_of_its_change(api: Api, clock: Clock) -> None:
    for number in range(4):
        api.post({"source": "shop", "external_id": str(number)})
        clock.advance(timedelta(minutes=1))
    api.post({"source": "shop", "external_id": "0", "subject": "changed"})
    since = "2026-11-03T09:01:00Z"
    first = api.get(updated_since=since, limit=2).get_json()
    rest = api.get(updated_since=since, limit=2, cursor=first["next"]).get_json()
    assert [one["external_id"] for one in first["items"]] == ["1", "2"]
    assert [one["external_id"] for one in rest["items"]] == ["3", "0"]
    assert rest["next"] is None


UNREADABLE: list[tuple[dict[str, str], str]] = [
    ({"status": "closed"}, "status"),
    ({"limit": "0"}, "limit"),
    ({"limit": "201"}, "limit"),
    ({"limit": "many"}, "limit"),
    ({"updated_since": "yesterday"}, "updated_since"),
    ({"updated_since": "2026-11-03T09:01:00"}, "updated_since"),
    ({"cursor": "x"}, "cursor"),
    ({"cursor": "LDA"}, "cursor"),
    ({"cursor": "LC0x"}, "cursor"),
    ({"cursor": "LDk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, "cursor"),
    ({"cursor": "LDE", "updated_since": "2026-11-03T09:01:00Z"}, "cursor"),
    ({"source": "x" * 65}, "source"),
    ({"source": ""}, "source"),
]


def test_a_query_that_cannot_be_read_is_400_and_named(api: Api) -> None:
    for query, field in UNREADABLE:
        answer = api.get(**query)
        assert answer.status_code == 400, query
        assert field in answer.get_json()["errors"]


def test_without_a_token_nothing_is_told(app: Flask) -> None:
    client = app.test_client()
    for given in (None, "Bearer", "Bearer ", "Bearer wrong", "Basic d3Jvbmc6d3Jvbmc=", "Bearer \u00e9"):
        headers = {} if given is None else {"Authorization": given}
        for answer in (
            client.get("/api/v1/complaints", headers=headers),
            client.get("/api/v1/complaints/1", headers=headers),
            client.post("/api/v1/complaints", json=WHOLE, headers=headers),
        ):
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.mimetype == "application/problem+json"


def test_a_token_does_what_its_scope_says_and_no_more(connect: Connect) -> None:
    intake, read, other = connect(["intake"]), connect(["read"]), connect(["improvements"])
    assert intake.post(WHOLE).status_code == 201
    assert [intake.get().status_code, read.get().status_code] == [403, 200]
    assert [read.post(WHOLE).status_code, other.post(WHOLE).status_code, other.get().status_code] == [403, 403, 403]


def test_a_token_that_was_revoked_is_no_token(app: Flask, api: Api) -> None:
    api.post(WHOLE)
    with app.app_context(), transactions.transaction():
        keyring.revoke(1, "staff:1")
    assert api.get().status_code == 401


def test_the_document_and_the_page_tell_of_every_call(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    properties = document["components"]["schemas"]["ShownComplaint"]["properties"]
    assert set(properties) == ALL_FIELDS
    assert set(document["components"]["schemas"]["Complaint"]["properties"]) == set(WHOLE)
    assert set(document["components"]["schemas"]["Complaint"]["required"]) == {"source", "external_id"}
    page = app.test_client().get("/api/v1/docs")
    assert page.status_code == 200
    for path, item in document["paths"].items():
        for method in set(item) - {"parameters"}:
            assert f"{method.upper()} {path}" in page.text
    for name in ("customer.email", "check_ins[].answer.rating", "items[].ambassador.stage", "updated_since"):
        assert f"<code>{name}</code>" in page.text
    assert "Set-Cookie" not in page.headers
