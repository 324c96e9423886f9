"""What other systems should never send, and what they are told when they do."""

from __future__ import annotations

import json
from typing import Any

from tests.station.complaints.conftest import Api

KEY = {"source": "shop", "external_id": "1"}


def _with(field: str) -> bytes:
    """A complaint with one more field, written as it stands here."""
    return ('{"source": "shop", "external_id": "1", ' + field + "}").encode()


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "cut off": b"{",
    "words": b"not json",
    "no UTF-8": b"\xff\xfe",
    "latin-1": b'{"source": "caf\xe9"}',
    "NaN": _with('"apology_given": NaN'),
    "infinity": _with('"apology_given": -Infinity'),
    "a key twice": b'{"source": "a", "source": "b", "external_id": "1"}',
    "an inner key twice": _with('"customer": {"name": "a", "name": "b"}'),
    "deep brackets": b"[" * 100_000,
    "deep objects": b'{"a":' * 40 + b"1" + b"}" * 40,
    "half a character": _with('"subject": "\\ud800"'),
    "an endless number": _with('"opened_at": ' + "9" * 5000),
}


def test_what_cannot_be_read_is_400(api: Api) -> None:
    """One test for all: each is refused before anything is looked up."""
    answers = {name: api.send(body) for name, body in UNREADABLE.items()}
    assert {name for name, answer in answers.items() if answer.status_code != 400} == set()
    assert {answer.mimetype for answer in answers.values()} == {"application/problem+json"}
    assert api.get().get_json()["items"] == []


def test_what_is_not_called_json_is_400(api: Api) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert api.send(json.dumps(KEY).encode(), content_type).status_code == 400, content_type


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"source": None}, "source"),
    ({"source": ""}, "source"),
    ({"source": "  "}, "source"),
    ({"source": 7}, "source"),
    ({"source": True}, "source"),
    ({"source": ["shop"]}, "source"),
    ({"source": "x" * 65}, "source"),
    ({"external_id": 17}, "external_id"),
    ({"external_id": "x" * 129}, "external_id"),
    ({"external_id": "1\x00"}, "external_id"),
    ({"external_id": "1\n2"}, "external_id"),
    ({"subject": {"text": "x"}}, "subject"),
    ({"subject": "x" * 301}, "subject"),
    ({"subject": "a\x1bb"}, "subject"),
    ({"description": "x" * 20_001}, "description"),
    ({"apology_given": "yes"}, "apology_given"),
    ({"apology_given": 1}, "apology_given"),
    ({"fault": "me"}, "fault"),
    ({"opened_at": None}, "opened_at"),
    ({"opened_at": 1_762_075_800}, "opened_at"),
    ({"opened_at": "2026-11-02"}, "opened_at"),
    ({"opened_at": "2026-11-02T09:30:00"}, "opened_at"),
    ({"opened_at": "0001-01-01T00:00:00Z"}, "opened_at"),
    ({"resolved_at": "2026-02-30T09:30:00Z"}, "resolved_at"),
    ({"resolved_at": ""}, "resolved_at"),
    ({"customer": "Jan"}, "customer"),
    ({"customer": []}, "customer"),
    ({"customer": {"email": "jan"}}, "customer.email"),
    ({"customer": {"email": "jan@mail.example\r\nBcc: x@mail.example"}}, "customer.email"),
    ({"customer": {"email": ["jan@mail.example"]}}, "customer.email"),
    ({"customer": {"name": 7}}, "customer.name"),
    ({"customer": {"phone": "0" * 41}}, "customer.phone"),
    ({"customer": {"locale": "dutch language"}}, "customer.locale"),
    ({"customer": {"id": "1"}}, "customer.id"),
    ({"handler": {"email": "@"}}, "handler.email"),
    ({"status": "confirmed"}, "status"),
    ({"id": "1"}, "id"),
    ({"sample": True}, "sample"),
    ({"digest": "x"}, "digest"),
    ({"subjct": "misspelt"}, "subjct"),
]


def test_json_that_does_not_fit_is_422_and_names_the_field(api: Api) -> None:
    for given, field in UNFIT:
        answer = api.post({**KEY, **given})
        assert answer.status_code == 422, (str(given)[:80], answer.text)
        assert answer.mimetype == "application/problem+json"
        errors = answer.get_json()["errors"]
        assert list(errors) == [field], str(given)[:80]
        assert all(isinstance(said, str) and said for said in errors[field])
    assert api.get().get_json()["items"] == []


def test_a_body_that_is_no_object_is_422(api: Api) -> None:
    for body in ([], [KEY], "text", 7, None, True):
        answer = api.send(json.dumps(body).encode())
        assert answer.status_code == 422, body
        assert answer.get_json()["errors"]


def test_all_that_is_wrong_is_named_at_once(api: Api) -> None:
    answer = api.post({"external_id": 1, "customer": {"email": "x", "name": 2}, "colour": "red"})
    assert set(answer.get_json()["errors"]) == {"source", "external_id", "customer.email", "customer.name", "colour"}


def test_what_is_refused_is_not_repeated(api: Api) -> None:
    """The answer may end up in somebody's log: it names fields, never what stood in them."""
    answer = api.post({**KEY, "customer": {"email": "private-words"}, "fault": "secret-words"})
    assert "private-words" not in answer.text
    assert "secret-words" not in answer.text


def test_a_body_over_a_megabyte_is_413(api: Api) -> None:
    assert api.post({**KEY, "description": "x" * (1024 * 1024)}).status_code == 413


def test_texts_come_back_as_they_were_meant(api: Api) -> None:
    strange = "<script>alert(1)</script> ' \" ; -- \\ %s {{ 7*7 }} \U0001f600 e\u0301"
    found = api.post({**KEY, "subject": strange, "description": "a\r\nb\u202ec"}).get_json()
    assert found["subject"] == strange.replace("e\u0301", "\u00e9")
    assert found["description"] == "a\nbc"


def test_there_is_no_way_to_delete_a_complaint(api: Api) -> None:
    made = api.post(KEY).get_json()
    for method in ("put", "delete", "patch"):
        call = getattr(api.client, method)
        answer = call(f"/api/v1/complaints/{made['id']}", headers={"Authorization": f"Bearer {api.token}"})
        assert answer.status_code == 405, method
    assert api.get(f"/{made['id']}").get_json() == made
