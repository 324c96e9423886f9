"""What other systems should never send, and what they are told when they do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.station.complaints.conftest import Api

KEY = {"source": "shop", "external_id": "1"}


def _with(field: str) -> bytes:
    """A complaint with one more field, written as it stands here."""
    return ('{"source": "shop", "external_id": "1", ' + field + "}").encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b'{"source": "caf\xe9"}',
        _with('"apology_given": NaN'),
        _with('"apology_given": -Infinity'),
        b'{"source": "a", "source": "b", "external_id": "1"}',
        _with('"customer": {"name": "a", "name": "b"}'),
        b"[" * 100_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        _with('"subject": "\\ud800"'),
        _with('"opened_at": ' + "9" * 5000),
    ],
    ids=[
        "nothing", "cut off", "words", "no UTF-8", "latin-1", "NaN", "infinity", "a key twice", "an inner key twice",
        "deep brackets", "deep objects", "half a character", "an endless number",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_400(api: Api, body: bytes) -> None:
    answer = api.send(body)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert api.get().get_json()["items"] == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_is_not_called_json_is_400(api: Api, content_type: str) -> None:
    assert api.send(json.dumps(KEY).encode(), content_type).status_code == 400


@pytest.mark.parametrize(
    ("given", "field"),
    [
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
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_json_that_does_not_fit_is_422_and_names_the_field(api: Api, given: dict[str, Any], field: str) -> None:
    answer = api.post({**KEY, **given})
    assert answer.status_code == 422, answer.text
    assert answer.mimetype == "application/problem+json"
    assert list(answer.get_json()["errors"]) == [field]
    assert all(isinstance(said, str) and said for said in answer.get_json()["errors"][field])
    assert api.get().get_json()["items"] == []


@pytest.mark.parametrize("body", [[], [KEY], "text", 7, None, True], ids=str)
def test_a_body_that_is_no_object_is_422(api: Api, body: Any) -> None:
    answer = api.send(json.dumps(body).encode())
    assert answer.status_code == 422
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


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_there_is_no_way_to_delete_a_complaint(api: Api, method: str) -> None:
    made = api.post(KEY).get_json()
    answer = getattr(api.client, method)(
        f"/api/v1/complaints/{made['id']}", headers={"Authorization": f"Bearer {api.token}"}
    )
    assert answer.status_code == 405
    assert api.get(f"/{made['id']}").get_json() == made
