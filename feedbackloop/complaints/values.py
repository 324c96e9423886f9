"""What intake brings in, in one shape for the API, a file and the form; and how each value is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from feedbackloop import setting_types
from feedbackloop.complaints.rules import FAULTS
from feedbackloop.core import text
from feedbackloop.core.unset import UNSET, Unset
from feedbackloop.people.rules import PersonInput

# The longest each text may be, in characters; the columns hold as much.
LIMITS = {
    "source": 64,
    "external_id": 128,
    "subject": 300,
    "summary": 500,
    "description": 20_000,
    "category": 100,
    "channel": 40,
    "resolution": 20_000,
    "root_cause": 300,
    "prevention": 20_000,
    "rule": 300,
    "name": 200,
    "phone": 40,
}
# Texts of more than one line.
LONG_TEXTS = frozenset({"description", "resolution", "prevention"})
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class HandlerInput:
    """Who takes care of it."""

    name: str | Unset | None = UNSET
    email: str | Unset | None = UNSET


@dataclass(frozen=True)
class ComplaintInput:
    """One complaint as a source tells it. What is not given stays as it is, None clears it.

    `digest` marks a row of a file: the same row again is a repeat, whatever happened to the complaint here since.
    """

    source: str
    external_id: str
    subject: str | Unset | None = UNSET
    summary: str | Unset | None = UNSET
    description: str | Unset | None = UNSET
    category: str | Unset | None = UNSET
    channel: str | Unset | None = UNSET
    opened_at: datetime | Unset = UNSET
    resolved_at: datetime | Unset | None = UNSET
    resolution: str | Unset | None = UNSET
    root_cause: str | Unset | None = UNSET
    fault: str | Unset | None = UNSET
    apology_given: bool | Unset | None = UNSET
    prevention: str | Unset | None = UNSET
    rule: str | Unset | None = UNSET
    customer: PersonInput | Unset | None = UNSET
    handler: HandlerInput | Unset | None = UNSET
    sample: bool = False
    digest: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one record."""

    id: int
    what: Literal["created", "updated", "unchanged"]


def clean_text(field: str, value: str) -> str | None:
    """The text of a field as it is kept; None where nothing is left of it. Raises ValueError with a sentence part."""
    return text.clean(value, limit=LIMITS[field], lines=field in LONG_TEXTS) or None


def clean_address(value: str) -> str | None:
    """A mail address as it is kept; None where there is none. Raises ValueError."""
    found = text.clean(value, limit=320)
    if not found:
        return None
    try:
        return setting_types.address(found)
    except ValueError:
        raise ValueError("must be an e-mail address such as name@example.org") from None


def clean_locale(value: str) -> str | None:
    """A language tag such as `nl` or `nl-BE`; None where there is none. Raises ValueError."""
    found = text.clean(value, limit=16).replace("_", "-")
    if found and not _LOCALE.fullmatch(found):
        raise ValueError("must be a language tag such as nl or nl-BE")
    return found or None


def clean_fault(value: str) -> str | None:
    """One of FAULTS; None where there is none. Raises ValueError."""
    found = text.clean(value, limit=16).lower()
    if found and found not in FAULTS:
        raise ValueError(f"must be one of {', '.join(FAULTS)}")
    return found or None
