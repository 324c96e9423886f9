"""What a complaint's own page shows of the improvements that it led to, and what its person said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import get_locale

from feedbackloop.config import settings
from feedbackloop.improvements import markdown, telling_queries
from feedbackloop.improvements.entries import shown_text


@dataclass(frozen=True)
class ToldOf:
    """One improvement that the person was told of. `helps`: yes, no or None; `comment`: their own words."""

    improvement_id: int
    said: str
    milestone: str
    status: str
    sent_at: datetime | None
    helps: str | None
    comment: str | None
    looked_at: datetime | None


def for_complaints(ids: Sequence[int]) -> Mapping[int, list[ToldOf]]:
    """What was told about each of these complaints, oldest first."""
    locale = settings().pick_locale(str(get_locale()))
    found: dict[int, list[ToldOf]] = {}
    for one in telling_queries.about(ids):
        said = markdown.opening(shown_text(one.improvement, locale).you_said)[0]
        told = ToldOf(
            one.improvement_id,
            said,
            one.milestone,
            one.status,
            one.sent_at,
            one.helps,
            one.comment,
            one.looked_at,
        )
        found.setdefault(one.complaint_id, []).append(told)
    return found
