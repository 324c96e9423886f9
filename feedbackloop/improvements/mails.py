"""What told-you-so says: their own words and their date first, then what was done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock, formats, links
from feedbackloop.core.decisions import YES, Decision, no
from feedbackloop.core.text import shorten
from feedbackloop.improvements import markdown, queries, rules, telling_queries, words
from feedbackloop.improvements.entries import shown_text
from feedbackloop.improvements.models import Telling
from feedbackloop.mailing.kinds import MailKind, Row

_SAID = 300
_LONGEST_REFERENCE = 20
_YEAR_IS_CLEAR = timedelta(days=300)


@dataclass(frozen=True)
class Block:
    """One improvement in a mail. `*_lang` is the language of those words."""

    day: str
    said: str | None
    said_lang: str
    heading: str
    did_html: Markup
    did_text: str
    did_lang: str
    others: int | None
    told_url: str
    entry_url: str
    reference: str | None


def _may_send(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    """Decides again just before sending: is anything left in it that is public and was this person's to hear?"""
    carried = telling_queries.carried_by([row.id for row in rows])
    decisions: dict[int, Decision] = {}
    for mail_id, tellings in carried.items():
        told = [_belongs(one) for one in tellings]
        refused = next((one for one in told if not one), no("nothing_to_tell"))
        decisions[mail_id] = YES if any(told) else refused
    return decisions


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    """The blocks of each mail, one for each improvement; called in the recipient's language."""
    carried = telling_queries.carried_by([row.id for row in rows])
    people = queries.people_behind({one.improvement_id for found in carried.values() for one in found})
    made: dict[int, Mapping[str, Any]] = {}
    for mail_id, tellings in carried.items():
        # An improvement that was published and done before the mail went is told once, as done.
        newest = {one.improvement_id: one for one in sorted(tellings, key=_by_milestone) if _belongs(one)}
        blocks = [_block(one, people.get(one.improvement_id, 0)) for one in newest.values()]
        made[mail_id] = {"blocks": blocks, "subject_words": _subject(list(newest.values())), "why": _why(blocks)}
    return made


def _belongs(telling: Telling) -> Decision:
    return rules.may_send(
        telling.status, telling.improvement.public, telling.complaint.customer_id == telling.customer_id
    )


def _by_milestone(telling: Telling) -> tuple[bool, int]:
    return telling.milestone == rules.DONE, telling.id


def _block(telling: Telling, people: int) -> Block:
    improvement, complaint = telling.improvement, telling.complaint
    text = shown_text(improvement, str(get_locale()))
    others = rules.shown_people(people)
    return Block(
        day=day_of(complaint.opened_at),
        said=said_of(complaint),
        said_lang=settings().pick_locale(telling.customer.locale),
        heading=str(words.DID[improvement.status]),
        did_html=markdown.mail_html(text.answer(improvement.status)),
        did_text=markdown.plain(text.answer(improvement.status)),
        did_lang=text.locale,
        others=others - 1 if others else None,
        told_url=links.signed("told.page", "told", telling.id),
        entry_url=links.public("improvements.entry", slug=improvement.slug),
        reference=complaint.external_id if len(complaint.external_id) <= _LONGEST_REFERENCE else None,
    )


def said_of(complaint: Complaint) -> str | None:
    """What the person said, in a few words; None where nothing was kept."""
    said = next((one.strip() for one in (complaint.summary, complaint.subject, complaint.description) if one), "")
    return shorten(said, _SAID) or None


def day_of(moment: datetime) -> str:
    """'3 november', with the year once that is not clear by itself."""
    recent = clock.now() - moment < _YEAR_IS_CLEAR
    return formats.date_month(moment) if recent else formats.date_plain(moment)


def _subject(tellings: Sequence[Telling]) -> str:
    if any(one.improvement.status == "done" for one in tellings):
        return _("You told us something. This is what we did with it.")
    return _("You told us something. This is our answer.")


def _why(blocks: Sequence[Block]) -> str:
    numbers = list(dict.fromkeys(block.reference for block in blocks if block.reference))
    if len(numbers) > 1:
        return _("This e-mail is about your complaints %(numbers)s. You can reply to it.", numbers=", ".join(numbers))
    if numbers:
        return _("This e-mail is about your complaint %(number)s. You can reply to it.", number=numbers[0])
    return _("This e-mail is about your complaint. You can reply to it.")


TOLD_YOU_SO = MailKind(telling_queries.KIND, "news", _may_send, _content, timedelta(days=14), in_window=True)
