"""What the review invitation says: no stars, no condition, no reward, and that nothing need be done.

It is the same for everybody, whatever they answered and however their case ended: so it does not say how it ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from feedbackloop.config import settings
from feedbackloop.core import links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.core.text import shorten
from feedbackloop.mailing.kinds import MailKind, Row
from feedbackloop.reviews import closings, queries, rules
from feedbackloop.reviews.models import Destination, Invitation

_LONGEST_REFERENCE = 20
_LONGEST_SUBJECT = 80


def _may(rows: Sequence[Row], now: datetime) -> Mapping[int, Decision]:
    """A person is asked once, also when two of their invitations come up together."""
    found = {one.id: one for one in queries.invitations([row.subject_id for row in rows])}
    asked = queries.asked([one.customer_id for one in found.values()])
    case_open = closings.with_open_case([one.complaint_id for one in found.values()])
    places = queries.destinations()
    decisions: dict[int, Decision] = {}
    chosen: set[int] = set()
    for row in rows:
        one = found.get(row.subject_id)
        if one is None:
            decisions[row.id] = no("gone")
            continue
        before = asked.get(one.customer_id)
        unsent = rules.Unsent(
            status=one.status,
            complaint_status=one.complaint.status,
            same_case=(one.complaint.cycle, one.complaint.customer_id) == (one.cycle, one.customer_id),
            asked_at=now if one.customer_id in chosen else before.at if before else None,
            occasion=one.occasion,
            case_open=one.complaint_id in case_open,
            offered=any(place.audience == one.audience for place in _fitting(one, places)),
        )
        decisions[row.id] = rules.may_send(unsent, now)
        if decisions[row.id]:
            chosen.add(one.customer_id)
    return decisions


def _fitting(one: Invitation, places: Sequence[Destination]) -> Sequence[Destination]:
    return queries.fitting(settings().pick_locale(one.customer.locale), places)


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    found = {one.id: one for one in queries.invitations([row.subject_id for row in rows])}
    return {row.id: _words(found[row.subject_id]) for row in rows if row.subject_id in found}


def _words(one: Invitation) -> Mapping[str, Any]:
    return {
        "opened_at": one.complaint.opened_at,
        "subject": shorten(one.complaint.subject, _LONGEST_SUBJECT) if one.complaint.subject else None,
        "why": _why(one.complaint.external_id),
        "review_url": links.signed("reviews.invitation", "review", one.id),
    }


def _why(reference: str) -> str:
    """Why they get it; the number only where a person could know it, not a machine's long one."""
    if len(reference) <= _LONGEST_REFERENCE:
        return _("You get this e-mail because you came to us with complaint %(number)s.", number=reference)
    return _("You get this e-mail because you came to us with a complaint.")


REVIEW_INVITATION = MailKind("review_invitation", "review", _may, _content, timedelta(days=14), in_window=True)
