"""Turns the texts of a row into a complaint, or says in a sentence why it cannot be one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from feedbackloop.complaints import values
from feedbackloop.complaints.mapping import Bound, Rule
from feedbackloop.complaints.values import ComplaintInput, HandlerInput
from feedbackloop.core import moments
from feedbackloop.core.unset import UNSET, Unset
from feedbackloop.people.rules import PersonInput

_YES = frozenset({"true", "yes", "1", "ja", "waar", "y", "j"})
_NO = frozenset({"false", "no", "0", "nee", "onwaar", "n"})
_WORDS = ("subject", "summary", "description", "category", "channel", "resolution", "root_cause", "prevention", "rule")
# Names that the domain name system keeps for examples: nobody can be mailed there.
_RESERVED = (".example", ".test", ".invalid", "@example.com", "@example.org", "@example.net")


class RowError(ValueError):
    """The row is no complaint. The message names the fields and what is wrong with each."""


class Reader:
    """Reads rows of one file. `shift_days` and `trial` are those of an import that runs real data as a trial."""

    def __init__(self, bound: Bound, zone: ZoneInfo, *, trial: bool = False, shift_days: int = 0) -> None:
        self._bound = bound
        self._zone = zone
        self._trial = trial
        self._shift_days = shift_days

    def read(self, cells: Sequence[str]) -> ComplaintInput:
        """The complaint that a row tells of. Raises RowError with everything that is wrong with the row."""
        texts = self._bound.read(cells)
        problems: list[str] = []

        def take(field: str, clean: Callable[[str], Any]) -> Any:
            if field not in texts:
                return UNSET
            try:
                return clean(texts[field])
            except ValueError as problem:
                problems.append(f"{field}: {problem}")
                return None

        given = {name: take(name, partial(values.clean_text, name)) for name in _WORDS}
        for name in ("source", "external_id"):
            given[name] = take(name, partial(_needed, name))
        given["opened_at"] = take("opened_at", self._moment_reader("opened_at")) or UNSET
        given["resolved_at"] = take("resolved_at", self._moment_reader("resolved_at"))
        given["fault"] = take("fault", values.clean_fault)
        given["apology_given"] = take("apology_given", _flag)
        person = {
            "name": take("customer_name", partial(values.clean_text, "name")),
            "email": take("customer_email", values.clean_address),
            "phone": take("customer_phone", partial(values.clean_text, "phone")),
            "locale": take("customer_locale", values.clean_locale),
        }
        handler = {
            "name": take("handler_name", partial(values.clean_text, "name")),
            "email": take("handler_email", values.clean_address),
        }
        if problems:
            raise RowError("; ".join(problems))

        if self._trial:
            key = f"{given['source']}\x1f{given['external_id']}"
            person["email"] = trial_address(person["email"] if isinstance(person["email"], str) else key)
            if isinstance(handler["email"], str):
                handler["email"] = trial_address(handler["email"])
        if _is_given(person):
            given["customer"] = PersonInput(**person)
        if _is_given(handler):
            given["handler"] = HandlerInput(**handler)
        found = ComplaintInput(**given)
        return ComplaintInput(**{**given, "digest": hashlib.sha256(repr(found).encode()).hexdigest()})

    def newest(self, cells: Sequence[str]) -> date | None:
        """The newest day that any column of dates holds in this row."""
        days: list[date] = []
        for rule, text in self._bound.moments(cells):
            try:
                days.append(read_moment(text, rule.formats, self._zone, 0).astimezone(self._zone).date())
            except ValueError:
                continue
        return max(days, default=None)

    def _moment_reader(self, field: str) -> Callable[[str], datetime | None]:
        rule: Rule | None = self._bound.fed[field].rule if field in self._bound.fed else None
        formats = rule.formats if rule else ()
        return lambda text: read_moment(text, formats, self._zone, self._shift_days) if text else None


@lru_cache(maxsize=4096)
def read_moment(text: str, formats: tuple[str, ...], zone: ZoneInfo, shift_days: int) -> datetime:
    """The moment, moved by whole days of this time zone. Without `formats`: a date, or ISO 8601.

    What has no offset is of this zone; a date alone is its first moment. Raises ValueError with a sentence part.
    """
    found = _local(text, formats, zone)
    if shift_days:
        found = (found.replace(tzinfo=None) + timedelta(days=shift_days)).replace(tzinfo=zone)
    return moments.bounded(found)


def _local(text: str, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    for one in formats:
        try:
            found = datetime.strptime(text, one)  # noqa: DTZ007  # a zone in the text is kept, else the site's own is set
        except ValueError:
            continue
        return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(zone)
    if formats:
        raise ValueError(f"must be a date such as {date(2026, 11, 2).strftime(formats[0])}, and is '{text[:40]}'")
    try:
        plain = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"must be a date or a moment such as {moments.EXAMPLE}, and is '{text[:40]}'") from None
    return plain.replace(tzinfo=zone) if plain.tzinfo is None else plain.astimezone(zone)


def trial_address(given: str) -> str:
    """An address at which nobody can be mailed, always the same for one that somebody can be, or for a row's key."""
    if given.lower().endswith(_RESERVED):
        return given
    return f"{hashlib.sha256(given.lower().encode()).hexdigest()[:20]}@trial.example"


def _flag(text: str) -> bool | None:
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    if word:
        raise ValueError("must be true or false")
    return None


def _needed(field: str, text: str) -> str:
    found = values.clean_text(field, text)
    if found is None:
        raise ValueError("must not be empty")
    return found


def _is_given(part: Mapping[str, str | Unset | None]) -> bool:
    return any(value is not UNSET for value in part.values())
