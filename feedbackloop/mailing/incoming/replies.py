"""What people write back: attached to their complaint, and told to who handles it."""

from __future__ import annotations

from datetime import timedelta

from feedbackloop.core import clock, events, history
from feedbackloop.core.errors import NotFound
from feedbackloop.core.history import Change
from feedbackloop.core.keys import address_key
from feedbackloop.mailing.incoming import queries, rules
from feedbackloop.mailing.incoming.classify import Words
from feedbackloop.mailing.incoming.events import RepliesReceived
from feedbackloop.mailing.incoming.models import Received, Reply
from feedbackloop.people.models import Customer

CUSTOMER, COLLEAGUE, ELSE = "customer", "colleague", "other"
# Whoever writes without answering a mail is known by their address for as long as they may still think of ours.
_REMEMBERS = timedelta(days=90)
# A person who writes more often within a day is read on the page; their handler's mailbox is left alone.
TOLD_A_DAY = 5


def take(row: Received, words: Words, mail_id: int | None) -> None:
    """Keeps what a person wrote, on the complaint of the mail that it answers, or of the person who sent it."""
    mail = next(iter(queries.mails([mail_id])), None) if mail_id is not None else None
    sender = queries.customer_of(words.sender_address) if words.sender_address else None
    reason = "answers_mail"
    if mail is None and sender is not None:
        newest = queries.latest_mail_to(sender.id, clock.now() - _REMEMBERS)
        mail = next(iter(queries.mails([newest])), None) if newest is not None else None
        reason = "known_sender"
    complaint_id = mail.complaint_id if mail is not None else None
    customer_id = mail.customer_id if mail is not None else sender.id if sender is not None else None
    if complaint_id is None and customer_id is not None:
        complaint_id = queries.latest_complaint_of(customer_id)
    row.mail_id, row.complaint_id = mail.id if mail is not None else None, complaint_id
    by_colleague = mail is not None and mail.customer_id is None
    whose = queries.customer_of_complaint(complaint_id) if complaint_id is not None else customer_id
    row.customer_id = whose
    reply = _keep(row, words, _writer(words, whose, by_colleague))
    if complaint_id is None:
        row.kind = rules.REPLY if mail is not None or sender is not None else rules.OTHER
        row.verdict, row.reason = rules.NOTHING, "no_case"
        return
    row.verdict, row.reason = rules.ATTACHED, reason
    _tell(reply, complaint_id)


def mark_read(reply_id: int, actor: str) -> Reply:
    """Somebody read it. Saying so twice changes nothing. Raises NotFound."""
    reply = queries.lock_reply(reply_id)
    if reply is None:
        raise NotFound
    if reply.read_at is None:
        reply.read_at, reply.read_by = clock.now(), actor
        _record(actor, reply, "read")
    return reply


def attach(reply_id: int, complaint_id: int, actor: str) -> Reply:
    """Puts a reply without a case on this complaint. Raises NotFound where either is unknown, or it has a case."""
    reply = queries.lock_reply(reply_id)
    if reply is None or reply.complaint_id is not None or not queries.complaint_exists(complaint_id):
        raise NotFound
    reply.complaint_id = complaint_id
    reply.customer_id = queries.customer_of_complaint(complaint_id)
    received = queries.received(reply.received_id)
    received.complaint_id, received.customer_id = complaint_id, reply.customer_id
    received.kind, received.verdict, received.reason = rules.REPLY, rules.ATTACHED, "by_staff"
    _record(actor, reply, "attached")
    events.emit(RepliesReceived((reply.id,), (complaint_id,)))
    return reply


def _writer(words: Words, customer_id: int | None, by_colleague: bool) -> str:
    customer = queries.customer(customer_id) if customer_id is not None else None
    if customer is not None and rules.same_person(words.sender_address, customer.email):
        return CUSTOMER
    return COLLEAGUE if by_colleague else ELSE


def _keep(row: Received, words: Words, written_by: str) -> Reply:
    erased = _is_erased(row.customer_id)
    return queries.add_reply(
        Reply(
            received_id=row.id,
            complaint_id=row.complaint_id,
            customer_id=row.customer_id,
            mail_id=row.mail_id,
            written_by=written_by,
            sender_name=None if erased else words.sender_name,
            sender_address=None if erased else words.sender_address,
            sender_key=address_key(words.sender_address) if words.sender_address and not erased else None,
            subject=None if erased else words.subject,
            text=None if erased else words.text,
            quote_cut=words.quote_cut,
            shortened=words.shortened,
            attachments=None if erased else list(words.attachments),
            received_at=row.received_at,
        )
    )


def _is_erased(customer_id: int | None) -> bool:
    customer: Customer | None = queries.customer(customer_id) if customer_id is not None else None
    return customer is not None and customer.erased_at is not None


def _tell(reply: Reply, complaint_id: int) -> None:
    _record("system", reply, "received")
    # A colleague knows what they wrote; and a mail about a mail to the same person could go round for ever.
    if reply.written_by == COLLEAGUE or reply.text is None:
        return
    if queries.replies_since(complaint_id, clock.now() - timedelta(days=1)) <= TOLD_A_DAY:
        events.emit(RepliesReceived((reply.id,), (complaint_id,)))


def _record(actor: str, reply: Reply, what: str) -> None:
    by = f"customer:{reply.customer_id}" if what == "received" and reply.written_by == CUSTOMER else actor
    history.record(Change(by, "reply", reply.id, what, complaint_id=reply.complaint_id, to_state=reply.written_by))
