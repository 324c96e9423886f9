"""A person's own case in a few words: what the mails and the form open with. Missing pieces stay None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from feedbackloop.complaints.models import Complaint
from feedbackloop.core import clock
from feedbackloop.core.text import shorten

# Lengths that keep the form on one screen of a phone, and the mail on two.
_SAID, _DONE = 160, 240
_LONGEST_REFERENCE = 20
_YEAR_IS_CLEAR = timedelta(days=300)


@dataclass(frozen=True)
class Story:
    """`said` and `done` are cut where they are long; `said_in_full` and `done_in_full` never are."""

    told_at: datetime
    recent: bool  # a date without its year says enough
    closed_at: datetime | None
    said: str | None
    said_in_full: str | None
    done: str | None
    done_in_full: str | None
    apology: bool
    promised: str | None
    handler: str | None
    reference: str | None
    locale: str | None


def of(complaint: Complaint) -> Story:
    """The story of a complaint, from what was recorded of it."""
    said = _text(complaint.summary) or _text(complaint.subject) or _text(complaint.description)
    done = _text(complaint.resolution)
    promised = _text(complaint.prevention)
    customer = complaint.customer
    return Story(
        told_at=complaint.opened_at,
        recent=clock.now() - complaint.opened_at < _YEAR_IS_CLEAR,
        closed_at=complaint.resolved_at,
        said=_short(said, _SAID),
        said_in_full=_text(complaint.description) or said,
        done=_short(done, _DONE),
        done_in_full=done,
        apology=bool(complaint.apology_given),
        promised=_short(promised, _DONE),
        handler=complaint.handler_name,
        reference=complaint.external_id if len(complaint.external_id) <= _LONGEST_REFERENCE else None,
        locale=customer.locale if customer else None,
    )


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _short(value: str | None, limit: int) -> str | None:
    """The text as a sentence of at most `limit` characters and a full stop, so that another sentence can follow."""
    if value is None:
        return None
    cut = shorten(value, limit)
    return f"{cut}." if cut[-1].isalnum() else cut
