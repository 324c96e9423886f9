"""What the mails say that put our words to a person: is this summary right; is this step fine?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from feedbackloop.checkins import proposal_queries, proposal_rules, story
from feedbackloop.checkins.mails import why
from feedbackloop.checkins.proposals import KIND_OF_MAIL, PURPOSE
from feedbackloop.core import clock, formats, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.mailing.kinds import Known, MailKind, Row


def _may_send(rows: Sequence[Row], _now: datetime, known: Known) -> Mapping[int, Decision]:
    decided: dict[int, Decision] = {}
    for row in rows:
        found = known.get(row.subject_id)
        if found is None or found.text is None:
            decided[row.id] = no("not_found" if found is None else "erased")
        else:
            customer = found.complaint.customer
            decided[row.id] = proposal_rules.may_send(found.status, customer is None or customer.erased_at is not None)
    return decided


def _content(endpoint: str, rows: Sequence[Row], known: Known) -> Mapping[int, Mapping[str, Any]]:
    now = clock.now()
    made = {}
    for row in rows:
        found = known[row.subject_id]
        complaint = found.complaint
        recent = story.is_recent(complaint.opened_at, now)
        made[row.id] = {
            "day": (formats.date_day if recent else formats.date_long)(complaint.opened_at),
            "day_in_subject": (formats.date_month if recent else formats.date_plain)(complaint.opened_at),
            "text": found.text,
            "said": story.short(story.said(complaint)),
            "locale": story.language(complaint.customer.locale if complaint.customer else None),
            "why": why(story.reference(complaint)),
            "url": links.signed(f"proposals.{endpoint}", endpoint, found.id),
        }
    return made


def _kind(kind: str, endpoint: str) -> MailKind:
    content = partial(_content, endpoint)
    return MailKind(KIND_OF_MAIL[kind], PURPOSE, _may_send, content, timedelta(days=14), read=proposal_queries.by_ids)


SUMMARY_CONFIRMATION = _kind("summary", "summary")
STEP_AGREEMENT = _kind("step", "agreement")
