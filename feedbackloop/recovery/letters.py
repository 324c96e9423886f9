"""What a colleague writes to the person of a case: begun from a text, read and changed by hand, then mailed once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from feedbackloop.checkins import story
from feedbackloop.checkins.mails import why
from feedbackloop.config import settings
from feedbackloop.core import clock, formats, history
from feedbackloop.core.decisions import YES, Decision, no
from feedbackloop.core.errors import Conflict
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.kinds import MailKind, Row
from feedbackloop.mailing.models import Outbox
from feedbackloop.mailing.service import NewMail
from feedbackloop.people.models import Customer
from feedbackloop.recovery import filling, service
from feedbackloop.recovery.models import CaseReply, RecoveryCase

KIND = "case_reply"
BODY_LIMIT = 6000
# What a text leaves for its writer to say.
_STILL_TO_WRITE = re.compile(r"\[[^\[\]\n]{1,200}\]")


def may_write(customer: Customer | None) -> Decision:
    """Whether the person can be mailed at all. Reasons: no_customer, erased, no_address."""
    if customer is None:
        return no("no_customer")
    if customer.erased_at is not None:
        return no("erased")
    return YES if customer.email else no("no_address")


def language_of(case: RecoveryCase) -> str:
    """The language that the person is written to in."""
    customer = case.complaint.customer
    return settings().pick_locale(customer.locale if customer else None)


def begin(text: str, case: RecoveryCase, handler: str) -> str:
    """A text with its holes filled for this case, for the handler to read and to change."""
    complaint, customer = case.complaint, case.complaint.customer
    name = customer.name if customer and customer.name else ""
    told_at = complaint.opened_at
    with force_locale(language_of(case)):
        recent = story.is_recent(told_at, clock.now())
        values = {
            "greeting": _("Dear %(name)s,", name=name) if name else _("Good day,"),
            "name": name,
            "number": complaint.external_id,
            "date": formats.date_month(told_at) if recent else formats.date_plain(told_at),
            "handler": handler,
            "organisation": settings().organisation,
        }
    return filling.fill(text, values)


def still_to_write(body: str) -> list[str]:
    """What nobody has filled in yet: holes, and what stands between [ ] for the writer."""
    left = [f"{{{name}}}" for name in filling.holes(body) if name in filling.MAIL]
    return [*left, *dict.fromkeys(_STILL_TO_WRITE.findall(body))]


@dataclass(frozen=True)
class Letter:
    """What is to be sent. `once` is the form's own mark: sent twice, it is mailed once."""

    once: str
    body: str
    situation: str | None


def send(case_id: int, letter: Letter, staff_id: int, actor: str) -> CaseReply:
    """Keeps the letter with the case and mails it, or keeps why it cannot be mailed.

    Raises NotFound, and Conflict where the person was erased or the mark is another form's.
    """
    case = service.held(case_id)
    sent = db.session.scalar(select(CaseReply).where(CaseReply.once == letter.once))
    if sent is not None:
        if (sent.case_id, sent.staff_id) != (case_id, staff_id):
            raise Conflict
        return sent
    decision = may_write(case.complaint.customer)
    if decision.reason == "erased":
        raise Conflict(code="erased")
    reply = CaseReply(
        once=letter.once,
        case_id=case.id,
        complaint_id=case.complaint_id,
        situation=letter.situation,
        body=letter.body,
        staff_id=staff_id,
        refused=decision.reason,
        created_at=clock.now(),
    )
    db.session.add(reply)
    try:
        db.session.flush()
    except IntegrityError:  # the same mark on a form of another case, ahead by a moment
        raise Conflict from None
    what = "written" if decision else "not_sent"
    history.record(Change(actor, "case_reply", reply.id, what, case.complaint_id, reason=decision.reason))
    if decision:
        to = case.complaint.customer_id
        mailing.plan_mails([NewMail(KIND, reply.id, clock.now(), 1, case.complaint_id, to)])
    return reply


@dataclass(frozen=True)
class Sent:
    """A letter, and how its mail stands: the status and reason of its outbox row, or why there is none."""

    reply: CaseReply
    status: str
    reason: str | None
    sent_at: datetime | None


def of_case(case_id: int) -> list[Sent]:
    """What was written to the person of a case, the oldest first."""
    rows = db.session.execute(
        select(CaseReply, Outbox.status, Outbox.reason, Outbox.sent_at)
        .outerjoin(Outbox, (Outbox.kind == KIND) & (Outbox.subject_id == CaseReply.id))
        .where(CaseReply.case_id == case_id)
        .options(joinedload(CaseReply.staff))
        .order_by(CaseReply.id)
    )
    return [Sent(row[0], row[1] or "suppressed", row[2] or row[0].refused, row[3]) for row in rows]


def _may_send(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    found = _replies(rows)
    refused: dict[int, Decision] = {}
    for row in rows:
        reply = found.get(row.subject_id)
        if reply is None or reply.body is None:
            refused[row.id] = no("erased" if reply else "not_found")
    return refused


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    found = _replies(rows)
    made = {}
    for row in rows:
        reply = found[row.subject_id]
        told = story.of(reply.case.complaint)
        made[row.id] = {
            "day_in_subject": formats.date_month(told.told_at) if told.recent else formats.date_plain(told.told_at),
            "paragraphs": tuple(re.split(r"\n\s*\n", (reply.body or "").strip())),
            "why": why(told.reference),
        }
    return made


def _replies(rows: Sequence[Row]) -> dict[int, CaseReply]:
    wanted = select(CaseReply).where(CaseReply.id.in_([row.subject_id for row in rows]))
    wanted = wanted.options(joinedload(CaseReply.case).joinedload(RecoveryCase.complaint))
    return {one.id: one for one in db.session.scalars(wanted)}


CASE_REPLY = MailKind(KIND, None, _may_send, _content, timedelta(days=3), in_window=False)
