"""What the mails of check-ins say: the question, the one reminder of it, and the second question to who could not say.

Each may be about several complaints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from flask_babel import gettext as _

from feedbackloop.checkins import again_queries, queries, rules, story
from feedbackloop.checkins.again_queries import Waiting
from feedbackloop.checkins.moves import AGAIN, QUESTION, REMINDER
from feedbackloop.checkins.queries import Case
from feedbackloop.config import settings
from feedbackloop.core import clock, formats, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.mailing.kinds import Known, MailKind, Row, Sharing

SENSIBLE_FOR = timedelta(days=14)


@dataclass
class Block:
    """One complaint of a mail: what was told, done and promised, and where to answer. Missing words are None.

    `did` is all that was done, `done` that without the apology. `heading` tells the complaints of one mail apart.
    """

    heading: str
    day: str
    said: str | None
    did: str | None
    done: str | None
    promised: str | None
    closed: str | None
    locale: str | None
    answer_url: str


def _may_send(reminder: bool, rows: Sequence[Row], _now: datetime, known: Known) -> Mapping[int, Decision]:
    """Decides again just before sending: is it still resolved, and unanswered? Opt-outs are the post office's own."""
    decided: dict[int, Decision] = {}
    for row in rows:
        case = known.get(row.subject_id)
        decision = no("not_found") if case is None else rules.may_send(_standing(case), reminder)
        if not decision:
            decided[row.id] = decision
    return decided


def _may_ask_again(rows: Sequence[Row], now: datetime, known: Known) -> Mapping[int, Decision]:
    """Decides again just before sending: do they still not know, and does their link still take an answer?"""
    life = settings().scaled(settings().link_life)
    decided: dict[int, Decision] = {}
    for row in rows:
        one: Waiting | None = known.get(row.subject_id)
        decision = no("not_found")
        if one is not None:
            ends_at = rules.link_ends_at(one.sent_at, one.due_at, life)
            decision = rules.may_ask_again(_standing(one.case), one.said, now, ends_at)
        if not decision:
            decided[row.id] = decision
    return decided


def _standing(case: Case) -> rules.Standing:
    return rules.Standing(
        status=case.status,
        complaint_status=case.complaint_status,
        current=case.complaint_cycle == case.cycle,
        has_address=case.has_address,
        erased=case.erased,
        crisis=case.crisis,
    )


def _content(rows: Sequence[Row], known: Known) -> Mapping[int, Mapping[str, Any]]:
    """The context of both templates, by outbox id."""
    writer = _Writer()
    return {row.id: writer.mail([known[one] for one in (row.subject_id, *row.along)]) for row in rows}


def _content_again(rows: Sequence[Row], known: Known) -> Mapping[int, Mapping[str, Any]]:
    writer = _Writer()
    return {row.id: writer.mail([known[one].case for one in (row.subject_id, *row.along)]) for row in rows}


class _Writer:
    """Writes the mails of one batch in one language: a sentence or a date that many of them share is made once."""

    def __init__(self) -> None:
        self._now = clock.now()
        self._zone = settings().timezone
        self._days: dict[tuple[date, bool], tuple[str, str]] = {}
        self._handlers: dict[str | None, tuple[str, str]] = {}
        self._languages: dict[str | None, str | None] = {}
        self._why = _("This e-mail is about your complaint %(number)s. You can reply to it.")
        self._heading = _("Complaint %(place)s of %(many)s")
        self._heading_with_number = _("Complaint %(place)s of %(many)s (%(number)s)")

    def mail(self, cases: Sequence[Case]) -> dict[str, Any]:
        first, many = cases[0], len(cases)
        handlers = {case.handler_name for case in cases} if many > 1 else {first.handler_name}
        return {
            "blocks": tuple([self._block(case, place, many) for place, case in enumerate(cases, 1)]),
            "many": str(many) if many > 1 else None,
            "day_in_subject": self._day(first.opened_at)[1],
            "who_goes_on": self._handler(handlers.pop() if len(handlers) == 1 else None)[1],
            "why": self._about(story.reference(first)) if many == 1 else _about_several(),
        }

    def _block(self, case: Case, place: int, many: int) -> Block:
        did = done = story.short(story.text(case.resolution))
        if case.apology_given:
            apology = self._handler(case.handler_name)[0]
            did = f"{done} {apology}" if done else apology
        return Block(
            heading=self._place(story.reference(case), place, many) if many > 1 else "",
            day=self._day(case.opened_at)[0],
            said=story.short(story.said(case)),
            did=did,
            done=done,
            promised=story.short(story.text(case.prevention)),
            closed=formats.date_day(case.resolved_at) if did is None and case.resolved_at else None,
            locale=self._language(case.locale),
            answer_url=links.signed("checkins.form", "check-in", case.id),
        )

    def _day(self, told_at: datetime) -> tuple[str, str]:
        """The day as the text names it, and as the subject does; with its year where that is not clear."""
        day, recent = told_at.astimezone(self._zone).date(), story.is_recent(told_at, self._now)
        if (day, recent) not in self._days:
            names = (formats.date_day, formats.date_month) if recent else (formats.date_long, formats.date_plain)
            self._days[day, recent] = names[0](day), names[1](day)
        return self._days[day, recent]

    def _handler(self, name: str | None) -> tuple[str, str]:
        """Who offered apologies, and who goes on after a 'no'."""
        if name not in self._handlers:
            self._handlers[name] = _of_handler(name)
        return self._handlers[name]

    def _language(self, locale: str | None) -> str | None:
        if locale not in self._languages:
            self._languages[locale] = story.language(locale)
        return self._languages[locale]

    def _about(self, reference: str | None) -> str:
        return self._why % {"number": reference} if reference else why(None)

    def _place(self, reference: str | None, place: int, many: int) -> str:
        heading = self._heading_with_number if reference else self._heading
        return heading % {"place": place, "many": many, "number": reference}


def _of_handler(name: str | None) -> tuple[str, str]:
    if name:
        return (
            _("%(name)s offered you our apologies.", name=name),
            _("Is your answer no? Then %(name)s will look further with you.", name=name),
        )
    return _("We offered you our apologies."), _("Is your answer no? Then we will look further with you.")


def why(reference: str | None) -> str:
    """Why a person gets a mail about a complaint, and that a reply arrives."""
    if reference:
        return _("This e-mail is about your complaint %(number)s. You can reply to it.", number=reference)
    return _("This e-mail is about your complaint. You can reply to it.")


def _about_several() -> str:
    return _("This e-mail is about your complaints. You can reply to it.")


def _cap() -> timedelta | None:
    return settings().frequency_cap


def _last_moment(case: Case | None) -> datetime | None:
    """Nobody is asked about what was resolved too long ago."""
    return case.resolved_at + settings().check_in_max_age if case and case.resolved_at else None


def _kind(name: str, *, reminder: bool, sharing: Sharing) -> MailKind:
    may_send = partial(_may_send, reminder)
    return MailKind(name, "check_in", may_send, _content, SENSIBLE_FOR, read=queries.for_mail, sharing=sharing)


CHECK_IN = _kind(QUESTION, reminder=False, sharing=Sharing(_cap, last_moment=_last_moment))
# Reminders of one mail come up together and go as one; nobody waits a month for a reminder.
CHECK_IN_REMINDER = _kind(REMINDER, reminder=True, sharing=Sharing(_cap, capped=False))
# What was put off on one day comes up on one day, and goes as one; nobody waits longer for it than they were told.
CHECK_IN_AGAIN = MailKind(
    AGAIN,
    "check_in",
    _may_ask_again,
    _content_again,
    SENSIBLE_FOR,
    read=again_queries.for_mail,
    sharing=Sharing(_cap, capped=False),
)
