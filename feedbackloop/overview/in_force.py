"""The settings that are in force, in words and with the reason; no secret among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from feedbackloop.config import TRIAL_DEFAULTS, Settings
from feedbackloop.core import formats, money
from feedbackloop.setting_types import Mailbox, SendWindow

_FIELD = {"sender": "mail_default_sender"}
"""Shown as what it leads to, not as what was set."""


@dataclass(frozen=True)
class Row:
    """One setting. `why`: set, default or trial."""

    variable: str
    words: str
    value: str
    why: str


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]


_GROUPS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "asking": (
        _l("Asking and telling"),
        {
            "check_in_delay": _l("From resolution to check-in"),
            "check_in_max_age": _l("No check-in for complaints resolved longer ago than"),
            "reminder_delay": _l("From check-in to reminder"),
            "review_delay": _l("From the end of a case to the review invitation"),
            "review_limit": _l("Where everybody is asked for a review: at the latest so long after the check-in"),
            "ask_cooldown": _l("From one ask of marketing to the next for the same person"),
            "news_batch": _l("News for one person within this time goes in one mail"),
            "link_life": _l("Links in mail work for"),
            "send_window": _l("People are mailed in these hours"),
            "holidays": _l("Not on the public holidays of"),
            "quiet_days": _l("And not on these days"),
            "frequency_cap": _l("From one check-in to the next for the same person"),
            "recovery_deadline": _l("What a receipt promises after a ‘no’"),
            "handler": _l("Who takes complaints without a handler"),
            "discretion_budget": _l("What a colleague may spend in a month without asking"),
        },
    ),
    "brand": (
        _l("Language and brand"),
        {
            "organisation": _l("Name of the organisation"),
            "locales": _l("Languages, the first is the default"),
            "timezone": _l("Time zone"),
            "accent": _l("Accent colour"),
            "logo": _l("Logo"),
            "public_url": _l("Address of this site in links"),
            "embed_origins": _l("Sites that may show the improvement log and the reviews"),
        },
    ),
    "mail": (
        _l("Mail server"),
        {
            "mail_server": _l("Server"),
            "mail_port": _l("Port"),
            "mail_use_tls": _l("Encrypted from the second word on (STARTTLS)"),
            "mail_use_ssl": _l("Encrypted from the first word on (TLS)"),
            "sender": _l("Sender"),
            "reply_to": _l("People answer to"),
            "bounce_address": _l("Mail servers answer to"),
            "smtp_connections": _l("Connections of one sender"),
            "rate_per_minute": _l("Mails a minute, at most"),
            "rate_per_domain": _l("Mails a minute to one domain, at most"),
        },
    ),
    "running": (
        _l("How it runs"),
        {
            "database_url": _l("Database"),
            "redis_url": _l("Queue server"),
            "rate_limits": _l("Limits on how often somebody may try"),
            "metrics_token": _l("Figures for monitoring need a token"),
            "time_scale": _l("Waits are divided by"),
        },
    ),
}


def groups(found: Settings) -> list[Group]:
    """Every setting that staff may want to know of, as it holds now."""
    standard = _standard(found)
    return [
        Group(str(title), [_row(found, standard, name, str(words)) for name, words in fields.items()])
        for title, fields in _GROUPS.values()
    ]


def _standard(found: Settings) -> Settings:
    """What would hold were nothing set."""
    trial = TRIAL_DEFAULTS if found.local_mail else {}
    return Settings.model_validate({**trial, "DATABASE_URL": found.database_url, "SECRET_KEY": "x" * 16})


def _row(found: Settings, standard: Settings, name: str, words: str) -> Row:
    variable = str(Settings.model_fields[_FIELD.get(name, name)].validation_alias)
    value, usual = getattr(found, name), getattr(standard, name)
    if name == "sender":
        usual = value if found.mail_default_sender is None else None
    why = "set"
    if value == usual or (name in ("mail_server", "mail_port", "redis_url", "public_url") and found.local_mail):
        why = (
            "trial"
            if found.local_mail and (variable in TRIAL_DEFAULTS or name.startswith(("mail_", "sender")))
            else "default"
        )
    return Row(variable, words, _PARTICULAR.get(name, _value)(value), why)


def _value(value: Any) -> str:
    if isinstance(value, timedelta):
        return formats.duration(value)
    if isinstance(value, bool):
        return _("on") if value else _("off")
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or _("none")
    if isinstance(value, Mailbox):
        return f"{value.name} <{value.address}>" if value.name else value.address
    if isinstance(value, ZoneInfo):
        return value.key
    if isinstance(value, float):
        return f"{value:g}"
    return _("not set") if value is None else str(value)


def _send_window(value: SendWindow | None) -> str:
    if value is None:
        return _("always")
    names = get_day_names("abbreviated", locale=get_locale())
    days = ", ".join(names[day].rstrip(".") for day in sorted(value.days))
    return _("%(days)s, from %(start)s to %(end)s", days=days, start=f"{value.start:%H:%M}", end=f"{value.end:%H:%M}")


def _or_off(value: timedelta | None) -> str:
    return _("off") if value is None else formats.duration(value)


def _rate(value: Any) -> str:
    return _("off") if value is None else str(value)


def _sort_of_database(value: str) -> str:
    return "SQLite" if value.startswith("sqlite") else "PostgreSQL"


def _sort_of_queue(value: str | None) -> str:
    """An address may hold a password: only its scheme is shown."""
    return _("not set") if value is None else urlsplit(value).scheme + "://…"


_PARTICULAR: Mapping[str, Callable[[Any], str]] = {
    "send_window": _send_window,
    "recovery_deadline": formats.working_time,
    "discretion_budget": money.euro,
    "reminder_delay": _or_off,
    "rate_per_minute": _rate,
    "rate_per_domain": _rate,
    "frequency_cap": _or_off,
    "holidays": lambda value: _("off") if value is None else str(value),
    "quiet_days": lambda value: value.text if value else _("none"),
    "handler": lambda value: _("the first administrator") if value is None else _value(value),
    "embed_origins": lambda value: _("only this site") if not value else _value(value),
    "database_url": _sort_of_database,
    "redis_url": _sort_of_queue,
    "metrics_token": lambda value: _("no") if value is None else _("yes"),
}
