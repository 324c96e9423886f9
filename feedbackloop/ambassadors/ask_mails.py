"""What the mail says that asks somebody for something. One kind of mail for all of them: the rule, the way out and
most of the words are the same, and a new kind of ask needs a few sentences and no new mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from feedbackloop.ambassadors import ask_queries as queries
from feedbackloop.ambassadors import ask_rules as rules
from feedbackloop.ambassadors import ask_words as words
from feedbackloop.ambassadors import asks
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import formats, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.mailing.kinds import MailKind, Row

_LONGEST_REFERENCE = 20


def _may(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    found = queries.by_ids([row.subject_id for row in rows])
    who = asks.people([one.ambassador_id for one in found.values()])
    return {
        row.id: rules.may_send(one.status, who[one.ambassador_id], one.kind)
        if (one := found.get(row.subject_id)) is not None
        else no("not_found")
        for row in rows
    }


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    found = queries.by_ids([row.subject_id for row in rows])
    people = queries.people([one.ambassador_id for one in found.values()])
    return {
        row.id: {
            **_said(one.kind, people[one.ambassador_id].complaint, one.line),
            "url": links.signed("asks.page", "ask", one.id),
            "agreements_url": links.signed("asks.agreements", "agreements", one.customer_id),
        }
        for row in rows
        if (one := found.get(row.subject_id)) is not None
    }


def _said(kind: str, complaint: Complaint, line: str | None) -> dict[str, Any]:
    return said(kind, complaint.opened_at, complaint.external_id, line)


def said(kind: str, opened_at: datetime, number: str, line: str | None) -> dict[str, Any]:
    """The words of the mail, in the language that is spoken; its links are not among them."""
    return {
        "title": str(words.TITLES[kind]),
        "day": formats.date_plain(opened_at),
        "means": str(words.MEANS[kind]),
        "line": line,
        "why": _why(number),
    }


def _why(reference: str) -> str:
    """Why they get it; the number only where a person could know it, not a machine's long one."""
    if len(reference) <= _LONGEST_REFERENCE:
        return _("You get this e-mail because you came to us with complaint %(number)s.", number=reference)
    return _("You get this e-mail because you came to us with a complaint.")


ASK = MailKind(asks.KIND, asks.PURPOSE, _may, _content, timedelta(days=14), in_window=True)
