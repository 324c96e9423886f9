"""What the mails of check-ins say: the question, and the one reminder of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask_babel import gettext as _

from feedbackloop.checkins import queries, rules, story
from feedbackloop.checkins.moves import QUESTION, REMINDER
from feedbackloop.core import formats, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.mailing.kinds import MailKind, Row

SENSIBLE_FOR = timedelta(days=14)


def _may_send(reminder: bool, rows: Sequence[Row], now: datetime) -> Mapping[int, Decision]:
    """Decides again just before sending: is it still resolved, and unanswered? Opt-outs are the post office's own."""
    found = queries.with_cases([row.subject_id for row in rows])
    return {
        row.id: rules.may_send(queries.standing(found[row.subject_id]), reminder)
        if row.subject_id in found
        else no("not_found")
        for row in rows
    }


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    found = queries.with_cases([row.subject_id for row in rows])
    return {row.id: _words(found[row.subject_id].id, story.of(found[row.subject_id].complaint)) for row in rows}


def _words(check_in_id: int, told: story.Story) -> dict[str, Any]:
    """The context of both templates. The three answers only point: what is pressed is chosen on the page."""
    addresses = {
        choice: links.signed("checkins.form", "check-in", check_in_id, satisfied=choice) for choice in rules.SATISFIED
    }
    return {
        "story": told,
        "day": formats.date_day(told.told_at) if told.recent else formats.date_long(told.told_at),
        "day_in_subject": formats.date_month(told.told_at) if told.recent else formats.date_plain(told.told_at),
        "apology": _apology(told),
        "who_goes_on": _who_goes_on(told.handler),
        "why": why(told.reference),
        "answer_url": links.signed("checkins.form", "check-in", check_in_id),
        "choice_urls": addresses,
    }


def _apology(told: story.Story) -> str:
    if not told.apology:
        return ""
    if told.handler:
        return _("%(name)s offered you our apologies.", name=told.handler)
    return _("We offered you our apologies.")


def _who_goes_on(handler: str | None) -> str:
    if handler:
        return _("Is your answer no? Then %(name)s will look further with you.", name=handler)
    return _("Is your answer no? Then we will look further with you.")


def why(reference: str | None) -> str:
    """Why a person gets a mail about a complaint, and that a reply arrives."""
    if reference:
        return _("This e-mail is about your complaint %(number)s. You can reply to it.", number=reference)
    return _("This e-mail is about your complaint. You can reply to it.")


CHECK_IN = MailKind(QUESTION, "check_in", partial(_may_send, False), _content, SENSIBLE_FOR, in_window=True)
CHECK_IN_REMINDER = MailKind(REMINDER, "check_in", partial(_may_send, True), _content, SENSIBLE_FOR, in_window=True)
