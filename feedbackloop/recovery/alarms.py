"""Cases that are past their date: their owner and quality hear of it, once for each time that a case is opened."""

from __future__ import annotations

from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.service import NewMail
from feedbackloop.recovery import queries
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.recovery.service import OVERDUE, OVERDUE_FOR_QUALITY
from feedbackloop.setting_types import Mailbox

BATCH = 200


def alarm(limit: int = BATCH) -> int:
    """Alarms about cases that became late; how many, at most `limit`. Who is both owner and quality gets one mail."""
    now, late = clock.now(), queries.hold_late(clock.now(), limit)
    quality = queries.quality()
    mails: list[NewMail] = []
    for case in late:
        case.alarmed_at = now
        mails += _mails(case, quality)
    history.record_many(
        Change("system", "recovery_case", case.id, "overdue", case.complaint_id, case.status, case.status)
        for case in late
    )
    mailing.plan_mails(mails)
    return len(late)


def _mails(case: RecoveryCase, quality: Mailbox | None) -> list[NewMail]:
    owner = Mailbox(case.owner_name, case.owner_email)
    wanted = [(OVERDUE, owner)]
    if quality is not None and quality.address.lower() != owner.address.lower():
        wanted.append((OVERDUE_FOR_QUALITY, quality))
    now = clock.now()
    return [NewMail(kind, case.id, now, case.openings, case.complaint_id, to=to) for kind, to in wanted]
