"""What machines ask, and what they are told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from feedbackloop import create_app
from feedbackloop.core import clock as product_clock
from feedbackloop.core import db as transactions
from feedbackloop.core import schema
from feedbackloop.extensions import db
from feedbackloop.mailing import control, optouts
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.scheduler import Scheduler
from feedbackloop.overview import checks
from tests.support.clock import Clock
from tests.support.mailguard import MailGuard
from tests.support.smtp import Sink
from tests.support.valkey import Valkey

PATHS = ("/healthz", "/readyz", "/metrics")


@pytest.mark.parametrize("path", PATHS)
def test_it_answers_under_any_host(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers={"Host": "10.1.2.3:8080"}).status_code == 200
    assert client.get("/privacy", headers={"Host": "10.1.2.3:8080"}).status_code == 400


@pytest.mark.parametrize("path", PATHS)
def test_it_sets_no_cookie_and_is_not_kept(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_means_database_and_migrations_and_never_redis(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "parts": {"database": "ok", "migrations": "ok", "redis": "unset"}}


def test_redis_is_reported(client: FlaskClient, valkey: Valkey) -> None:
    answer = client.get("/readyz").json
    assert answer is not None
    assert answer["parts"]["redis"] == "ok"


class TestWithoutRedis:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str], tmp_path: Path) -> dict[str, str]:
        return {**settings_env, "REDIS_URL": f"unix://{tmp_path}/nobody"}

    def test_it_is_ready_all_the_same(self, client: FlaskClient) -> None:
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.json is not None
        assert answer.json["parts"]["redis"] == "ConnectionError"

    def test_the_figures_leave_out_what_nobody_knows(self, client: FlaskClient) -> None:
        assert "feedbackloop_jobs_waiting{" not in client.get("/metrics").text


def test_a_database_behind_its_code_is_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "head", lambda: "9999")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "run `feedbackloop db upgrade`" in answer.json["parts"]["migrations"]
    assert client.get("/healthz").status_code == 200


def test_a_database_that_is_away_is_not_ready(tmp_path: Path) -> None:
    away = create_app(
        {
            "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
            "FEEDBACKLOOP_INSTANCE": str(tmp_path / "instance"),
            "SECRET_KEY": "a key for tests only",
        }
    ).test_client()
    answer = away.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["parts"]["database"] == "OperationalError"
    assert away.get("/healthz").status_code == 200


def _figures(client: FlaskClient) -> dict[tuple[str, str], float]:
    found = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found[sample.name, next(iter(sample.labels.values()), "")] = sample.value
    return found


def test_figures_are_counts_read_when_they_are_asked_for(app: Flask, client: FlaskClient, clock: Clock) -> None:
    assert _figures(client)["feedbackloop_mails", "queued"] == 0
    with app.app_context(), transactions.transaction():
        for n, status in enumerate(("queued", "queued", "parked")):
            db.session.add(
                Outbox(
                    uuid=str(n),
                    kind="note",
                    subject_id=n,
                    to_name="Zoë",
                    to_address="zoe@example.org",
                    status=status,
                    due_at=product_clock.now() - timedelta(minutes=5),
                    created_at=product_clock.now(),
                )
            )
        optouts.suppress("tired@example.org", "news", "opted_out", "page")
        control.stop("staff:1", "the server moves")
    assert _figures(client)["feedbackloop_mails", "queued"] == 0  # counted a moment ago
    clock.advance(timedelta(seconds=5))
    found = _figures(client)
    assert found["feedbackloop_mails", "queued"] == 2
    assert found["feedbackloop_mails", "parked"] == 1
    assert found["feedbackloop_mails_due", ""] == 2
    assert found["feedbackloop_mail_oldest_due_seconds", ""] == 305
    assert found["feedbackloop_mails_sent_last_hour", ""] == 0
    assert found["feedbackloop_mail_hold", "stopped"] == 1
    assert found["feedbackloop_mail_hold", "sign_in_refused"] == 0
    assert found["feedbackloop_suppressions", "news"] == 1
    text = client.get("/metrics").text
    assert 'feedbackloop_suppressions{purpose="news",reason="opted_out"} 1.0' in text
    assert "the server moves" not in text
    assert "zoe" not in text.lower()
    assert "tired" not in text


def test_the_figures_say_when_mail_went_and_when_a_scheduler_worked(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    assert "last_sent_timestamp" not in client.get("/metrics").text
    assert "last_seen_timestamp" not in client.get("/metrics").text
    with app.app_context(), transactions.transaction():
        db.session.add(
            Outbox(
                uuid="1",
                kind="note",
                subject_id=1,
                status="sent",
                due_at=clock.now,
                created_at=clock.now,
                sent_at=clock.now,
            )
        )
    sent = clock.now
    Scheduler(app).tick()
    clock.advance(timedelta(minutes=59))
    found = _figures(client)
    assert found["feedbackloop_mail_last_sent_timestamp_seconds", ""] == sent.timestamp()
    assert found["feedbackloop_scheduler_last_seen_timestamp_seconds", ""] == sent.timestamp()
    assert found["feedbackloop_mails_sent_last_hour", ""] == 1
    assert ("feedbackloop_mails", "sent") not in found
    clock.advance(timedelta(minutes=2))
    assert _figures(client)["feedbackloop_mails_sent_last_hour", ""] == 0


class TestWithAToken:
    @pytest.fixture
    def settings_env(self, settings_env: dict[str, str]) -> dict[str, str]:
        return {**settings_env, "FEEDBACKLOOP_METRICS_TOKEN": "only-for-the-scraper"}

    @pytest.mark.parametrize(
        ("header", "status"),
        [
            (None, 401),
            ("Bearer wrong", 401),
            ("Bearer ", 401),
            ("Bearer ünsafe", 401),
            ("Bearer only-for-the-scraper", 200),
        ],
    )
    def test_figures_ask_for_it(self, client: FlaskClient, header: str | None, status: int) -> None:
        headers = {} if header is None else {"Authorization": header}
        assert client.get("/metrics", headers=headers).status_code == status
        assert client.get("/readyz").status_code == 200


def _doctor(app: Flask) -> tuple[int, str]:
    answer = app.test_cli_runner().invoke(args=["doctor"])
    return answer.exit_code, answer.output


def test_the_doctor_has_a_line_for_each_thing(app: Flask, sink: Sink, valkey: Valkey) -> None:
    status, lines = _doctor(app)
    assert status == 0, lines
    assert [line.split()[:2] for line in lines.splitlines()] == [["ok", check.name] for check in checks.CHECKS]
    assert "SMTP" in lines
    assert "a key for tests" not in lines


def test_the_doctor_names_what_fails(app: Flask, sink: Sink) -> None:
    status, lines = _doctor(app)
    assert status == 1
    assert [line.split()[1] for line in lines.splitlines() if line.startswith("FAIL")] == ["Redis"]


def test_the_doctor_looks_at_the_clock(app: Flask, sink: Sink, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    real = transactions.now
    monkeypatch.setattr(transactions, "now", lambda: real() - timedelta(hours=2))
    status, lines = _doctor(app)
    assert status == 1
    assert "FAIL clock          this machine and the database are 7200 s apart" in lines


def test_the_doctor_asks_the_mail_server(app: Flask, valkey: Valkey, mail_guard: MailGuard) -> None:
    with app.app_context():
        found = checks.look(next(check for check in checks.CHECKS if check.name == "SMTP"))
    assert not found.fine
    assert found.words.startswith("127.0.0.1:1: ")
    mail_guard.strays.clear()
