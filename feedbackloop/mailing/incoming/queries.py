"""All SQL of what came in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, delete, func, or_, select, update

from feedbackloop.core import inserts
from feedbackloop.extensions import db
from feedbackloop.mailing.incoming.models import Received, Reply
from feedbackloop.mailing.incoming.rules import BOUNCE, DELIVERED
from feedbackloop.mailing.models import Outbox, Suppression
from feedbackloop.mailing.queries import chunks
from feedbackloop.people import queries as people
from feedbackloop.people.models import Customer


def complaints_table() -> FromClause:
    """The table of a later station, which is not imported; here only whose they are, and their number, is read."""
    table: FromClause = next(iter(Outbox.__table__.c.complaint_id.foreign_keys)).column.table
    return table


@dataclass(frozen=True)
class Owner:
    """Who a mail went to, as they stand now. `customer_id` is None for a colleague."""

    customer_id: int | None
    address: str | None


def add(row: Mapping[str, Any]) -> Received | None:
    """The new row; None where the same message or event is there already."""
    statement = inserts.insert_into(Received).values(dict(row)).on_conflict_do_nothing(index_elements=["identity"])
    found = db.session.scalar(statement.returning(Received.id))
    return db.session.get(Received, found) if found is not None else None


def by_identity(identity: str) -> Received:
    return db.session.scalars(select(Received).where(Received.identity == identity)).one()


def received(received_id: int) -> Received:
    return db.session.get_one(Received, received_id)


def lock_waiting(received_id: int) -> Received | None:
    """The row while it still waits, held until the transaction ends."""
    statement = select(Received).where(Received.id == received_id, Received.look_again_at.is_not(None))
    return db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))


def waiting(now: datetime, most: int) -> list[int]:
    wanted = select(Received.id).where(Received.look_again_at <= now).order_by(Received.look_again_at, Received.id)
    return list(db.session.scalars(wanted.limit(most)))


def lock_mail(mail_id: int) -> Outbox | None:
    """The mail as it stands now, held until the transaction ends."""
    return db.session.get(Outbox, mail_id, with_for_update=True, populate_existing=True)


def mail_of_uuid(uuids: Sequence[str]) -> int | None:
    """The first of these that is a mail of ours."""
    found = dict(db.session.execute(select(Outbox.uuid, Outbox.id).where(Outbox.uuid.in_(uuids))).tuples().all())
    return next((found[one] for one in uuids if one in found), None)


def mail_exists(mail_id: int) -> bool:
    return db.session.scalar(select(Outbox.id).where(Outbox.id == mail_id)) is not None


def latest_mail_to(customer_id: int, since: datetime) -> int | None:
    """The newest mail that a server took for this person, or may have taken, since then."""
    tried = or_(Outbox.sent_at >= since, (Outbox.attempts > 0) & (Outbox.created_at >= since))
    wanted = select(Outbox.id).where(Outbox.customer_id == customer_id, tried)
    return db.session.scalar(wanted.order_by(Outbox.sent_at.desc().nulls_last(), Outbox.id.desc()).limit(1))


def customer_of(address: str) -> Customer | None:
    return people.by_address(address)


def customer(customer_id: int) -> Customer | None:
    return db.session.get(Customer, customer_id)


def owner(mail: Outbox) -> Owner:
    if mail.customer_id is None:
        return Owner(None, mail.to_address)
    found = db.session.get_one(Customer, mail.customer_id)
    return Owner(found.id, found.email)


def latest_complaint_of(customer_id: int) -> int | None:
    """The complaint that this person was last mailed about; else their newest one."""
    told = select(Outbox.complaint_id).where(Outbox.customer_id == customer_id, Outbox.complaint_id.is_not(None))
    found = db.session.scalar(told.order_by(Outbox.id.desc()).limit(1))
    if found is not None:
        return found
    own = select(complaints_table().c.id).where(complaints_table().c.customer_id == customer_id)
    return db.session.scalar(own.order_by(complaints_table().c.id.desc()).limit(1))


def customer_of_complaint(complaint_id: int) -> int | None:
    return db.session.scalar(select(complaints_table().c.customer_id).where(complaints_table().c.id == complaint_id))


def complaint_exists(complaint_id: int) -> bool:
    return db.session.scalar(select(complaints_table().c.id).where(complaints_table().c.id == complaint_id)) is not None


def end_mail(mail_id: int, reason: str) -> list[Any]:
    """Ends the mail as bounced, with all that went in it: kind, id and subject_id of each row."""
    return _settle(mail_id, ("sent", "shared"), status="bounced", reason=reason)


def settle_as_sent(mail_id: int, at: datetime) -> list[Any]:
    """The mail arrived, with all that went in it: kind, id and subject_id of each row."""
    return _settle(mail_id, ("shared",), status="sent", reason=None, sent_at=at)


def _settle(mail_id: int, along: Sequence[str], **values: Any) -> list[Any]:
    in_it = (Outbox.shared_with == mail_id) & Outbox.status.in_(along)
    statement = update(Outbox).where(or_(Outbox.id == mail_id, in_it)).values(**values)
    found = statement.returning(Outbox.kind, Outbox.id, Outbox.subject_id)
    return list(db.session.execute(found.execution_options(synchronize_session="fetch")))


def refusals(address_key: str, reasons: Sequence[str], since: datetime) -> int:
    """How many mails to this address were refused for these reasons since then."""
    wanted = select(func.count(func.distinct(Received.mail_id))).where(
        Received.address_key == address_key,
        Received.received_at > since,
        Received.kind == BOUNCE,
        Received.reason.in_(reasons),
    )
    return db.session.scalar(wanted) or 0


def suppression(address_key: str, purpose: str) -> Suppression | None:
    return db.session.scalar(
        select(Suppression).where(Suppression.address_key == address_key, Suppression.purpose == purpose)
    )


def mails(ids: Sequence[int]) -> list[Outbox]:
    found: list[Outbox] = []
    for part in chunks(ids):
        found += db.session.scalars(select(Outbox).where(Outbox.id.in_(part)).order_by(Outbox.id)).all()
    return found


# Replies


def add_reply(reply: Reply) -> Reply:
    db.session.add(reply)
    db.session.flush()
    return reply


def replies(ids: Sequence[int]) -> dict[int, Reply]:
    found: dict[int, Reply] = {}
    for part in chunks(ids):
        found.update({row.id: row for row in db.session.scalars(select(Reply).where(Reply.id.in_(part)))})
    return found


def replies_since(complaint_id: int, since: datetime) -> int:
    return (
        db.session.scalar(select(func.count()).where(Reply.complaint_id == complaint_id, Reply.received_at >= since))
        or 0
    )


def lock_reply(reply_id: int) -> Reply | None:
    return db.session.get(Reply, reply_id, with_for_update=True, populate_existing=True)


def for_complaints(ids: Sequence[int]) -> Mapping[int, list[Reply]]:
    """The replies on each of these complaints, oldest first."""
    found: dict[int, list[Reply]] = {}
    for part in chunks(ids):
        for row in db.session.scalars(select(Reply).where(Reply.complaint_id.in_(part)).order_by(Reply.id)):
            if row.complaint_id is not None:
                found.setdefault(row.complaint_id, []).append(row)
    return found


def unread() -> int:
    """How many replies nobody has marked as read, whether they have a case or not."""
    return db.session.scalar(select(func.count()).where(Reply.read_at.is_(None), Reply.text.is_not(None))) or 0


# Erasure and retention


def forget(customer_ids: Sequence[int], sender_keys: Sequence[str]) -> None:
    """Takes the words and addresses out of what these people sent, and the hashes out of what came about them."""
    gone = dict.fromkeys(("sender_name", "sender_address", "sender_key", "subject", "text", "attachments"))
    for part in chunks(customer_ids):
        theirs = select(complaints_table().c.id).where(complaints_table().c.customer_id.in_(part))
        whose = or_(Reply.customer_id.in_(part), Reply.complaint_id.in_(theirs))
        db.session.execute(update(Reply).where(whose).values(**gone).execution_options(synchronize_session=False))
        about = update(Received).where(Received.customer_id.in_(part))
        values = {"address_key": None, "facts": None, "look_again_at": None}
        db.session.execute(about.values(**values).execution_options(synchronize_session=False))
    for keys in chunks(sender_keys):
        mine = update(Reply).where(Reply.sender_key.in_(keys)).values(**gone)
        db.session.execute(mine.execution_options(synchronize_session=False))
    db.session.expire_all()


def forget_deliveries(before: datetime, most: int) -> int:
    """Deletes word of mails that arrived, which changed nothing; how many, at most `most`."""
    old = select(Received.id).where(Received.kind == DELIVERED, Received.received_at < before)
    old = old.order_by(Received.received_at).limit(most)
    statement = delete(Received).where(Received.id.in_(old.scalar_subquery()))
    return int(db.session.execute(statement.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
