"""The SQL of recording an answer: what it is decided by, held, and the new version."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, exists, select
from sqlalchemy.orm import contains_eager

from feedbackloop.checkins import call_rules
from feedbackloop.checkins.models import Answer, AnswerReason, Attachment, Call, CheckIn
from feedbackloop.checkins.rules import AnswerInput
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import inserts, writes
from feedbackloop.core.db import plain
from feedbackloop.extensions import db
from feedbackloop.people import consents

_REASONS = cast(Table, AnswerReason.__table__)


class Held(NamedTuple):
    """A check-in that is held, with what an answer to it is decided by, read since."""

    check_in: CheckIn
    answer: Answer | None  # that counts now
    is_called: bool  # a call about it is open
    may_quote: bool  # its person allows to be quoted, on this complaint


def lock(check_in_id: int) -> Held | None:
    """The check-in as it stands now, held with its complaint until the transaction ends.

    The complaint first, as whoever resolves or reopens one does: two that want both wait for each other and never both.
    """
    db.session.flush()
    plain(_HOLD_COMPLAINT, id=check_in_id)
    row = db.session.execute(_HOLD, {"id": check_in_id}).first()
    return Held(*row) if row else None


_HOLD_COMPLAINT = (
    select(Complaint.id)
    .where(Complaint.id == select(CheckIn.complaint_id).where(CheckIn.id == bindparam("id")).scalar_subquery())
    .with_for_update(key_share=True)
)
_HOLD = (
    select(
        CheckIn,
        Answer,
        exists().where(Call.check_in_id == CheckIn.id, Call.status == call_rules.OPEN),
        consents.holds(Complaint.customer_id, Complaint.id, "quote"),
    )
    .join(CheckIn.complaint)
    .outerjoin(Complaint.customer)
    .outerjoin(Answer, (Answer.check_in_id == CheckIn.id) & Answer.latest)
    .where(CheckIn.id == bindparam("id"))
    .options(contains_eager(CheckIn.complaint).contains_eager(Complaint.customer))
    .with_for_update(of=CheckIn)
    .execution_options(populate_existing=True)
)


def answers(ids: Sequence[int]) -> list[Answer]:
    """These versions of answers; what this transaction holds loaded is not read again."""
    return [found for found in (db.session.get(Answer, one) for one in ids) if found is not None]


def add_answer(
    check_in_id: int, given: AnswerInput, reopens: bool, before: Answer | None, actor: str, now: datetime
) -> Answer:
    """Keeps a new version with its files, which counts from now on."""
    if before is not None:
        writes.change(before, latest=False)
    answer = Answer(
        check_in_id=check_in_id,
        version=before.version + 1 if before else 1,
        latest=True,
        satisfied=given.satisfied,
        reopens=reopens,
        rating=given.rating,
        recommend=given.recommend,
        comment=given.comment,
        quote_consent=given.quote_consent,
        call_me=given.call_me,
        meet=given.meet,
        locale=given.locale,
        recorded_by=actor,
        answered_at=now,
    )
    writes.add(answer)
    inserts.insert_many(_REASONS, [{"answer_id": answer.id, "code": code} for code in sorted(set(given.reasons))])
    if given.files:
        db.session.add_all(
            Attachment(check_in_id=check_in_id, answer_id=answer.id, created_at=now, **vars(one)) for one in given.files
        )
        db.session.flush()
    return answer
