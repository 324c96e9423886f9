"""Who may open what: every staff page there is, found in the app itself, so that no page can be forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from feedbackloop.core.access import ROLES
from tests.station.overview.conftest import AsRole
from tests.support.forms import forms_of

pytestmark = pytest.mark.takes_turns

DOOR = {"staff.sign_in", "staff.signed_in", "staff.sign_out"}
"""What people need before they are signed in, and after."""

ADMIN_ONLY = {"staff_admin", "overview_staff.settings_page"}
NEVER_MARKETING = {
    "complaints_staff",
    "checkins_staff",
    "calls_staff",
    "crisis_staff",
    "consent_staff",
    "proposals_staff",
    "recovery_staff",
    "listening_staff",
    "mailing_staff",
    "incoming_staff",
}
VALUES: dict[str, Any] = {"column": "satisfied"}
HUGE = 10**30


@dataclass(frozen=True)
class Way:
    """One way to ask a staff page for something."""

    endpoint: str
    method: str
    path: str
    roles: tuple[str, ...]


def ways(app: Flask, number: int = 1) -> list[Way]:
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith("/staff") and rule.endpoint not in DOOR:
                roles = getattr(app.view_functions[rule.endpoint], "roles", None)
                assert roles is not None, f"{rule.rule}: says nothing about who may open it"
                found += [
                    Way(rule.endpoint, method, _path(rule, number), roles)
                    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
                ]
    return found


def _path(rule: Rule, number: int) -> str:
    path = rule.rule
    for name in rule.arguments:
        before, _, rest = path.partition("<")
        path = before + str(VALUES.get(name, number)) + rest.partition(">")[2]
    return path


def test_there_are_pages_of_every_station(app: Flask) -> None:
    blueprints = {way.endpoint.partition(".")[0] for way in ways(app)}
    assert NEVER_MARKETING | {"reviews_staff", "ambassadors_staff", "improvements_staff", "staff_admin"} <= blueprints


def test_nobody_gets_in_without_signing_in(app: Flask) -> None:
    client = app.test_client()
    token = dict(forms_of(client.get("/staff/sign-in").text)[0].fields)["csrf_token"]
    for way in ways(app):
        if way.method == "GET":
            answer = client.get(way.path)
            assert answer.status_code == 303, way
            assert answer.location.startswith("/staff/sign-in?next="), way
        else:
            assert client.open(way.path, method=way.method, data={"csrf_token": token}).status_code == 401, way
            assert client.open(way.path, method=way.method).status_code == 400, f"{way}: takes a post without a token"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_it_may_and_nothing_else(app: Flask, as_role: AsRole, role: str) -> None:
    client = as_role(role)
    token = dict(forms_of(client.get("/staff/account").text)[0].fields)["csrf_token"]
    for way in ways(app):
        allowed = role == "admin" or not way.roles or role in way.roles
        # To who may not, a page does not even say whether it exists; to who may, a row of that number does not.
        answer = client.open(way.path, method=way.method, data={"csrf_token": token} if way.method != "GET" else None)
        if allowed:
            assert answer.status_code not in (401, 403), f"{role} should get through: {way}"
            assert answer.status_code < 500, way
        else:
            assert answer.status_code == 403, f"{role} should be refused: {way}"


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_only_administrators_change_accounts_and_see_settings(app: Flask, role: str) -> None:
    for way in ways(app):
        if way.endpoint in ADMIN_ONLY or way.endpoint.partition(".")[0] in ADMIN_ONLY:
            assert role not in way.roles, way
            assert way.roles, way


def test_marketing_has_no_way_to_the_words_of_a_complaint(app: Flask) -> None:
    for way in ways(app):
        if way.endpoint.partition(".")[0] in NEVER_MARKETING:
            assert way.roles, way
            assert "marketing" not in way.roles, way


def test_a_number_too_large_is_an_unknown_page(app: Flask, as_role: AsRole) -> None:
    client = as_role("admin")
    token = dict(forms_of(client.get("/staff/account").text)[0].fields)["csrf_token"]
    for way in ways(app, HUGE):
        if str(HUGE) in way.path:
            data = {"csrf_token": token} if way.method != "GET" else None
            assert client.open(way.path, method=way.method, data=data).status_code in (404, 405), way


def test_no_staff_page_may_be_kept_by_anything_in_between(app: Flask, as_role: AsRole) -> None:
    client = as_role("admin")
    for way in ways(app):
        if way.method == "GET":
            answer = client.get(way.path)
            assert "no-store" in answer.headers["Cache-Control"], way
            assert answer.headers[
                "X-Frame-Options" if "X-Frame-Options" in answer.headers else "Content-Security-Policy"
            ]
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], way
