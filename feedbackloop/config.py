"""Settings: one frozen, typed object made from the environment, or one clear line that says what is wrong.

Every variable, its default and its meaning stands in docs/settings.md. A value that is empty counts as unset.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import current_app
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from feedbackloop import setting_types as types
from feedbackloop.running import Running, read_running

_PREFIX = "FEEDBACKLOOP_"
_HOOK = "FEEDBACKLOOP_MAIL_HOOK_"
RELAYS = ("BREVO", "MAILGUN", "MAILJET", "POSTMARK", "RESEND", "SENDGRID", "SES", "SPARKPOST")
_SECRETS = {
    "SECRET_KEY",
    "MAIL_PASSWORD",
    "DATABASE_URL",
    "REDIS_URL",
    "FEEDBACKLOOP_METRICS_TOKEN",
    "FEEDBACKLOOP_IMAP_PASSWORD",
    *(f"{_HOOK}{name}" for name in RELAYS),
}

# While mail stays on this machine a newcomer may turn the whole loop at any hour.
TRIAL_DEFAULTS = {
    "FEEDBACKLOOP_CHECK_IN_DELAY": "0s",
    "FEEDBACKLOOP_REVIEW_DELAY": "10s",
    "FEEDBACKLOOP_NEWS_BATCH": "0s",
    "FEEDBACKLOOP_SEND_WINDOW": "always",
    "FEEDBACKLOOP_FREQUENCY_CAP": "off",
    "FEEDBACKLOOP_QUIET_DAYS": "none",
}

# The local mailbox takes what comes, whatever else is set for a server that is not.
_LOCAL_MAIL: dict[str, Any] = {
    "mail_server": "127.0.0.1",
    "mail_use_tls": False,
    "mail_use_ssl": False,
    "mail_username": None,
    "mail_password": None,
}
_NO_PORT = 1


class ConfigurationError(Exception):
    """A setting holds what it cannot take. The message is one line: the variable, what it holds, what it takes."""


def _field(variable: str, default: str | None, takes: str) -> Any:
    return Field(default=default, validation_alias=variable, description=takes, validate_default=True)


Duration = Annotated[timedelta, BeforeValidator(types.duration)]
Switch = Annotated[bool, BeforeValidator(types.switch)]
Port = Annotated[int, Field(ge=1, le=65535)]
Passwords = Annotated[tuple[str, ...], BeforeValidator(types.passwords)]
Keys = Annotated[tuple[str, ...], BeforeValidator(types.signing_keys)]


class Settings(BaseModel):
    """What the environment says. Durations are timedeltas, `locales[0]` is the default language."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", arbitrary_types_allowed=True, ignored_types=(cached_property,)
    )

    instance: Annotated[Path, BeforeValidator(types.folder)] = _field("FEEDBACKLOOP_INSTANCE", "./instance", "a folder")
    database_url: Annotated[str, BeforeValidator(types.database_url)] = _field(
        "DATABASE_URL", None, "a PostgreSQL or SQLite address, such as postgresql+psycopg://user:secret@host/name"
    )
    redis_url: Annotated[str | None, BeforeValidator(types.redis_url)] = _field(
        "REDIS_URL", None, "an address that begins with redis://, rediss:// or unix://"
    )
    mail_server: str | None = _field("MAIL_SERVER", None, "the name of a mail server")
    mail_port: Port = _field("MAIL_PORT", "25", "a port, 1 to 65535")
    mail_use_tls: Switch = _field("MAIL_USE_TLS", "off", "on or off")
    mail_use_ssl: Switch = _field("MAIL_USE_SSL", "off", "on or off")
    mail_username: str | None = _field("MAIL_USERNAME", None, "a name")
    mail_password: str | None = _field("MAIL_PASSWORD", None, "a password")
    mail_default_sender: Annotated[types.Mailbox | None, BeforeValidator(types.mailbox)] = _field(
        "MAIL_DEFAULT_SENDER", None, "Name <address>, or an address"
    )
    public_url: Annotated[str, BeforeValidator(types.public_url)] = _field(
        "PUBLIC_URL", "http://localhost:5000", "the address people reach this site at, http(s)://host, without a query"
    )
    secret_keys: Annotated[tuple[str, ...], BeforeValidator(types.secret_keys)] = _field(
        "SECRET_KEY", None, "one or more keys of at least 16 characters, separated by commas"
    )
    check_in_delay: Duration = _field("FEEDBACKLOOP_CHECK_IN_DELAY", "3d", "a duration such as 0s, 90m or 3d")
    check_in_max_age: Duration = _field("FEEDBACKLOOP_CHECK_IN_MAX_AGE", "30d", "a duration such as 12h or 30d")
    reminder_delay: Annotated[timedelta | None, BeforeValidator(types.duration_or_off)] = _field(
        "FEEDBACKLOOP_REMINDER_DELAY", "5d", "a duration such as 5d, or off"
    )
    review_delay: Duration = _field("FEEDBACKLOOP_REVIEW_DELAY", "1d", "a duration such as 10s or 1d")
    review_limit: Duration = _field("FEEDBACKLOOP_REVIEW_LIMIT", "120d", "a duration such as 120d")
    ask_cooldown: Duration = _field("FEEDBACKLOOP_ASK_COOLDOWN", "30d", "a duration such as 30d")
    news_batch: Duration = _field("FEEDBACKLOOP_NEWS_BATCH", "1d", "a duration such as 0s or 1d")
    link_life: Duration = _field("FEEDBACKLOOP_LINK_LIFE", "90d", "a duration such as 90d")
    send_window: Annotated[types.SendWindow | None, BeforeValidator(types.send_window)] = _field(
        "FEEDBACKLOOP_SEND_WINDOW", "mon-fri 09:00-18:00", "days and hours such as mon-fri 09:00-18:00, or always"
    )
    quiet_days: Annotated[types.QuietDays, BeforeValidator(types.quiet_days)] = _field(
        "FEEDBACKLOOP_QUIET_DAYS",
        "none",
        "days such as 2026-12-24, 05-05 (every year) and 12-24..01-02, separated by commas, or none",
    )
    holidays: Annotated[types.Region | None, BeforeValidator(types.region)] = _field(
        "FEEDBACKLOOP_HOLIDAYS", "NL", "a country such as NL, with a part of it such as DE-BY, or off"
    )
    frequency_cap: Annotated[timedelta | None, BeforeValidator(types.duration_or_off)] = _field(
        "FEEDBACKLOOP_FREQUENCY_CAP", "30d", "a duration such as 30d, or off"
    )
    timezone: Annotated[ZoneInfo, BeforeValidator(types.timezone)] = _field(
        "FEEDBACKLOOP_TIMEZONE", "Europe/Amsterdam", "a time zone such as Europe/Amsterdam"
    )
    locales: Annotated[tuple[str, ...], BeforeValidator(types.locales)] = _field(
        "FEEDBACKLOOP_LOCALES", "nl,en", "languages out of nl and en, separated by commas, the default first"
    )
    organisation: Annotated[str, BeforeValidator(types.one_line)] = _field(
        "FEEDBACKLOOP_ORGANISATION", "Your organisation", "a name of one line"
    )
    logo: Annotated[str | None, BeforeValidator(types.logo)] = _field(
        "FEEDBACKLOOP_LOGO", None, "the path of an SVG or PNG file"
    )
    accent: Annotated[str, BeforeValidator(types.colour)] = _field(
        "FEEDBACKLOOP_ACCENT", "#2b5c8a", "a colour such as #2b5c8a"
    )
    handler: Annotated[types.Mailbox | None, BeforeValidator(types.mailbox)] = _field(
        "FEEDBACKLOOP_HANDLER", None, "Name <address>"
    )
    recovery_deadline: Annotated[types.Deadline, BeforeValidator(types.deadline)] = _field(
        "FEEDBACKLOOP_RECOVERY_DEADLINE",
        "2 working days",
        "a number of working days or working hours, such as 2 working days",
    )
    discretion_budget: Annotated[int, BeforeValidator(types.cents)] = _field(
        "FEEDBACKLOOP_DISCRETION_BUDGET", "50 euro", "an amount in euro, such as 50 euro, 49.50 or 0"
    )
    reply_to: Annotated[types.Mailbox | None, BeforeValidator(types.mailbox)] = _field(
        "FEEDBACKLOOP_REPLY_TO", None, "Name <address>, or an address"
    )
    bounce_address: Annotated[types.Mailbox | None, BeforeValidator(types.return_address)] = _field(
        "FEEDBACKLOOP_BOUNCE_ADDRESS", None, "an address, with at most one * before the @"
    )
    imap_host: str | None = _field("FEEDBACKLOOP_IMAP_HOST", None, "the name of a mail server")
    imap_port: Port = _field("FEEDBACKLOOP_IMAP_PORT", "993", "a port, 1 to 65535")
    imap_ssl: Switch = _field("FEEDBACKLOOP_IMAP_SSL", "on", "on, or off for a server on this machine")
    imap_user: str | None = _field("FEEDBACKLOOP_IMAP_USER", None, "a name")
    imap_password: str | None = _field("FEEDBACKLOOP_IMAP_PASSWORD", None, "a password")
    imap_folder: Annotated[str, BeforeValidator(types.one_line)] = _field(
        "FEEDBACKLOOP_IMAP_FOLDER", "INBOX", "the name of a folder"
    )
    mail_hook_brevo: Passwords = _field(f"{_HOOK}BREVO", "", types.PASSWORDS)
    mail_hook_mailjet: Passwords = _field(f"{_HOOK}MAILJET", "", types.PASSWORDS)
    mail_hook_postmark: Passwords = _field(f"{_HOOK}POSTMARK", "", types.PASSWORDS)
    mail_hook_sparkpost: Passwords = _field(f"{_HOOK}SPARKPOST", "", types.PASSWORDS)
    mail_hook_mailgun: Keys = _field(f"{_HOOK}MAILGUN", "", "one or two signing keys, separated by a comma")
    mail_hook_resend: Annotated[Keys, BeforeValidator(types.whsec_keys)] = _field(
        f"{_HOOK}RESEND", "", "one or two secrets that begin with whsec_, separated by a comma"
    )
    mail_hook_sendgrid: Annotated[Keys, BeforeValidator(types.public_keys)] = _field(
        f"{_HOOK}SENDGRID", "", "one or two verification keys of SendGrid, separated by a comma"
    )
    mail_hook_ses: Annotated[Keys, BeforeValidator(types.topics)] = _field(
        f"{_HOOK}SES", "", "the ARN of one or more SNS topics, separated by commas"
    )
    smtp_connections: Annotated[int, Field(ge=1, le=64)] = _field(
        "FEEDBACKLOOP_SMTP_CONNECTIONS", "4", "a number, 1 to 64"
    )
    rate_per_minute: Annotated[int | None, BeforeValidator(types.rate)] = _field(
        "FEEDBACKLOOP_RATE_PER_MINUTE", "off", "a number of mails a minute, or off"
    )
    rate_per_domain: Annotated[types.DomainRates | None, BeforeValidator(types.domain_rates)] = _field(
        "FEEDBACKLOOP_RATE_PER_DOMAIN",
        "off",
        "a number of mails a minute or off, and exceptions such as 60,example.com=20",
    )
    rate_limits: Switch = _field("FEEDBACKLOOP_RATE_LIMITS", "on", "on or off")
    metrics_token: str | None = _field("FEEDBACKLOOP_METRICS_TOKEN", None, "a token")
    embed_origins: Annotated[tuple[str, ...], BeforeValidator(types.origins)] = _field(
        "FEEDBACKLOOP_EMBED_ORIGINS", "", "origins such as https://www.example.org, separated by spaces"
    )
    proxies: Annotated[int, Field(ge=0, le=5)] = _field(
        "FEEDBACKLOOP_PROXIES", "0", "the number of web servers in front that set X-Forwarded-For, 0 to 5"
    )
    time_scale: Annotated[float, Field(gt=0, le=100_000)] = _field(
        "FEEDBACKLOOP_TIME_SCALE", "1", "a number above 0; waits are divided by it"
    )
    local_mail: bool = False
    running: Running | None = None

    @cached_property
    def production(self) -> bool:
        return self.public_url.startswith("https://")

    @cached_property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def default_locale(self) -> str:
        return self.locales[0]

    @cached_property
    def sender(self) -> types.Mailbox:
        """Who mail comes from: MAIL_DEFAULT_SENDER under the organisation's name, or the local mailbox's address."""
        if self.mail_default_sender is None:
            return types.Mailbox(self.organisation, "feedback@localhost.example")
        given = self.mail_default_sender
        return given if given.name else types.Mailbox(self.organisation, given.address)

    def scaled(self, wait: timedelta) -> timedelta:
        """A retry wait, lease or expiry, shortened by FEEDBACKLOOP_TIME_SCALE (fault runs only)."""
        return wait / self.time_scale

    def pick_locale(self, wanted: str | None) -> str:
        """The offered language nearest to a tag such as `nl-BE`; the default where none fits."""
        short = (wanted or "").replace("_", "-").split("-")[0].lower()
        return short if short in self.locales else self.default_locale


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment (and from a running `up` of the same instance, for what is unset).

    Raises ConfigurationError. Makes the instance folder and its secret key where SECRET_KEY is unset.
    """
    env = {k: v.strip() for k, v in (os.environ if environ is None else environ).items() if v.strip()}
    instance = types.folder(env.get("FEEDBACKLOOP_INSTANCE", "./instance"))
    running = read_running(instance)
    local_mail = "MAIL_SERVER" not in env
    values: dict[str, Any] = {**(TRIAL_DEFAULTS if local_mail else {}), **env}
    values["FEEDBACKLOOP_INSTANCE"] = str(instance)
    values.setdefault("DATABASE_URL", f"sqlite:///{instance / 'feedbackloop.db'}")
    if running:
        values.setdefault("REDIS_URL", running.redis_url)
        values.setdefault("PUBLIC_URL", running.public_url)
    if not local_mail and "MAIL_DEFAULT_SENDER" not in env:
        raise ConfigurationError(
            "MAIL_DEFAULT_SENDER: unset while MAIL_SERVER is set; takes Name <address>, or an address"
        )
    if "FEEDBACKLOOP_IMAP_HOST" in env:
        _check_mailbox(env)
    if "SECRET_KEY" not in values:
        values["SECRET_KEY"] = _instance_key(instance)
    settings = _validated(values, local_mail, running)
    if local_mail:
        port = running.mail_port if running and running.mail_port else _NO_PORT
        settings = settings.model_copy(update={**_LOCAL_MAIL, "mail_port": port})
    if settings.production and settings.time_scale != 1:
        raise ConfigurationError(
            f"FEEDBACKLOOP_TIME_SCALE: holds '{settings.time_scale:g}', takes only 1 while PUBLIC_URL begins with https://"
        )
    return settings


def _validated(values: dict[str, Any], local_mail: bool, running: Running | None) -> Settings:
    try:
        return Settings.model_validate({**values, "local_mail": local_mail, "running": running})
    except ValidationError as problem:
        variable = str(problem.errors()[0]["loc"][0])
        takes = next(f.description for f in Settings.model_fields.values() if f.validation_alias == variable)
        held = "something else" if variable in _SECRETS else f"'{values.get(variable, '')}'"
        raise ConfigurationError(f"{variable}: holds {held}, takes {takes}") from None


def _check_mailbox(env: Mapping[str, str]) -> None:
    for name in ("FEEDBACKLOOP_IMAP_USER", "FEEDBACKLOOP_IMAP_PASSWORD"):
        if name not in env:
            raise ConfigurationError(f"{name}: unset while FEEDBACKLOOP_IMAP_HOST is set")
    here = env["FEEDBACKLOOP_IMAP_HOST"] in ("localhost", "127.0.0.1", "::1")
    if not here and env.get("FEEDBACKLOOP_IMAP_SSL", "on").lower() in ("off", "false", "0", "no"):
        raise ConfigurationError("FEEDBACKLOOP_IMAP_SSL: holds 'off', takes only on for a server on another machine")


def _instance_key(instance: Path) -> str:
    """The key kept in the instance folder; made on first use, readable by its owner only."""
    path = instance / "secret_key"
    try:
        instance.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    except OSError as problem:
        raise ConfigurationError(
            f"FEEDBACKLOOP_INSTANCE: holds '{instance}', takes a folder that can be written ({problem.strerror})"
        ) from None
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key


def settings() -> Settings:
    """The settings of the current app."""
    found: Settings = current_app.extensions["feedbackloop.settings"]
    return found
