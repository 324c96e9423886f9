"""A short reply below a complaint that everybody can read: written here, placed by hand, marked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from feedbackloop.checkins import queries as checkins
from feedbackloop.complaints import queries as complaints
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock, history
from feedbackloop.core.errors import Conflict, NotFound
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.mailing.models import Outbox
from feedbackloop.recovery import disclosure, rules
from feedbackloop.recovery.disclosure import Disclosed, Known
from feedbackloop.recovery.models import PublicReply, RecoveryCase
from feedbackloop.staff import queries as accounts

BODY_LIMIT, URL_LIMIT = 600, 500
_LOOKED_BACK = timedelta(days=90)
_MOST_WAITING = 50


class DisclosureFound(Conflict):
    """The reply tells whose complaint it answers; it is neither kept nor marked as placed."""

    def __init__(self, found: Sequence[Disclosed]) -> None:
        super().__init__("The reply tells whose complaint it answers.", code="disclosure")
        self.findings = tuple(found)


@dataclass(frozen=True)
class Draft:
    """What is to be kept. `version` is the one that its writer saw: 0 where there was none."""

    body: str
    locale: str
    situation: str | None
    version: int


def check(text: str, complaint: Complaint) -> list[Disclosed]:
    """What in the text could tell whose complaint it is."""
    return disclosure.disclosures(text, known_of(complaint))


def known_of(complaint: Complaint) -> Known:
    """What must not stand in a reply to this complaint."""
    customer = complaint.customer
    told = checkins.for_complaints([complaint.id]).get(complaint.id, [])
    comments = [(one["answer"] or {}).get("comment") for one in told]
    owners = db.session.scalars(
        select(RecoveryCase.owner_name).where(RecoveryCase.complaint_id == complaint.id).distinct()
    )
    return Known(
        names=[customer.name] if customer and customer.name else [],
        colleagues=[name for name in {complaint.handler_name, *owners, *_colleagues()} if name],
        numbers=[complaint.external_id],
        texts=[one for one in (complaint.subject, complaint.summary, complaint.description, *comments) if one],
        organisation=settings().organisation,
    )


def _colleagues() -> list[str]:
    return [one.name for one in accounts.accounts() if one.disabled_at is None and not _is_a_role(one.name)]


def _is_a_role(name: str) -> bool:
    """An account that is called after its work has nobody's name."""
    return len(name.split()) < 2


def save(complaint_id: int, draft: Draft, actor: str) -> PublicReply:
    """Keeps a draft. Raises NotFound, DisclosureFound, and Conflict where it is placed already or was changed."""
    complaint = _held(complaint_id)
    reply = of_complaint(complaint_id)
    if (reply.version if reply else 0) != draft.version or (reply is not None and reply.status != "draft"):
        raise Conflict
    found = check(draft.body, complaint)
    if found:
        raise DisclosureFound(found)
    now = clock.now()
    if reply is None:
        reply = PublicReply(complaint_id=complaint_id, status="draft", version=0, created_at=now)
        db.session.add(reply)
    what = "changed" if reply.version else "written"
    reply.body, reply.locale, reply.situation = draft.body, draft.locale, draft.situation
    reply.version, reply.updated_at = reply.version + 1, now
    db.session.flush()
    history.record(Change(actor, "public_reply", reply.id, what, complaint_id, None, "draft"))
    return reply


def place(reply_id: int, version: int, url: str, at: datetime, staff_id: int, actor: str) -> PublicReply:
    """Marks that a colleague placed it, where and when. What the check finds by now stops it: DisclosureFound.

    Raises NotFound, and Conflict where it was changed meanwhile or is placed already.
    """
    reply = _held_reply(reply_id, version, "draft")
    found = check(reply.body or "", reply.complaint)
    if found or not reply.body:
        raise DisclosureFound(found)
    reply.status, reply.placed_at, reply.placed_by, reply.placed_url = "placed", at, staff_id, url
    reply.version, reply.updated_at = reply.version + 1, clock.now()
    history.record(Change(actor, "public_reply", reply.id, "placed", reply.complaint_id, "draft", "placed"))
    return reply


def take_back(reply_id: int, version: int, actor: str) -> PublicReply:
    """It does not stand there any more: a draft again. Raises NotFound and Conflict."""
    reply = _held_reply(reply_id, version, "placed")
    reply.status, reply.placed_at, reply.placed_by, reply.placed_url = "draft", None, None, None
    reply.version, reply.updated_at = reply.version + 1, clock.now()
    history.record(Change(actor, "public_reply", reply.id, "taken_back", reply.complaint_id, "placed", "draft"))
    return reply


def of_complaint(complaint_id: int) -> PublicReply | None:
    return db.session.scalar(_with_story().where(PublicReply.complaint_id == complaint_id))


def by_id(reply_id: int) -> PublicReply | None:
    return db.session.scalar(_with_story().where(PublicReply.id == reply_id))


def listed(status: str, after: int | None, limit: int) -> list[PublicReply]:
    """Replies of a status, the newest first."""
    wanted = _with_story().where(PublicReply.status == status)
    if after is not None:
        wanted = wanted.where(PublicReply.id < after)
    return list(db.session.scalars(wanted.order_by(PublicReply.id.desc()).limit(limit)))


def unanswered() -> list[Complaint]:
    """Complaints of the last months that were made in public and have no reply here, the newest first."""
    answered = select(PublicReply.id).where(PublicReply.complaint_id == Complaint.id)
    wanted = (
        select(Complaint)
        .where(
            Complaint.opened_at >= clock.now() - _LOOKED_BACK,
            func.lower(Complaint.channel).in_(sorted(rules.PUBLIC_CHANNELS)),
            ~answered.exists(),
        )
        .options(joinedload(Complaint.customer))
        .order_by(Complaint.opened_at.desc(), Complaint.id.desc())
        .limit(_MOST_WAITING)
    )
    return list(db.session.scalars(wanted))


def last_message_to(complaint: Complaint) -> datetime | None:
    """When this person was last sent a mail about this complaint; None where nothing of ours reached a server."""
    wanted = select(func.max(Outbox.sent_at)).where(
        Outbox.complaint_id == complaint.id, Outbox.customer_id.is_not(None), Outbox.status == "sent"
    )
    return db.session.scalar(wanted)


def _with_story() -> Select[PublicReply]:
    return select(PublicReply).options(joinedload(PublicReply.complaint).joinedload(Complaint.customer))


def _held(complaint_id: int) -> Complaint:
    complaint = next(iter(complaints.lock([complaint_id])), None)
    if complaint is None:
        raise NotFound
    return complaint


def _held_reply(reply_id: int, version: int, status: str) -> PublicReply:
    complaint_id = db.session.scalar(select(PublicReply.complaint_id).where(PublicReply.id == reply_id))
    if complaint_id is None:
        raise NotFound
    _held(complaint_id)
    reply = by_id(reply_id)
    if reply is None or reply.version != version or reply.status != status:
        raise Conflict
    return reply
