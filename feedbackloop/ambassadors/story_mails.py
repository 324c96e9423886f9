"""What the mail says that shows a person their story: these are the words; is it fine if others read them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from feedbackloop.ambassadors import stories
from feedbackloop.ambassadors import story_queries as queries
from feedbackloop.ambassadors import story_rules as rules
from feedbackloop.core import links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.mailing.kinds import Known, MailKind, Row

_LONGEST_REFERENCE = 20


def _may_send(rows: Sequence[Row], _now: datetime, known: Known) -> Mapping[int, Decision]:
    decided: dict[int, Decision] = {}
    for row in rows:
        found = known.get(row.subject_id)
        if found is None or found.text is None:
            decided[row.id] = no("gone" if found is None else "erased")
            continue
        story = found.story
        erased = story.customer is None or story.customer.erased_at is not None
        newest = found.number == story.version
        decided[row.id] = rules.may_send(story.status, newest, erased, stories.is_open_again(story))
    return decided


def _content(rows: Sequence[Row], known: Known) -> Mapping[int, Mapping[str, Any]]:
    made = {}
    for row in rows:
        found = known[row.subject_id]
        story = found.story
        made[row.id] = {
            "text": found.text,
            "title": found.title,
            "locale": story.locale,
            "is_quote": story.kind == rules.QUOTE,
            "why": _why(story.complaint.external_id if story.complaint else ""),
            "url": links.signed("story.page", "story", found.id),
        }
    return made


def _why(reference: str) -> str:
    """Why they get it; the number only where a person could know it, not a machine's long one."""
    if reference and len(reference) <= _LONGEST_REFERENCE:
        return _("You get this e-mail because you came to us with complaint %(number)s.", number=reference)
    return _("You get this e-mail because you came to us with a complaint.")


STORY_AGREEMENT = MailKind(
    stories.MAIL, stories.PURPOSE, _may_send, _content, timedelta(days=14), read=queries.versions
)
