"""Other systems write, publish and read improvements."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.improver import Improver

PATH = "/api/v1/improvements"
WHOLE: dict[str, Any] = {
    "you_said": "Bestellingen kwamen te laat.",
    "we_did": "Wij laden de bus nu de **avond** ervoor.",
    "status": "in_progress",
    "category": "bezorging",
    "locale": "nl",
    "translations": {"en": {"you_said": "Orders came too late.", "we_did": "We load the van the evening before."}},
}


@pytest.fixture
def machine(people: Improver, client: FlaskClient) -> FlaskClient:
    """A client with a token for everything about improvements."""
    client.environ_base["HTTP_AUTHORIZATION"] = people.key("improvements", "read")["Authorization"]
    return client


def _errors(answer: TestResponse) -> dict[str, list[str]]:
    assert answer.mimetype == "application/problem+json"
    return dict((answer.json or {})["errors"])


def test_what_was_sent_comes_back_whole(machine: FlaskClient, people: Improver) -> None:
    complaint = str(people.complains())
    answer = machine.post(PATH, json={**WHOLE, "complaints": [complaint]})
    assert answer.status_code == 201
    shown = answer.json or {}
    assert {name: shown[name] for name in WHOLE} == WHOLE
    assert shown["complaints"] == [complaint]
    assert (shown["public"], shown["published_at"], shown["version"], shown["raised_by"]) == (False, None, 1, 1)
    assert shown["url"] == "http://localhost/improvements/bestellingen-kwamen-te-laat"
    assert answer.headers["Location"] == f"http://localhost{PATH}/{shown['id']}"
    assert machine.get(f"{PATH}/{shown['id']}").json == shown


def test_a_status_and_a_language_need_not_be_given(machine: FlaskClient) -> None:
    shown = machine.post(PATH, json={"you_said": "a", "we_did": "b"}).json or {}
    assert (shown["status"], shown["locale"], shown["category"], shown["translations"]) == ("planned", "nl", None, {})


def test_publishing_twice_is_200_twice_and_one_mail(machine: FlaskClient, people: Improver) -> None:
    made = machine.post(PATH, json={**WHOLE, "complaints": [str(people.complains())]}).json or {}
    first = machine.post(f"{PATH}/{made['id']}/publish")
    again = machine.post(f"{PATH}/{made['id']}/publish")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json == again.json
    assert (first.json or {})["public"] is True
    assert (first.json or {})["told"] == {"scheduled": 1, "sent": 0, "not_sent": 0, "helps": 0, "not_it": 0}
    assert len(people.tells()) == 1
    off = machine.post(f"{PATH}/{made['id']}/unpublish")
    assert (off.status_code, (off.json or {})["public"]) == (200, False)


def test_a_patch_changes_what_it_names_and_nothing_else(machine: FlaskClient, people: Improver) -> None:
    complaints = [str(people.complains("K-1")), str(people.complains("K-2"))]
    made = machine.post(PATH, json={**WHOLE, "complaints": complaints}).json or {}
    path = f"{PATH}/{made['id']}"
    changed = machine.patch(path, json={"we_did": "Nieuw."}).json or {}
    assert (changed["we_did"], changed["version"]) == ("Nieuw.", 2)
    assert {**changed, "we_did": 0, "version": 0} == {**made, "we_did": 0, "version": 0}
    assert (machine.patch(path, json={"category": None}).json or {})["category"] is None
    assert (machine.patch(path, json={"complaints": complaints[:1]}).json or {})["complaints"] == complaints[:1]
    half = machine.patch(path, json={"translations": {"en": {"we_did": "New."}}}).json or {}
    assert half["translations"]["en"] == {"you_said": "Orders came too late.", "we_did": "New."}
    assert (machine.patch(path, json={"translations": {"en": None}}).json or {})["translations"] == {}
    same = machine.patch(path, json={"we_did": "Nieuw."}).json or {}
    assert same["version"] == 5


def test_another_language_can_become_the_first_one(machine: FlaskClient) -> None:
    made = machine.post(PATH, json=WHOLE).json or {}
    turned = machine.patch(f"{PATH}/{made['id']}", json={"locale": "en"}).json or {}
    assert turned["you_said"] == "Orders came too late."
    assert turned["translations"]["nl"]["you_said"] == WHOLE["you_said"]
    wrong = machine.patch(f"{PATH}/{made['id']}", json={"locale": "en", "translations": {"en": None}})
    assert (wrong.status_code, list(_errors(wrong))) == (422, ["translations.en"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "you_said"),
        ({**WHOLE, "you_said": None}, "you_said"),
        ({**WHOLE, "we_did": " \n"}, "we_did"),
        ({**WHOLE, "we_did": 5}, "we_did"),
        ({**WHOLE, "we_did": "x" * 10_001}, "we_did"),
        ({**WHOLE, "you_said": "a\u0000b"}, "you_said"),
        ({**WHOLE, "status": "ideas"}, "status"),
        ({**WHOLE, "status": None}, "status"),
        ({**WHOLE, "category": "a\nb"}, "category"),
        ({**WHOLE, "locale": "de"}, "locale"),
        ({**WHOLE, "translations": {"de": {"you_said": "a", "we_did": "b"}}}, "translations.de"),
        ({**WHOLE, "translations": {"en": {"you_said": "a"}}}, "translations.en.we_did"),
        ({**WHOLE, "translations": {"nl": {"you_said": "a", "we_did": "b"}}}, "translations.nl"),
        ({**WHOLE, "complaints": ["999999"]}, "complaints"),
        ({**WHOLE, "complaints": ["abc"]}, "complaints"),
        ({**WHOLE, "complaints": ["-1"]}, "complaints"),
        ({**WHOLE, "complaints": ["9" * 30]}, "complaints"),
        ({**WHOLE, "complaints": "1"}, "complaints"),
        ({**WHOLE, "publish": True}, "publish"),
    ],
)
def test_json_that_does_not_fit_is_422_and_names_the_field(machine: FlaskClient, body: Any, field: str) -> None:
    answer = machine.post(PATH, json=body)
    assert answer.status_code == 422
    assert field in _errors(answer)
    assert (machine.get(PATH).json or {})["items"] == []


def test_a_wrong_patch_changes_nothing(machine: FlaskClient) -> None:
    made = machine.post(PATH, json=WHOLE).json or {}
    answer = machine.patch(f"{PATH}/{made['id']}", json={"status": "done", "complaints": ["77"]})
    assert (answer.status_code, list(_errors(answer))) == (422, ["complaints"])
    assert machine.get(f"{PATH}/{made['id']}").json == made


def test_what_cannot_be_read_is_400(machine: FlaskClient) -> None:
    assert machine.post(PATH, data=b"{", content_type="application/json").status_code == 400
    assert machine.post(PATH, data=b"[" * 20_000, content_type="application/json").status_code == 400
    assert machine.get(f"{PATH}?limit=0").status_code == 400
    assert machine.get(f"{PATH}?cursor=x").status_code == 400


@pytest.mark.parametrize("verb", ["get", "patch"])
@pytest.mark.parametrize("number", ["12345", "99999999999999999999"])
def test_an_unknown_one_is_404(machine: FlaskClient, verb: str, number: str) -> None:
    given = {"json": {"status": "done"}} if verb == "patch" else {}
    assert getattr(machine, verb)(f"{PATH}/{number}", **given).status_code == 404
    assert machine.post(f"{PATH}/{number}/publish").status_code == 404


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [(("improvements",), (422, 403)), (("read",), (403, 200)), (("intake",), (403, 403)), ((), (401, 401))],
)
def test_a_token_does_what_its_scope_says(
    people: Improver, client: FlaskClient, scopes: tuple[str, ...], statuses: tuple[int, int]
) -> None:
    headers = people.key(*scopes) if scopes else {}
    assert client.post(PATH, json={}, headers=headers).status_code == statuses[0]
    assert client.get(PATH, headers=headers).status_code == statuses[1]


def test_a_move_that_cannot_follow_is_409(machine: FlaskClient) -> None:
    made = machine.post(PATH, json={**WHOLE, "status": "done"}).json or {}
    machine.post(f"{PATH}/{made['id']}/publish")
    answer = machine.patch(f"{PATH}/{made['id']}", json={"status": "planned"})
    assert (answer.status_code, list(_errors(answer))) == (409, ["status"])


def test_the_gate_answers_409_with_what_it_found(machine: FlaskClient, people: Improver) -> None:
    complaint = people.complains(name="Hendrik Sloot")
    body = {
        **WHOLE,
        "we_did": "Wij belden Hendrik Sloot.",
        "translations": {"en": {"you_said": "Call 06-12345678", "we_did": "x"}},
        "complaints": [str(complaint)],
    }
    made = machine.post(PATH, json=body).json or {}
    answer = machine.post(f"{PATH}/{made['id']}/publish")
    assert answer.status_code == 409
    assert set(_errors(answer)) == {"we_did", "translations.en.you_said"}
    assert (answer.json or {})["findings"] == [
        {"kind": "name", "field": "we_did", "text": "Hendrik Sloot"},
        {"kind": "phone", "field": "translations.en.you_said", "text": "06-12345678"},
    ]
    assert (machine.get(f"{PATH}/{made['id']}").json or {})["public"] is False
    assert people.tellings() == []


def test_the_gate_guards_what_is_public_already(machine: FlaskClient) -> None:
    made = machine.post(PATH, json=WHOLE).json or {}
    path = f"{PATH}/{made['id']}"
    machine.post(f"{path}/publish")
    answer = machine.patch(path, json={"we_did": "Mail jan@post.example"})
    assert (answer.status_code, list(_errors(answer))) == (409, ["we_did"])
    assert (machine.get(path).json or {})["we_did"] == WHOLE["we_did"]
    assert machine.patch(path, json={"status": "done"}).status_code == 200


def test_the_list_goes_on_where_it_ended(machine: FlaskClient) -> None:
    for number in range(5):
        machine.post(PATH, json={**WHOLE, "category": "even" if number % 2 == 0 else "odd"})
    first = machine.get(f"{PATH}?limit=2&category=even").json or {}
    rest = machine.get(f"{PATH}?limit=2&category=even&cursor={first['next']}").json or {}
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]
    assert len({one["slug"] for one in (machine.get(PATH).json or {})["items"]}) == 5
    assert (machine.get(f"{PATH}?status=done").json or {})["items"] == []


def test_the_api_describes_itself(client: FlaskClient) -> None:
    paths = (client.get("/api/v1/openapi.json").json or {})["paths"]
    assert set(paths[PATH]) == {"get", "post"}
    assert {"get", "patch"} <= set(paths[f"{PATH}/{{improvement_id}}"])
    assert "post" in paths[f"{PATH}/{{improvement_id}}/publish"]


def test_owner_date_reason_and_versions_come_back(machine: FlaskClient) -> None:
    body = {**WHOLE, "owner": "Noor", "target_on": "2026-12-01", "reason": None}
    made = machine.post(PATH, json=body).json or {}
    assert (made["owner"], made["target_on"], made["versions"]) == ("Noor", "2026-12-01", [])
    assert "reason" not in made
    path = f"{PATH}/{made['id']}"
    machine.post(f"{path}/publish")
    changed = {
        "we_did": "Nieuw.",
        "note": "Beter gezegd.",
        "translations": {"en": {"we_did": "New.", "note": "Better."}},
    }
    shown = machine.patch(path, json=changed).json or {}
    assert [(one["number"], one["correction"], one["notes"]) for one in shown["versions"]] == [
        (1, False, {}),
        (2, True, {"nl": "Beter gezegd.", "en": "Better."}),
    ]
    assert "note" not in shown
    assert machine.patch(path, json={"owner": None, "target_on": None}).json["owner"] is None  # type: ignore[index]
    page = machine.get(f"/improvements/{shown['slug']}?lang=en").text
    assert "Better." in page
    unnamed = machine.patch(path, json={"we_did": "Nog eens."}).json or {}
    assert unnamed["versions"][2]["notes"] == {}
    assert "We changed the text." in machine.get(f"/improvements/{shown['slug']}?lang=en").text


def test_what_becomes_impossible_says_why_and_an_idea_is_not_published(machine: FlaskClient) -> None:
    made = machine.post(PATH, json={**WHOLE, "status": "idea"}).json or {}
    path = f"{PATH}/{made['id']}"
    idea = machine.post(f"{path}/publish")
    assert (idea.status_code, list(_errors(idea))) == (409, ["status"])
    refused = machine.patch(path, json={"status": "not_possible", "reason": "Te duur."})
    assert (refused.status_code, list(_errors(refused))) == (422, ["translations.en.reason"])
    whole = {"status": "not_possible", "reason": "Te duur.", "translations": {"en": {"reason": "Too dear."}}}
    shown = machine.patch(path, json=whole).json or {}
    assert (shown["reason"], shown["translations"]["en"]["reason"]) == ("Te duur.", "Too dear.")
    assert machine.post(f"{path}/publish").status_code == 200
    # Where all words are new, 'we did' says why.
    assert machine.post(PATH, json={**WHOLE, "status": "not_possible"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"target_on": "soon"}, "target_on"),
        ({"owner": 5}, "owner"),
        ({"note": "x" * 301}, "note"),
        ({"reason": "a\u0000"}, "reason"),
        ({"translations": {"en": {"note": ["x"]}}}, "translations.en.note"),
    ],
)
def test_new_fields_that_do_not_fit_are_named(machine: FlaskClient, body: dict[str, Any], field: str) -> None:
    made = machine.post(PATH, json=WHOLE).json or {}
    answer = machine.patch(f"{PATH}/{made['id']}", json=body)
    assert answer.status_code == 422
    assert field in _errors(answer)
