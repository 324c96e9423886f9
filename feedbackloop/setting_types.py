"""The values a setting can hold, each with the function that reads it from text. They raise ValueError."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from feedbackloop.core import money

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LANGUAGES = ("nl", "en")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Mailbox:
    """A display name (may be empty) and an address."""

    name: str
    address: str


@dataclass(frozen=True)
class SendWindow:
    """Local hours in which people are mailed: weekdays (0 is Monday), from `start` up to but not including `end`."""

    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True)
class DomainRates:
    """Mails a minute to each recipient domain; None is no limit. `own` holds the domains with a rate of their own."""

    each: int | None
    own: Mapping[str, int | None]

    def of(self, domain: str) -> int | None:
        return self.own.get(domain, self.each)

    def __str__(self) -> str:
        rates = [("", self.each), *((f"{domain}=", rate) for domain, rate in self.own.items())]
        return ",".join(f"{name}{'off' if rate is None else rate}" for name, rate in rates)


@dataclass(frozen=True)
class QuietDays:
    """Local days on which people are not mailed: spans of dates, and spans of (month, day) that come every year.

    Both ends are in a span; one of the second sort may run over the turn of the year.
    """

    text: str
    dates: tuple[tuple[date, date], ...]
    yearly: tuple[tuple[tuple[int, int], tuple[int, int]], ...]

    def __contains__(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.dates) or self._comes_yearly(day)

    def __bool__(self) -> bool:
        return bool(self.dates or self.yearly)

    def _comes_yearly(self, day: date) -> bool:
        here = (day.month, day.day)
        return any(
            first <= here <= last if first <= last else here >= first or here <= last for first, last in self.yearly
        )


@dataclass(frozen=True)
class Region:
    """Where public holidays are taken from: a country, and a part of it where that has days of its own."""

    country: str
    part: str | None = None

    def __str__(self) -> str:
        return f"{self.country}-{self.part}" if self.part else self.country


@dataclass(frozen=True)
class Deadline:
    """An amount of working time: whole working days, or working hours."""

    amount: int
    unit: str  # "days" or "hours"


def duration(value: Any) -> timedelta:
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", str(value).lower())
    if not match:
        raise ValueError("no duration")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration_or_off(value: Any) -> timedelta | None:
    return None if str(value).lower() == "off" else duration(value)


def switch(value: Any) -> bool:
    text = str(value).lower()
    if text in ("on", "true", "1", "yes"):
        return True
    if text in ("off", "false", "0", "no"):
        return False
    raise ValueError("no switch")


def folder(value: Any) -> Path:
    path = Path(str(value)).expanduser().resolve()
    if path.exists() and not path.is_dir():
        raise ValueError("no folder")
    return path


def database_url(value: Any) -> str:
    """Heroku-style `postgres://` and plain `postgresql://` are mapped to the driver that is installed."""
    text = str(value)
    for plain in ("postgres://", "postgresql://"):
        if text.startswith(plain):
            return "postgresql+psycopg://" + text.removeprefix(plain)
    if not text.startswith(("postgresql+psycopg://", "sqlite:///")):
        raise ValueError("no known database")
    return text


def redis_url(value: Any) -> str | None:
    if value is None:
        return None
    if not str(value).startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("no Redis address")
    return str(value)


def address(value: str) -> str:
    """The normalised address; international domains are kept in their readable form. Raises ValueError."""
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as problem:
        raise ValueError(str(problem)) from None


def mailbox(value: Any) -> Mailbox | None:
    if value is None or isinstance(value, Mailbox):
        return value
    name, given = parseaddr(str(value))
    return Mailbox(one_line(name) if name else "", address(given))


def public_url(value: Any) -> str:
    parts = urlsplit(str(value))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("no address of a site")
    if parts.path.strip("/"):
        raise ValueError("a path is not supported")
    _ = parts.port
    return f"{parts.scheme}://{parts.netloc}"


def secret_keys(value: Any) -> tuple[str, ...]:
    keys = tuple(k.strip() for k in str(value).split(",") if k.strip())
    if not keys or any(len(k) < 16 for k in keys):
        raise ValueError("too short")
    return keys


def send_window(value: Any) -> SendWindow | None:
    """None means always."""
    text = str(value).lower().strip()
    if text == "always":
        return None
    match = re.fullmatch(r"([a-z,\-]+)\s+(\d{2}):(\d{2})-(\d{2}):(\d{2})", text)
    if not match:
        raise ValueError("no send window")
    days: set[int] = set()
    for part in match[1].split(","):
        first, _, last = part.partition("-")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        days.update((begin + i) % 7 for i in range((end - begin) % 7 + 1))
    opens, closes = time(int(match[2]), int(match[3])), time(int(match[4]), int(match[5]))
    if opens >= closes:
        raise ValueError("ends before it begins")
    return SendWindow(frozenset(days), opens, closes)


# So many quiet days a year at most: mail has to have a day on which it can go.
_MOST_QUIET = 300
_LONGEST_SPAN = timedelta(days=366)


def quiet_days(value: Any) -> QuietDays:
    text = str(value).strip()
    dates: list[tuple[date, date]] = []
    yearly: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for part in [] if text.lower() == "none" else text.split(","):
        first, _, last = part.strip().partition("..")
        if re.fullmatch(r"\d{2}-\d{2}", first):
            yearly.append((_day_of_year(first), _day_of_year(last or first)))
            continue
        begin, end = _date(first), _date(last or first)
        if not timedelta(0) <= end - begin <= _LONGEST_SPAN:
            raise ValueError("no span of days")
        dates.append((begin, end))
    found = QuietDays(text, tuple(dates), tuple(yearly))
    every_year, new_year = QuietDays("", (), found.yearly), date(2028, 1, 1)
    if yearly and sum(new_year + timedelta(days=n) in every_year for n in range(366)) > _MOST_QUIET:
        raise ValueError("leaves no day")
    return found


def _date(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("no date")
    return date.fromisoformat(text)


def _day_of_year(text: str) -> tuple[int, int]:
    if not re.fullmatch(r"\d{2}-\d{2}", text):
        raise ValueError("no day of the year")
    day = date.fromisoformat(f"2028-{text}")  # a leap year: 29 February may be named
    return day.month, day.day


_USUAL_REGION = "NL"


def region(value: Any) -> Region | None:
    """None means no public holidays."""
    text = str(value).strip()
    if text.lower() == "off":
        return None
    if text.upper() == _USUAL_REGION:
        return Region(_USUAL_REGION)
    import holidays  # takes a while to load, and most commands need no calendar

    country, _, part = text.partition("-")
    parts = holidays.list_supported_countries().get(country.upper())
    if parts is None:
        raise ValueError("no country that is known")
    if not part:
        return Region(country.upper())
    named = next((one for one in parts if one.lower() == part.lower()), None)
    if named is None:
        raise ValueError("no part of that country that is known")
    return Region(country.upper(), named)


def timezone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (KeyError, OSError):
        raise ValueError("no time zone") from None


def locales(value: Any) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip().lower() for part in str(value).split(",") if part.strip()))
    if not found or any(one not in LANGUAGES for one in found):
        raise ValueError("no known language")
    return found


def one_line(value: Any) -> str:
    text = str(value).strip()
    if not text or len(text) > 120 or not text.isprintable():
        raise ValueError("no single line")
    return text


def logo(value: Any) -> str | None:
    if value is None:
        return None
    path = Path(str(value)).expanduser().resolve()
    if path.suffix.lower() not in (".svg", ".png") or not path.is_file():
        raise ValueError("no picture")
    return str(path)


def colour(value: Any) -> str:
    text = str(value).lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", text):
        raise ValueError("no colour")
    return text


def deadline(value: Any) -> Deadline:
    match = re.fullmatch(r"(\d{1,3})\s+working\s+(day|hour)s?", str(value).lower().strip())
    if not match or int(match[1]) < 1:
        raise ValueError("no deadline")
    return Deadline(int(match[1]), match[2] + "s")


def cents(value: Any) -> int:
    return money.cents(str(value))


def rate(value: Any) -> int | None:
    """None means no limit."""
    if value is None or isinstance(value, int):
        return value
    text = str(value).strip().lower()
    if text == "off":
        return None
    if not re.fullmatch(r"[0-9]{1,7}", text) or int(text) < 1:
        raise ValueError("no rate")
    return int(text)


def domain_rates(value: Any) -> DomainRates | None:
    """None means that no domain has a limit."""
    if value is None or isinstance(value, DomainRates):
        return value
    each: int | None = None
    own: dict[str, int | None] = {}
    for place, part in enumerate(str(value).split(",")):
        domain, equals, given = (piece.strip().lower() for piece in part.rpartition("="))
        if equals:
            if not re.fullmatch(r"[^\s@=,.]+(\.[^\s@=,.]+)+", domain) or domain in own:
                raise ValueError("no domain")
            own[domain] = rate(given)
        elif place == 0:
            each = rate(given)
        else:
            raise ValueError("two rates for every domain")
    return None if each is None and not any(own.values()) else DomainRates(each, own)


def origins(value: Any) -> tuple[str, ...]:
    found = tuple(str(value).split())
    for one in found:
        parts = urlsplit(one)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.fragment:
            raise ValueError("no origin")
    return found


def return_address(value: Any) -> Mailbox | None:
    """An address whose local part may hold a `*`, which stands for a mark of each mail's own."""
    found = mailbox(value)
    if found is not None and found.address.count("*") > 1:
        raise ValueError("two marks")
    if found is not None and "*" in found.address and len(found.address.rpartition("@")[0]) > _LONGEST_MARKED:
        raise ValueError("no room for a mark")
    return found


# What lets a relay's webhook in. Several stand beside each other while one is replaced.

PASSWORDS = "one or two of name:password, or a token, of at least 16 characters, separated by a comma"
_LONGEST_MARKED = 24  # a local part holds 64 characters, a mark takes at most 39
_SHORTEST_KEY = 16


def signing_keys(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, tuple) else tuple(one.strip() for one in str(value).split(",") if one.strip())
    if any(len(one) < _SHORTEST_KEY or not one.isascii() for one in found):
        raise ValueError("too short")
    return found


def passwords(value: Any) -> tuple[str, ...]:
    found = signing_keys(value)
    if any(not one.isprintable() for one in found):
        raise ValueError("no password")
    return found


def whsec_keys(value: Any) -> tuple[str, ...]:
    found = signing_keys(value)
    for one in found:
        base64.b64decode(one.removeprefix("whsec_"), validate=True)
        if not one.startswith("whsec_"):
            raise ValueError("no secret of this kind")
    return found


def public_keys(value: Any) -> tuple[str, ...]:
    found = signing_keys(value)
    if any(base64.b64decode(one, validate=True)[:1] != b"\x30" for one in found):  # DER begins so
        raise ValueError("no public key")
    return found


def topics(value: Any) -> tuple[str, ...]:
    found = signing_keys(value)
    if any(not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+", one) for one in found):
        raise ValueError("no topic")
    return found
