"""What a person writes back reaches who handles their complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedbackloop.complaints import queries as complaints
from feedbackloop.config import settings
from feedbackloop.core import clock, links
from feedbackloop.core.decisions import Decision, no
from feedbackloop.core.text import shorten
from feedbackloop.mailing import service as mailing
from feedbackloop.mailing.incoming import queries as incoming
from feedbackloop.mailing.incoming.events import RepliesReceived
from feedbackloop.mailing.incoming.models import Reply
from feedbackloop.mailing.kinds import MailKind, Row
from feedbackloop.mailing.service import NewMail
from feedbackloop.recovery import queries, rules
from feedbackloop.staff import queries as staff

FOR_HANDLER = "reply_for_handler"
_LONGEST = 2000


def tell_handlers(event: RepliesReceived) -> None:
    """Mails each reply to the handler of its complaint, once."""
    now, found = clock.now(), complaints.by_ids(event.complaint_ids)
    mailing.plan_mails(
        [
            NewMail(FOR_HANDLER, reply_id, now, complaint_id=complaint_id, to=queries.owner_of(found[complaint_id]))
            for reply_id, complaint_id in zip(event.reply_ids, event.complaint_ids, strict=True)
            if complaint_id in found
        ]
    )


def by_id(reply_id: int) -> Reply | None:
    """The reply with its words; None where it is unknown, has no case, or its words were erased."""
    reply = incoming.replies([reply_id]).get(reply_id)
    return reply if reply is not None and reply.complaint_id is not None and reply.text is not None else None


def _may_send(rows: Sequence[Row], _now: datetime) -> Mapping[int, Decision]:
    found = incoming.replies([row.subject_id for row in rows])
    refused: dict[int, Decision] = {}
    for row in rows:
        reply = found.get(row.subject_id)
        if reply is None or reply.text is None:
            refused[row.id] = no("erased" if reply else "not_found")
        elif reply.read_at is not None:
            refused[row.id] = no("read_before")
    return refused


def _content(rows: Sequence[Row]) -> Mapping[int, Mapping[str, Any]]:
    found = incoming.replies([row.subject_id for row in rows])
    cases = complaints.by_ids([row.complaint_id for row in rows if row.complaint_id is not None])
    made = {}
    for row in rows:
        reply, complaint = found[row.subject_id], cases[row.complaint_id or 0]
        customer, text = complaint.customer, reply.text or ""
        made[row.id] = {
            "number": complaint.external_id,
            "customer_name": customer.name if customer else None,
            "by_customer": reply.written_by == "customer",
            "sender": reply.sender_address,
            "answer_to": customer.email if customer and reply.written_by == "customer" else reply.sender_address,
            "text": text if len(text) <= _LONGEST else shorten(text, _LONGEST),
            "more": reply.shortened or len(text) > _LONGEST,
            "files": list(reply.attachments or []),
            "url": _address(reply, queries.owner_of(complaint).address),
        }
    return made


def _address(reply: Reply, owner: str) -> str:
    """Where the handler reads it: the page of the case with an account, else a link to this one reply."""
    account = staff.by_email(owner)
    if account is not None and rules.may_open(
        account.role, account.disabled_at is None, account.sample, settings().local_mail
    ):
        return links.public("complaints_staff.case", complaint_id=reply.complaint_id)
    return links.signed("recovery.reply", "reply", reply.id)


REPLY_FOR_HANDLER = MailKind(FOR_HANDLER, None, _may_send, _content, timedelta(days=14), in_window=False)
