"""What every response carries, and which requests are refused before any page is asked."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient


def test_a_foreign_host_is_refused_but_not_for_health(client: FlaskClient) -> None:
    assert client.get("/privacy", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/healthz", headers={"Host": "10.1.2.3"}).status_code == 200
    assert client.get("/privacy", headers={"Host": "127.0.0.1:5000"}).status_code == 200


def test_a_page_allows_nothing_inline_and_no_frame(client: FlaskClient) -> None:
    answer = client.get("/staff/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/staff/sign-in", "/review/1.x", "/told/1.x", "/unsubscribe/1.x", "/check-in/1.x"])
@pytest.mark.parametrize("body", ["[1]", '{"email": {"a": 1}}', "null"])
def test_a_page_refuses_json(client: FlaskClient, path: str, body: str) -> None:
    assert client.post(path, data=body, content_type="application/json").status_code == 400


def test_an_unknown_page_answers_in_the_language_of_the_browser(client: FlaskClient) -> None:
    assert "Deze pagina bestaat niet" in client.get("/nowhere", headers={"Accept-Language": "nl"}).text
    assert "This page does not exist" in client.get("/nowhere", headers={"Accept-Language": "en"}).text


def test_the_api_answers_with_a_problem_document(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


class TestProduction:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "PUBLIC_URL": "https://feedback.ours.example"}

    def test_cookies_are_secure_and_only_its_own_host_is_answered(self, app: Flask) -> None:
        client = app.test_client()
        answer = client.get("/staff/sign-in", base_url="https://feedback.ours.example")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "max-age=" in answer.headers["Strict-Transport-Security"]
        assert client.get("/staff/sign-in", base_url="https://localhost").status_code == 400

    def test_there_is_no_local_mailbox_where_a_mail_server_is_set(self, app: Flask) -> None:
        client = app.test_client()
        for path in ("/mailbox/", "/example-site/"):
            assert client.get(path, base_url="https://feedback.ours.example").status_code == 404
