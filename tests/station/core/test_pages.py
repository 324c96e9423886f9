"""The brand, the privacy page, the addresses of files, and how dates and numbers are written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from feedbackloop.core import formats, pages
from tests.support.clock import Clock

SUNDAY_NIGHT = datetime(2026, 11, 15, 23, 42, tzinfo=UTC)  # in Amsterdam it is Monday 00.42 by then


@pytest.fixture
def settings_env(settings_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    logo = tmp_path_factory.mktemp("brand") / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    return settings_env | {"FEEDBACKLOOP_ACCENT": "#a8571b", "FEEDBACKLOOP_LOGO": str(logo)}


def test_the_brand_is_served_and_may_be_kept(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        address = pages.brand_url()
    answer = client.get(address)
    assert answer.mimetype == "text/css"
    assert "--brand: #a8571b" in answer.text
    assert answer.cache_control.max_age == 365 * 24 * 3600
    assert answer.cache_control.immutable
    assert "Set-Cookie" not in answer.headers
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_bare_address_notices_a_new_colour_soon(client: FlaskClient) -> None:
    assert client.get("/brand.css").cache_control.max_age == 300


def test_the_embed_brings_its_own_colour_and_ground(client: FlaskClient) -> None:
    sheet = client.get("/brand.css?accent=%230b4f3a&theme=dark").text
    assert "--brand: #0b4f3a" in sheet
    assert "color-scheme: dark" in sheet


@pytest.mark.parametrize("query", ["accent=red", "theme=sepia", "accent=%23a8571b%3B%7D"])
def test_an_address_that_makes_no_sense_gets_our_own_brand(client: FlaskClient, query: str) -> None:
    assert client.get(f"/brand.css?{query}").text == client.get("/brand.css").text


def test_the_logo_is_served_from_its_file(client: FlaskClient) -> None:
    answer = client.get("/brand/logo")
    assert answer.mimetype == "image/svg+xml"
    assert answer.cache_control.public


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_privacy_page_names_who_it_speaks_for(client: FlaskClient, language: str) -> None:
    answer = client.get(f"/privacy?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert "Testwinkel" in answer.text
    assert "loop@ours.example" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_file_has_an_address_of_its_own_content(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        address = pages.asset("css/tokens.css")
    assert "?v=" in address
    assert client.get(address).cache_control.immutable


def test_a_link_keeps_the_filters_and_drops_the_cursor(app: Flask) -> None:
    with app.test_request_context("/privacy?status=open&after=7&tag=a&tag=b"):
        assert pages.url_with(sort="due") == "/privacy?status=open&tag=a&tag=b&sort=due"
        assert pages.url_with(status=None, tag=None) == "/privacy"


def test_a_head_sorts_and_then_turns_round(app: Flask) -> None:
    with app.test_request_context("/privacy?sort=due"):
        assert pages.sort_head("Due", "due", None) == {
            "text": "Due",
            "n": False,
            "sort": None,
            "href": "/privacy?sort=due",
        }
        assert pages.sort_head("Due", "due", "due")["href"] == "/privacy?sort=-due"
        assert pages.sort_head("Due", "due", "-due")["sort"] == "descending"


def test_dutch_dates_and_numbers(app: Flask, clock: Clock) -> None:
    clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    with app.test_request_context(), force_locale("nl"):
        assert formats.date_long(SUNDAY_NIGHT) == "maandag 16 november 2026"
        assert formats.date_day(SUNDAY_NIGHT) == "maandag 16 november"
        assert formats.date_plain(SUNDAY_NIGHT) == "16 november 2026"
        assert formats.date_month(date(2026, 11, 3)) == "3 november"
        assert formats.date_short(SUNDAY_NIGHT) == "16 nov"
        assert formats.date_short(date(2025, 3, 2)) == "2 mrt 2025"
        assert formats.time_short(SUNDAY_NIGHT) == "00.42"
        assert formats.datetime_short(SUNDAY_NIGHT) == "16 nov, 00.42"
        assert formats.datetime_long(SUNDAY_NIGHT) == "maandag 16 november 2026, 00.42 uur"
        assert formats.number(1942) == "1.942"
        assert formats.percent(0.627) == "63\u00a0%"
        assert formats.percent(0.0625, 1) == "6,2\u00a0%"


def test_english_dates_and_numbers(app: Flask, clock: Clock) -> None:
    clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    with app.test_request_context(), force_locale("en"):
        assert formats.datetime_long(SUNDAY_NIGHT) == "Monday 16 November 2026, 00:42"
        assert formats.number(1942) == "1,942"
        assert formats.percent(0.627) == "63%"
        assert formats.ago(datetime(2026, 11, 28, tzinfo=UTC)) == "3 days ago"


def test_nothing_is_written_as_nothing(app: Flask) -> None:
    with app.test_request_context():
        assert {name: write(None) for name, write in formats.FILTERS.items()} == dict.fromkeys(formats.FILTERS, "")


def test_text_mail_is_broken_into_lines_and_addresses_stay_whole() -> None:
    address = "https://example.org/check-in/" + "x" * 80
    text = formats.wrapped(f"One two three.\n\n{address}", width=10)
    assert text.splitlines() == ["One two", "three.", "", address]


def test_their_words_are_quoted_and_indented() -> None:
    assert formats.quoted("The order for the party came an hour late.", width=24) == (
        '  "The order for the\n  party came an hour\n  late."'
    )


def test_line_breaks_survive_in_mail_and_markup_does_not() -> None:
    assert formats.with_breaks("First <b>\nthen & there") == "First &lt;b&gt;<br>then &amp; there"
