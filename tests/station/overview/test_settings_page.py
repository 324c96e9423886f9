"""What is in force, with reasons and without secrets."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask

from tests.support import colleague

SECRETS = {
    "SECRET_KEY": "quite a secret key of this test",
    "MAIL_PASSWORD": "secret-of-the-mail-server",
    "MAIL_USERNAME": "loop",
    "FEEDBACKLOOP_METRICS_TOKEN": "secret-of-the-metrics",
}


class TestWithARealMailServer:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, **SECRETS, "FEEDBACKLOOP_SEND_WINDOW": "mon,wed 10:00-12:00"}

    def test_the_page_tells_what_holds_and_no_secret(self, app: Flask, settings_env: dict[str, str]) -> None:
        html = unescape(colleague.signed_in(app, "admin").get("/staff/settings?lang=en").text)
        for words in ("3 days", "2 working days", "Mon, Wed, from 10:00 to 12:00", "Loop Test <loop@ours.example>"):
            assert words in html
        assert "for a trial" not in html
        for name in ("SECRET_KEY", "MAIL_PASSWORD", "FEEDBACKLOOP_METRICS_TOKEN", "DATABASE_URL"):
            assert settings_env[name] not in html


class TestOnATrial:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in settings_env.items() if not name.startswith("MAIL_")}

    def test_the_page_says_why_everything_goes_so_fast(self, app: Flask) -> None:
        html = unescape(colleague.signed_in(app, "admin").get("/staff/settings?lang=en").text)
        assert "Mail goes to the mailbox on this machine and to nobody else." in html
        assert html.count("for a trial, because mail stays on this machine") >= 4
        assert "10 seconds" in html
        assert "at once" in html
