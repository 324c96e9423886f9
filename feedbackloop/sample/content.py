"""Reading the sample files. What each holds stands at its head."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

Table = dict[str, Any]

_FOLDER = Path(__file__).resolve().parent
_DAYS_AGO = re.compile(r"-(\d+)d (\d\d):(\d\d)")
_SHORT = re.compile(r"-(?:(\d)h)?(?:(\d\d?)m)?")


@dataclass(frozen=True)
class Content:
    """All files. `people` are staff and handlers by key."""

    organisation: Table
    staff: list[Table]
    people: dict[str, Table]
    destinations: list[Table]
    outside_reviews: list[Table]
    complaints: list[Table]
    improvements: list[Table]
    followers: list[Table]
    digest: Table
    earlier: Table
    recovery: dict[str, list[Table]]
    stories: list[Table]
    asks: dict[str, list[Table]]


def read() -> Content:
    told = _load(_FOLDER / "organisation.toml")
    complaints = [one for path in sorted((_FOLDER / "complaints").glob("*.toml")) for one in _load(path)["complaint"]]
    improvements = _load(_FOLDER / "improvements.toml")
    return Content(
        organisation=told["organisation"],
        staff=told["staff"],
        people={one["key"]: one for one in [*told["staff"], *told["handler"]]},
        destinations=told["destination"],
        outside_reviews=told["outside_review"],
        complaints=complaints,
        improvements=improvements["improvement"],
        followers=improvements["follower"],
        digest=improvements["digest"],
        earlier=_load(_FOLDER / "earlier.toml"),
        recovery=_load(_FOLDER / "recovery.toml"),
        stories=_load(_FOLDER / "stories.toml")["story"],
        asks=_load(_FOLDER / "asks.toml"),
    )


def _load(path: Path) -> Table:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def moment(text: str, now: datetime) -> datetime:
    """What `-41d 10:12` or `-3h20m` means at `now` (aware, in the organisation's zone); in UTC."""
    days = _DAYS_AGO.fullmatch(text)
    if days:
        day = now.date() - timedelta(days=int(days[1]))
        return datetime.combine(day, time(int(days[2]), int(days[3])), now.tzinfo).astimezone(UTC)
    short = _SHORT.fullmatch(text)
    if not short or not (short[1] or short[2]):
        raise ValueError(f"no moment: {text}")
    return now.astimezone(UTC) - timedelta(hours=int(short[1] or 0), minutes=int(short[2] or 0))


def day(text: str, now: datetime) -> date:
    """What `+9d` means: a date after today."""
    return now.date() + timedelta(days=int(text.removeprefix("+").removesuffix("d")))
