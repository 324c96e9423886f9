"""What asks for a person now, worst first, as far as the signed-in member may do something about it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from feedbackloop.checkins import words as call_words
from feedbackloop.core import access, formats
from feedbackloop.listening.queries import Pattern
from feedbackloop.overview import day, queries
from feedbackloop.overview.queries import Standing

_NAMED = 2


@dataclass(frozen=True)
class Todo:
    """One line: how many, what, where to act, and the detail that says which first."""

    number: int
    words: str
    href: str
    small: str | None = None
    tone: str = ""


def todos(now: Standing, rising: list[Pattern]) -> list[Todo]:
    """Only lines that lead somewhere for this role, and only what is not zero."""
    found = [
        *_recovery(now),
        *_calls(now),
        *_steps(now),
        *_replies(now),
        *_mail(now),
        *_reviews(now),
        *_patterns(rising),
        *_improvements(now),
        *_ambassadors(now),
    ]
    return [one for one in found if one.href]


def _recovery(now: Standing) -> list[Todo]:
    lines = []
    if now.overdue and access.may_open("recovery_staff.listing"):
        words = ngettext("Recovery case past its date", "Recovery cases past their date", now.overdue)
        lines.append(Todo(now.overdue, words, _to("recovery_staff.listing", status="overdue"), _first_case(), "bad"))
    if now.due_today and access.may_open("recovery_staff.listing"):
        words = ngettext("Recovery case due today", "Recovery cases due today", now.due_today)
        small = None if now.overdue else _first_case()
        lines.append(Todo(now.due_today, words, _to("recovery_staff.listing", status="due_today"), small))
    if now.escalated and access.may_open("recovery_staff.decide_spending"):
        words = ngettext("Recovery case that came back", "Recovery cases that came back", now.escalated)
        lines.append(Todo(now.escalated, words, _to("recovery_staff.listing", status="open", escalated="1")))
    if now.spendings_asked and access.may_open("recovery_staff.decide_spending"):
        words = ngettext(
            "Request to spend that waits for a second person",
            "Requests to spend that wait for a second person",
            now.spendings_asked,
        )
        lines.append(Todo(now.spendings_asked, words, _to("recovery_staff.discretion_listing", status="asked")))
    return lines


def _first_case() -> str | None:
    case = queries.most_urgent_case(day.today().ends_at)
    if case is None:
        return None
    return _(
        "%(case)s, by %(moment)s, %(owner)s",
        case=case.complaint.external_id,
        moment=formats.datetime_short(case.due_at),
        owner=case.owner_name,
    )


def _calls(now: Standing) -> list[Todo]:
    if not now.calls_due or not access.may_open("calls_staff.listing"):
        return []
    words = ngettext("Customer to call now", "Customers to call now", now.calls_due)
    first = queries.most_urgent_call(day.today().now)
    small, tone = None, ""
    if first is not None:
        why = call_words.CALL_WHY[first.why]
        small = _("first %(case)s: %(why)s", case=first.complaint.external_id, why=why)
        tone = "bad" if first.why == "crisis" else ""
    return [Todo(now.calls_due, words, _to("calls_staff.listing", status="due"), small, tone)]


def _steps(now: Standing) -> list[Todo]:
    if not now.steps_to_read or not access.may_open("complaints_staff.case"):
        return []
    words = ngettext(
        "Answer to a step that is not fine, or another idea",
        "Answers to steps that are not fine, or other ideas",
        now.steps_to_read,
    )
    href = access.link("complaints_staff.case", complaint_id=now.step_case, _anchor="step") or ""
    return [Todo(now.steps_to_read, words, href)]


def _replies(now: Standing) -> list[Todo]:
    if not now.replies_to_read:
        return []
    words = ngettext(
        "Reply by e-mail that nobody has read", "Replies by e-mail that nobody has read", now.replies_to_read
    )
    return [Todo(now.replies_to_read, words, _to("incoming_staff.listing"))]


def _mail(now: Standing) -> list[Todo]:
    if not now.mails_stuck or not access.may_open("mailing_staff.listing"):
        return []
    by_status = queries.stuck_mails()
    parts = [
        ngettext("%(num)s uncertain", "%(num)s uncertain", by_status["uncertain"])
        if by_status.get("uncertain")
        else "",
        ngettext("%(num)s parked", "%(num)s parked", by_status["parked"]) if by_status.get("parked") else "",
    ]
    words = ngettext("E-mail that waits for a person", "E-mails that wait for a person", now.mails_stuck)
    return [Todo(now.mails_stuck, words, _to("mailing_staff.listing", status="stuck"), ", ".join(filter(None, parts)))]


def _reviews(now: Standing) -> list[Todo]:
    if not now.reviews_to_read or not access.may_open("reviews_staff.listing"):
        return []
    words = ngettext("Review that somebody must read", "Reviews that somebody must read", now.reviews_to_read)
    oldest = _("the oldest is of %(day)s", day=formats.date_day(queries.oldest_unread_review()))
    return [Todo(now.reviews_to_read, words, _to("reviews_staff.listing", status="pending"), oldest)]


def _patterns(rising: list[Pattern]) -> list[Todo]:
    if not rising or not access.may_open("listening_staff.patterns"):
        return []
    words = ngettext(
        "Pattern with more complaints than before", "Patterns with more complaints than before", len(rising)
    )
    named = [
        _("‘%(name)s’ from %(before)s to %(now)s", name=one.root_cause or one.category, before=one.before, now=one.now)
        for one in rising[:_NAMED]
    ]
    return [Todo(len(rising), words, _to("listening_staff.patterns"), ", ".join(named), "warn")]


def _improvements(now: Standing) -> list[Todo]:
    lines = []
    if now.not_it and access.may_open("improvements_staff.look_at_telling"):
        words = ngettext("Answer ‘this is not it’ to look at", "Answers ‘this is not it’ to look at", now.not_it)
        lines.append(Todo(now.not_it, words, _to("improvements_staff.tellings", look="waiting")))
    if now.improvements_asked and access.may_open("improvements_staff.overrule"):
        words = ngettext(
            "Improvement that waits for a second person",
            "Improvements that wait for a second person",
            now.improvements_asked,
        )
        lines.append(Todo(now.improvements_asked, words, _to("improvements_staff.listing", visible="asked")))
    if now.improvements_late:
        words = ngettext(
            "Improvement past its target date", "Improvements past their target date", now.improvements_late
        )
        lines.append(Todo(now.improvements_late, words, _to("improvements_staff.listing", status="running")))
    return lines


def _ambassadors(now: Standing) -> list[Todo]:
    if not now.steps_due:
        return []
    words = ngettext("Next step with an ambassador is due", "Next steps with ambassadors are due", now.steps_due)
    return [Todo(now.steps_due, words, _to("ambassadors_staff.board"))]


def _to(endpoint: str, **values: str) -> str:
    return access.link(endpoint, **values) or ""
