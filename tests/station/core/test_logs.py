"""Whatever is logged, by whomever: no address, no key, no words of people."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import logs, tokens

SECRETS = {
    "address": "zoe.brouwer+shop@mail.example.org",
    "token": "1234-check_in.h0Q9vG1rN5mWcJzT3yKpXbAeLdUfSiOo2Rj4w6Z8EBM",
    "key": "fbl_Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg",
}


@pytest.fixture
def written(app: Flask) -> Iterator[io.StringIO]:
    """What the product's own handler writes during the test."""
    stream = io.StringIO()
    root = logging.getLogger()
    [handler] = [one for one in root.handlers if isinstance(one, logs._Handler)]
    old = handler.setStream(stream)
    yield stream
    if old is not None:
        handler.setStream(old)


def _lines(written: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def _no_secret(text: str) -> None:
    for name, secret in SECRETS.items():
        assert secret not in text, name
    assert "brouwer" not in text


def test_messages_arguments_and_extras_are_masked(written: io.StringIO) -> None:
    log = logging.getLogger("some.library")
    log.warning("could not reach %s with %s", SECRETS["address"], SECRETS["token"])
    log.warning("keys", extra={"given": SECRETS["key"], "all": [SECRETS["address"], {"x": SECRETS["token"]}]})
    log.warning("postgresql://app:hunter2@db.example.org/loop and Authorization: Bearer %s", SECRETS["key"])
    _no_secret(written.getvalue())
    assert "hunter2" not in written.getvalue()
    assert _lines(written)[0]["event"] == "could not reach (address) with (token)"


def test_traces_are_masked(written: io.StringIO) -> None:
    try:
        raise ValueError(f"no mailbox {SECRETS['address']} for {SECRETS['token']}")
    except ValueError:
        logging.getLogger("some.library").exception("failed")
    _no_secret(written.getvalue())
    [line] = _lines(written)
    assert "ValueError: no mailbox (address)" in str(line["exception"])


def test_an_object_in_an_extra_is_masked_too(written: io.StringIO) -> None:
    class Person:
        def __repr__(self) -> str:
            return f"<Person {SECRETS['address']}>"

    logging.getLogger("x").error("odd", extra={"person": Person(), "number": 7, "nothing": None, "yes": True})
    [line] = _lines(written)
    assert (line["person"], line["number"], line["nothing"], line["yes"]) == ("<Person (address)>", 7, None, True)


def test_a_request_is_one_line_without_its_path(app: Flask, client: FlaskClient, written: io.StringIO) -> None:
    with app.app_context():
        token = tokens.make("unsubscribe", "1-news")
    client.get(f"/unsubscribe/{token}?note={SECRETS['address']}")
    assert token not in written.getvalue()
    _no_secret(written.getvalue())
    [line] = [one for one in _lines(written) if one["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/unsubscribe/<token>", 404)
    assert isinstance(line["ms"], float)


def test_a_request_has_an_id_that_its_lines_carry(app: Flask, client: FlaskClient, written: io.StringIO) -> None:
    answer = client.get("/privacy", headers={"X-Request-ID": "abcdef-0123456789"})
    assert answer.headers["X-Request-ID"] == "abcdef-0123456789"
    assert _lines(written)[-1]["request_id"] == "abcdef-0123456789"
    odd = client.get("/privacy", headers={"X-Request-ID": 'x" onclick="y'})
    assert odd.headers["X-Request-ID"].isalnum()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_machines_that_ask_every_second_leave_no_lines(client: FlaskClient, written: io.StringIO, path: str) -> None:
    client.get(path)
    assert not [line for line in _lines(written) if line["event"] == "request"]


def test_a_line_break_in_a_value_makes_no_second_line(written: io.StringIO) -> None:
    logging.getLogger("x").warning("odd", extra={"agent": 'a\n{"event": "forged"}\x1b[31m'})
    [line] = written.getvalue().splitlines()
    assert "\x1b" not in line
    assert json.loads(line)["event"] == "odd"


@pytest.mark.own_app
def test_an_error_in_a_page_is_logged_by_its_kind(app: Flask, written: io.StringIO) -> None:
    def broken() -> str:
        raise RuntimeError(f"a word of {SECRETS['address']}")

    app.add_url_rule("/broken", "broken", broken)
    assert app.test_client().get("/broken").status_code == 500
    _no_secret(written.getvalue())
    assert "unhandled_error" in written.getvalue()


@pytest.mark.parametrize(
    "harmless",
    [
        "6f0c1d2e-8a4b-4c5d-9e6f-001122334455",
        "22590bbd6a7c4ecfbdfe7e6ce42e834f",
        "feedbackloop.mailing.jobs.deliver",
        "2026-11-22T17:29:42.816000Z",
        "test_a_very_long_name_of_a_function_that_is_all_lower_case",
        "Listening at: http://127.0.0.1:5391 (5753)",
        "/staff/reviews/12 and /unsubscribe/<token>",
    ],
)
def test_what_helps_to_find_an_error_stays(harmless: str) -> None:
    assert logs.mask(harmless) == harmless


@pytest.mark.parametrize("path", ["/check-in/x.y", "/review/x.y?lang=nl", "/told/x.y", "/unsubscribe/x.y", "/case/x.y"])
def test_a_path_with_a_key_loses_it_however_short(path: str) -> None:
    assert "x.y" not in logs.mask(f'GET "{path}" 200')
    assert "(token)" in logs.mask(path)


def test_masking_is_quick_on_bait() -> None:
    bait = ["a@" + "a." * 50_000, "A1a" * 40_000, " " * 100_000, "x" * 100_000 + "@", "/check-in/" * 10_000]
    began = time.perf_counter()
    for text in bait:
        logs.mask(text)
    assert time.perf_counter() - began < 2
