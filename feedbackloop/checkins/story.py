"""A person's own case in a few words: what the mails and the form open with. Missing pieces stay None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from feedbackloop.checkins.queries import Case
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.text import shorten

# Lengths that keep the mail on two screens of a phone, and the question and its answers on one.
_LONG, _BRIEF, _BRIEFER = 300, 110, 70
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
    promised_briefly: str | None
    promised_in_full: str | None
    more: bool
    handler: str | None
    reference: str | None
    locale: str | None


def of(complaint: Complaint) -> Story:
    """The story of a complaint, from what was recorded of it."""
    told, did, promise = said(complaint), text(complaint.resolution), text(complaint.prevention)
    in_full = text(complaint.description) or told
    brief = _BRIEFER if promise else _BRIEF
    return Story(
        told_at=complaint.opened_at,
        recent=is_recent(complaint.opened_at, clock.now()),
        closed_at=complaint.resolved_at,
        said=short(told),
        said_briefly=short(told, _BRIEF),
        said_in_full=in_full,
        done=short(did),
        done_briefly=short(did, brief),
        done_in_full=did,
        apology=bool(complaint.apology_given),
        promised=short(promise),
        promised_briefly=short(promise, brief),
        promised_in_full=promise,
        more=in_full != told or len(told or "") > _BRIEF or any(len(one or "") > brief for one in (did, promise)),
        handler=complaint.handler_name,
        reference=reference(complaint),
        locale=language(complaint.customer.locale if complaint.customer else None),
    )


def said(case: Complaint | Case) -> str | None:
    """What the person told us, in the fewest words there are of it; before all in those that they accepted or wrote."""
    return text(case.agreed_summary) or text(case.summary) or text(case.subject) or text(case.description)


def text(value: str | None) -> str | None:
    return (value or "").strip() or None


def short(value: str | None, limit: int = _LONG) -> str | None:
    """The text as a sentence of at most `limit` characters and a full stop, so that another sentence can follow."""
    if value is None:
        return None
    cut = shorten(value, limit)
    return f"{cut}." if cut[-1].isalnum() else cut


def is_recent(told_at: datetime, now: datetime) -> bool:
    return now - told_at < _YEAR_IS_CLEAR


def reference(case: Complaint | Case) -> str | None:
    """The number that the person may know it by; one that only a machine can read is left out."""
    return case.external_id if len(case.external_id) <= _LONGEST_REFERENCE else None


def language(locale: str | None) -> str | None:
    """The language these words are most likely in: the person's, where it is one of ours."""
    spoken = (locale or "").replace("_", "-").split("-")[0].lower()
    return spoken if spoken in settings().locales else None
