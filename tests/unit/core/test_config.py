"""Settings: what the environment says, or one line that says what is wrong."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from feedbackloop import running
from feedbackloop.config import ConfigurationError, Settings, load
from feedbackloop.setting_types import Deadline, Mailbox, Region, SendWindow

REAL = {"MAIL_SERVER": "relay.example", "MAIL_DEFAULT_SENDER": "Shop <shop@ours.example>"}


def made(tmp_path: Path, **environ: str) -> Settings:
    return load({"FEEDBACKLOOP_INSTANCE": str(tmp_path / "instance"), **environ})


def test_a_site_without_a_mail_server_has_the_defaults_of_a_trial(tmp_path: Path) -> None:
    trial = made(tmp_path)
    assert trial.local_mail
    assert trial.check_in_delay == timedelta(0)
    assert trial.review_delay == timedelta(seconds=10)
    assert trial.news_batch == timedelta(0)
    assert trial.send_window is None
    assert trial.frequency_cap is None
    assert not trial.quiet_days


def test_a_site_with_a_mail_server_waits_and_keeps_office_hours(tmp_path: Path) -> None:
    real = made(tmp_path, **REAL)
    assert not real.local_mail
    assert real.check_in_delay == timedelta(days=3)
    assert real.review_delay == real.news_batch == timedelta(days=1)
    assert real.send_window == SendWindow(frozenset(range(5)), time(9), time(18))
    assert real.recovery_deadline == Deadline(2, "days")
    assert real.frequency_cap == timedelta(days=30)
    assert real.holidays == Region("NL")
    assert not real.quiet_days


def test_what_is_set_wins_over_the_trial(tmp_path: Path) -> None:
    assert made(tmp_path, FEEDBACKLOOP_CHECK_IN_DELAY="90m").check_in_delay == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("given", "quiet", "open_days"),
    [
        ("2026-12-24", ["2026-12-24"], ["2026-12-25", "2027-12-24"]),
        ("05-05", ["2026-05-05", "2031-05-05"], ["2026-05-06"]),
        ("02-29", ["2028-02-29"], ["2026-02-28", "2026-03-01"]),
        (
            "12-24..01-02, 2026-07-13..2026-07-17",
            ["2026-12-24", "2026-12-31", "2027-01-02", "2026-07-13", "2026-07-17"],
            ["2026-12-23", "2027-01-03", "2026-07-18", "2027-07-13"],
        ),
        ("04-27..05-05", ["2026-04-27", "2027-05-05"], ["2026-04-26", "2026-05-06"]),
        ("none", [], ["2026-12-25"]),
    ],
)
def test_quiet_days_are_dates_days_of_every_year_and_spans(
    tmp_path: Path, given: str, quiet: list[str], open_days: list[str]
) -> None:
    found = made(tmp_path, FEEDBACKLOOP_QUIET_DAYS=given).quiet_days
    assert [day for day in quiet + open_days if date.fromisoformat(day) in found] == quiet


@pytest.mark.parametrize(
    ("given", "region"),
    [("NL", Region("NL")), ("nl", Region("NL")), ("de-by", Region("DE", "BY")), ("BE", Region("BE")), ("off", None)],
)
def test_holidays_are_those_of_a_country_or_of_a_part_of_one(tmp_path: Path, given: str, region: Region | None) -> None:
    assert made(tmp_path, FEEDBACKLOOP_HOLIDAYS=given).holidays == region


def test_an_empty_value_counts_as_unset(tmp_path: Path) -> None:
    assert made(tmp_path, MAIL_SERVER=" ", FEEDBACKLOOP_LOCALES="").locales == ("nl", "en")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("REDIS_URL", "http://x"),
        ("MAIL_PORT", "70000"),
        ("MAIL_PORT", "smtp"),
        ("MAIL_USE_TLS", "perhaps"),
        ("PUBLIC_URL", "feedback.example"),
        ("PUBLIC_URL", "https://a.example/path"),
        ("SECRET_KEY", "short"),
        ("FEEDBACKLOOP_CHECK_IN_DELAY", "3 days"),
        ("FEEDBACKLOOP_REMINDER_DELAY", "never"),
        ("FEEDBACKLOOP_RATE_PER_MINUTE", "0"),
        ("FEEDBACKLOOP_RATE_PER_MINUTE", "many"),
        ("FEEDBACKLOOP_RATE_PER_DOMAIN", "60,80"),
        ("FEEDBACKLOOP_RATE_PER_DOMAIN", "60,shop.example=x"),
        ("FEEDBACKLOOP_RATE_PER_DOMAIN", "60,shop=5"),
        ("FEEDBACKLOOP_SEND_WINDOW", "mon-fri"),
        ("FEEDBACKLOOP_SEND_WINDOW", "mon-fri 18:00-09:00"),
        ("FEEDBACKLOOP_TIMEZONE", "Europe/Nowhere"),
        ("FEEDBACKLOOP_FREQUENCY_CAP", "monthly"),
        ("FEEDBACKLOOP_HOLIDAYS", "Nowhere"),
        ("FEEDBACKLOOP_HOLIDAYS", "DE-ZZ"),
        ("FEEDBACKLOOP_QUIET_DAYS", "christmas"),
        ("FEEDBACKLOOP_QUIET_DAYS", "2026-02-30"),
        ("FEEDBACKLOOP_QUIET_DAYS", "2026-12-31..2026-12-24"),
        ("FEEDBACKLOOP_QUIET_DAYS", "2026-12-24..01-02"),
        ("FEEDBACKLOOP_QUIET_DAYS", "2020-01-01..2030-01-01"),
        ("FEEDBACKLOOP_QUIET_DAYS", "01-01..12-31"),
        ("FEEDBACKLOOP_QUIET_DAYS", "12-24,,12-26"),
        ("FEEDBACKLOOP_LOCALES", "nl,fr"),
        ("FEEDBACKLOOP_ACCENT", "red"),
        ("FEEDBACKLOOP_LOGO", "missing.svg"),
        ("FEEDBACKLOOP_HANDLER", "nobody"),
        ("FEEDBACKLOOP_RECOVERY_DEADLINE", "soon"),
        ("FEEDBACKLOOP_SMTP_CONNECTIONS", "0"),
        ("FEEDBACKLOOP_EMBED_ORIGINS", "https://shop.example/page"),
        ("FEEDBACKLOOP_TIME_SCALE", "0"),
        ("FEEDBACKLOOP_BOUNCE_ADDRESS", "bounces+*+*@ours.example"),
        ("FEEDBACKLOOP_BOUNCE_ADDRESS", "what-comes-back-to-this-house+*@ours.example"),
        ("FEEDBACKLOOP_IMAP_PORT", "none"),
        ("FEEDBACKLOOP_MAIL_HOOK_POSTMARK", "short"),
        ("FEEDBACKLOOP_MAIL_HOOK_RESEND", "whsec_is-no-base64-at-all"),
        ("FEEDBACKLOOP_MAIL_HOOK_RESEND", "bm90IGEgc2VjcmV0IG9mIHRoaXMga2luZA=="),
        ("FEEDBACKLOOP_MAIL_HOOK_SENDGRID", "bm90IGEgcHVibGljIGtleQ=="),
        ("FEEDBACKLOOP_MAIL_HOOK_SES", "arn:aws:sqs:eu-west-1:123456789012:no-topic"),
        ("FEEDBACKLOOP_PROXIES", "many"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable_and_what_it_takes(
    tmp_path: Path, variable: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        made(tmp_path, **{variable: value})
    line = str(refused.value)
    assert line.startswith(f"{variable}: holds ")
    assert ", takes " in line
    assert "\n" not in line


def test_a_wrong_secret_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        made(tmp_path, DATABASE_URL="mysql://me:hunter2@x/y")
    assert "hunter2" not in str(refused.value)


def test_a_wrong_secret_of_a_relay_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        made(tmp_path, FEEDBACKLOOP_MAIL_HOOK_MAILGUN="hunter2")
    assert "hunter2" not in str(refused.value)


def test_a_mailbox_needs_a_name_and_a_password_and_a_checked_certificate(tmp_path: Path) -> None:
    whole = {f"FEEDBACKLOOP_IMAP_{name}": "imap.example" for name in ("HOST", "USER", "PASSWORD")}
    assert made(tmp_path, **whole).imap_folder == "INBOX"
    for name in ("USER", "PASSWORD"):
        less = {key: value for key, value in whole.items() if not key.endswith(name)}
        with pytest.raises(ConfigurationError, match=rf"^FEEDBACKLOOP_IMAP_{name}: "):
            made(tmp_path, **less)
    with pytest.raises(ConfigurationError, match=r"^FEEDBACKLOOP_IMAP_SSL: "):
        made(tmp_path, **whole, FEEDBACKLOOP_IMAP_SSL="off")


def test_a_mail_server_without_a_sender_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^MAIL_DEFAULT_SENDER: "):
        made(tmp_path, MAIL_SERVER="relay.example")


def test_the_time_scale_is_refused_in_production(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^FEEDBACKLOOP_TIME_SCALE: "):
        made(tmp_path, PUBLIC_URL="https://a.example", FEEDBACKLOOP_TIME_SCALE="60")


@pytest.mark.parametrize("given", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"])
def test_every_spelling_of_postgresql_leads_to_the_installed_driver(tmp_path: Path, given: str) -> None:
    assert made(tmp_path, DATABASE_URL=given).database_url == "postgresql+psycopg://u:p@h/d"


def test_the_secret_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path)
    assert first.secret_keys == second.secret_keys
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_several_keys_may_be_given_while_one_is_replaced(tmp_path: Path) -> None:
    assert made(tmp_path, SECRET_KEY=f"{'n' * 20}, {'o' * 20}").secret_keys == ("n" * 20, "o" * 20)


def test_the_sender_carries_the_organisation_where_it_has_no_name(tmp_path: Path) -> None:
    real = made(
        tmp_path, **{**REAL, "MAIL_DEFAULT_SENDER": "shop@ours.example", "FEEDBACKLOOP_ORGANISATION": "De Spaak"}
    )
    assert real.sender == Mailbox("De Spaak", "shop@ours.example")


@pytest.mark.parametrize(("wanted", "got"), [("nl-BE", "nl"), ("EN_us", "en"), ("fr", "nl"), (None, "nl"), ("", "nl")])
def test_a_person_gets_the_nearest_language_that_is_offered(tmp_path: Path, wanted: str | None, got: str) -> None:
    assert made(tmp_path).pick_locale(wanted) == got


def test_a_running_up_tells_the_other_commands_where_it_listens(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    here = running.Running(1, 5007, "http://localhost:5007", "unix:///tmp/q.sock", 2599)
    with running.hold(instance):
        running.write_running(instance, here)
        joined = made(tmp_path)
    assert (joined.redis_url, joined.public_url, joined.mail_port) == (
        "unix:///tmp/q.sock",
        "http://localhost:5007",
        2599,
    )
    assert made(tmp_path).redis_url is None


def test_sending_has_no_cap_unless_one_is_set(tmp_path: Path) -> None:
    free = made(tmp_path)
    assert (free.rate_per_minute, free.rate_per_domain) == (None, None)
    assert made(tmp_path, FEEDBACKLOOP_RATE_PER_DOMAIN="off,shop.example=off").rate_per_domain is None
    capped = made(tmp_path, FEEDBACKLOOP_RATE_PER_MINUTE="600", FEEDBACKLOOP_RATE_PER_DOMAIN="60, Shop.example = 20")
    assert capped.rate_per_minute == 600
    rates = capped.rate_per_domain
    assert rates is not None
    assert [rates.of(domain) for domain in ("shop.example", "other.example")] == [20, 60]
    assert str(rates) == "60,shop.example=20"
