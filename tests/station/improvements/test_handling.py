"""The page 'how we handle complaints' says what this installation does: what its settings and its review places say."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from feedbackloop.core import db as transactions
from feedbackloop.reviews.destinations import DestinationInput, add_destination

PATH = "/improvements/how-we-handle-complaints"


def _page(client: FlaskClient, lang: str = "en") -> str:
    answer = client.get(f"{PATH}?lang={lang}")
    assert answer.status_code == 200
    return " ".join(answer.text.partition("<main")[2].partition("</main>")[0].split())


def test_it_tells_the_usual_settings(client: FlaskClient) -> None:
    page = _page(client)
    for sentence in (
        "3 days after we call your complaint solved, you get one e-mail",
        "we remind you once, after 5 days.",
        "Between two such questions to the same person lies at least 30 days.",
        "The link to your answer works for 90 days.",
        "within 2 working days.",
    ):
        assert sentence in page
    dutch = _page(client, "nl")
    assert "3 dagen nadat wij uw klacht opgelost noemen" in dutch
    assert "Die neemt binnen 2 werkdagen contact met u op." in dutch


class TestOtherSettings:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {
            **settings_env,
            "FEEDBACKLOOP_CHECK_IN_DELAY": "0s",
            "FEEDBACKLOOP_REMINDER_DELAY": "off",
            "FEEDBACKLOOP_FREQUENCY_CAP": "off",
            "FEEDBACKLOOP_RECOVERY_DEADLINE": "1 working hour",
            "FEEDBACKLOOP_LINK_LIFE": "36h",
            "FEEDBACKLOOP_LOCALES": "en",
        }

    def test_it_tells_them_and_nothing_else(self, client: FlaskClient) -> None:
        page = _page(client)
        assert "As soon as we call your complaint solved, you get one e-mail" in page
        assert "We ask once about a solution, and send no reminder." in page
        assert "Between two such questions" not in page
        assert "within 1 working hour." in page
        assert "works for 36 hours." in page
        assert "hreflang" not in client.get(PATH).text


def test_it_tells_whom_reviews_are_asked_of(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transactions.transaction():
        add_destination(DestinationInput("Elders", "https://reviews.example/x", "satisfied"), "system")
    assert "If you say that it is solved, we may ask you once for a review, 1 day later." in _page(client)
    with app.app_context(), transactions.transaction():
        add_destination(DestinationInput("Open", "https://reviews.example/y", "everyone"), "system")
    page = _page(client)
    assert "Everybody whose complaint is closed is asked once for a review" in page
    assert "Who is still waiting after 120 days is asked as well." in page
    assert "If you say that it is solved, we may ask" not in page


def test_nobody_signed_in_or_not_gets_another_page(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public, max-age=1,")
    assert client.get(PATH, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
