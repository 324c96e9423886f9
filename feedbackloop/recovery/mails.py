"""What the mails of recovery say: to the person, and to who takes care of the case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.checkins import queries as checkins
from feedbackloop.checkins import story
from feedbackloop.checkins.mails import why
from feedbackloop.checkins.models import Answer
from feedbackloop.config import settings
from feedbackloop.core import formats, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.mailing.kinds import MailKind, Row
from feedbackloop.recovery import queries, rounds, rules, words
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.recovery.service import (
    FOR_HANDLER,
    FOR_QUALITY,
    OVERDUE,
    OVERDUE_FOR_QUALITY,
    RECEIPT,
    SOLVED,
    WORDS_SETTLE,
)
from feedbackloop.staff import queries as staff


def _may_mail_open(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    cases = queries.by_ids([row.subject_id for row in rows])
    return {
        row.id: rules.may_mail_open(cases[row.subject_id].status) if row.subject_id in cases else no("not_found")
        for row in rows
    }


def _may_mail_solved(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    cases = queries.by_ids([row.subject_id for row in rows])
    return {
        row.id: rules.may_mail_solved(cases[row.subject_id].status, cases[row.subject_id].outcome)
        if row.subject_id in cases
        else no("not_found")
        for row in rows
    }


def _may_mail_overdue(rows: Sequence[Row], now: datetime) -> Mapping[int, Decision]:
    cases = queries.by_ids([row.subject_id for row in rows])
    return {
        row.id: rules.may_mail_overdue(cases[row.subject_id].status, cases[row.subject_id].due_at, now)
        if row.subject_id in cases
        else no("not_found")
        for row in rows
    }


def _receipt(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    cases, answers = _cases(rows)
    found = {}
    for row in rows:
        case = cases[row.subject_id]
        told = story.of(case.complaint)
        found[row.id] = {
            "story": told,
            "day_in_subject": formats.date_month(told.told_at) if told.recent else formats.date_plain(told.told_at),
            "owner": case.owner_name or settings().organisation,
            "due_at": case.due_at,
            "why": why(told.reference),
            "reopened": case.complaint.status != "resolved",
            "change_url": links.signed("checkins.form", "check-in", case.check_in_id),
            **_said(answers[case.check_in_id]),
        }
    return found


def _for_owner(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    cases, answers = _cases(rows)
    found = {}
    for row in rows:
        case, answer = cases[row.subject_id], answers[cases[row.subject_id].check_in_id]
        told, customer = story.of(case.complaint), case.complaint.customer
        found[row.id] = {
            "story": told,
            "number": case.complaint.external_id,
            "customer_name": customer.name if customer else None,
            "due_at": case.due_at,
            "added": row.due_at - case.opened_at >= WORDS_SETTLE,
            "reopened": case.complaint.status != "resolved",
            "pressing": words.priority_sentence(case.priority, case.priority_reasons or ()),
            "url": _address(case),
            **_said(answer),
        }
    return found


def _for_quality(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    cases, answers = _cases(rows)
    found = {}
    for row in rows:
        case = cases[row.subject_id]
        told = story.of(case.complaint)
        found[row.id] = {
            "story": told,
            "number": case.complaint.external_id,
            "customer_name": case.complaint.customer.name if case.complaint.customer else None,
            "why": words.escalation(case.escalation),
            "owner_before": case.owner_before,
            "rounds": rounds.of(case.complaint),
            "due_at": case.due_at,
            "url": _address(case),
            "call_me": answers[case.check_in_id].call_me,
        }
    return found


def _overdue(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    cases, answers = _cases(rows)
    found = {}
    for row in rows:
        case = cases[row.subject_id]
        customer = case.complaint.customer
        found[row.id] = {
            "number": case.complaint.external_id,
            "story": story.of(case.complaint),
            "customer_name": customer.name if customer else None,
            "owner": case.owner_name or case.owner_email,
            "due_at": case.due_at,
            "pressing": words.priority_sentence(case.priority, case.priority_reasons or ()),
            "url": _address(case, row.kind == OVERDUE),
            **_said(answers[case.check_in_id]),
        }
    return found


def _said(answer: Answer) -> dict[str, Any]:
    return {
        "satisfied": rounds.answer_words(answer.satisfied),
        "reasons": rounds.reason_words(answer.codes),
        "comment": answer.comment,
        "rating": answer.rating,
        "call_me": answer.call_me,
        "meet": answer.meet,
    }


def _cases(rows: Sequence[Row]) -> tuple[dict[int, RecoveryCase], dict[int, Answer]]:
    cases = queries.by_ids([row.subject_id for row in rows])
    return cases, checkins.latest_answers([case.check_in_id for case in cases.values()])


def _address(case: RecoveryCase, to_owner: bool = True) -> str:
    """Where a case is worked on: the staff page, and for an owner without an account the link to this one case."""
    if not to_owner:
        return links.public("recovery_staff.case", case_id=case.id)
    account = staff.by_email(case.owner_email)
    if account is not None and rules.may_open(
        account.role, account.disabled_at is None, account.sample, settings().local_mail
    ):
        return links.public("recovery_staff.case", case_id=case.id)
    return links.signed("recovery.case", "case", case.id)


ANSWER_RECEIPT = MailKind(RECEIPT, None, _may_mail_open, _receipt, timedelta(days=3), in_window=False)
CASE_FOR_HANDLER = MailKind(FOR_HANDLER, None, _may_mail_open, _for_owner, timedelta(days=14), in_window=False)
SOLVED_FOR_HANDLER = MailKind(SOLVED, None, _may_mail_solved, _for_owner, timedelta(days=14), in_window=False)
CASE_FOR_QUALITY = MailKind(FOR_QUALITY, None, _may_mail_open, _for_quality, timedelta(days=14), in_window=False)
CASE_OVERDUE = MailKind(OVERDUE, None, _may_mail_overdue, _overdue, timedelta(days=7), in_window=False)
CASE_OVERDUE_FOR_QUALITY = MailKind(
    OVERDUE_FOR_QUALITY, None, _may_mail_overdue, _overdue, timedelta(days=7), in_window=False
)
