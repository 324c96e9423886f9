"""The files of the sample data, and what their moments mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SAMPLE = Path(__file__).resolve().parents[3] / "feedbackloop" / "sample"
ZONE = ZoneInfo("Europe/Amsterdam")
Table = dict[str, Any]

# Night, noon and evening; a working day and a Sunday; just after the clock went forward and back.
NOWS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=ZONE)
    for text in (
        "2026-11-18T12:00",
        "2026-11-22T00:01",
        "2026-11-22T23:59",
        "2026-03-29T03:30",
        "2026-03-30T00:01",
        "2026-10-25T23:59",
        "2026-10-26T00:01",
    )
)


def load(path: str) -> Table:
    return tomllib.loads((SAMPLE / path).read_text(encoding="utf-8"))


ORGANISATION = load("organisation.toml")
COMPLAINTS: list[Table] = [
    complaint
    for path in sorted((SAMPLE / "complaints").glob("*.toml"))
    for complaint in load(f"complaints/{path.name}")["complaint"]
]
IMPROVEMENTS: list[Table] = load("improvements.toml")["improvement"]
BY_ID = {complaint["external_id"]: complaint for complaint in COMPLAINTS}


def moment(text: str, now: datetime) -> datetime:
    """What a moment of the files means at `now` (local), in UTC, as the head of complaints/open.toml explains it."""
    days = re.fullmatch(r"-([1-9]\d?)d (\d\d):(\d\d)", text)
    if days:
        assert int(days[2]) not in (1, 2, 3), f"{text}: an hour that the clock may skip"
        day = now.date() - timedelta(int(days[1]))
        return datetime.combine(day, time(int(days[2]), int(days[3])), now.tzinfo).astimezone(UTC)
    short = re.fullmatch(r"-(?:([1-3])h)?(?:([0-5]\dm))?", text)
    assert short, f"{text}: no moment"
    assert short[1] or short[2], f"{text}: no moment"
    return now.astimezone(UTC) - timedelta(hours=int(short[1] or 0), minutes=int((short[2] or "0m")[:-1]))


def texts(value: object) -> Iterator[str]:
    """Every string in a table."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
