"""A person's own case in a few words: what the mails and the form open with. Missing pieces stay None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.text import shorten

# Lengths that keep the mail on two screens of a phone, and the question and its answers on one.
_LONG, _BRIEF = 300, 110
_LONGEST_REFERENCE = 20
_YEAR_IS_CLEAR = timedelta(days=300)


@dataclass(frozen=True)
class Story:
    """The texts are cut where they are long: for the mail, and more for the form; `more` says that the form's were."""

    told_at: datetime
    recent: bool  # a date without its year says enough
    closed_at: datetime | None
    said: str | None
    said_briefly: str | None
    said_in_full: str | None
    done: str | None
    done_briefly: str | None
    done_in_full: str | None
    apology: bool
    promised: str | None
    promised_in_full: str | None
    more: bool
    handler: str | None
    reference: str | None
    locale: str | None


def of(complaint: Complaint) -> Story:
    """The story of a complaint, from what was recorded of it."""
    said = _text(complaint.summary) or _text(complaint.subject) or _text(complaint.description)
    done = _text(complaint.resolution)
    promised = _text(complaint.prevention)
    in_full = _text(complaint.description) or said
    return Story(
        told_at=complaint.opened_at,
        recent=clock.now() - complaint.opened_at < _YEAR_IS_CLEAR,
        closed_at=complaint.resolved_at,
        said=_short(said, _LONG),
        said_briefly=_short(said, _BRIEF),
        said_in_full=in_full,
        done=_short(done, _LONG),
        done_briefly=_short(done, _BRIEF),
        done_in_full=done,
        apology=bool(complaint.apology_given),
        promised=_short(promised, _LONG),
        promised_in_full=promised,
        more=in_full != said or any(len(text or "") > _BRIEF for text in (said, done)),
        handler=complaint.handler_name,
        reference=complaint.external_id if len(complaint.external_id) <= _LONGEST_REFERENCE else None,
        locale=_language(complaint),
    )


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _short(value: str | None, limit: int) -> str | None:
    """The text as a sentence of at most `limit` characters and a full stop, so that another sentence can follow."""
    if value is None:
        return None
    cut = shorten(value, limit)
    return f"{cut}." if cut[-1].isalnum() else cut


def _language(complaint: Complaint) -> str | None:
    """The language these words are most likely in: the person's, where it is one of ours."""
    spoken = (complaint.customer.locale or "").replace("_", "-").split("-")[0].lower() if complaint.customer else ""
    return spoken if spoken in settings().locales else None
