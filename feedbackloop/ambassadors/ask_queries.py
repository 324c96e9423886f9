"""All SQL of asks and of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import joinedload

from feedbackloop.ambassadors.ask_models import Ask, Picture
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Consent


@dataclass(frozen=True)
class Words:
    """What a person wrote with their latest 'yes', and its language; `id` is of that version of the answer."""

    id: int
    text: str
    locale: str | None


@dataclass(frozen=True)
class Allowed:
    """Purposes: those for which a consent holds, and those for which one did and none does now."""

    holds: set[str]
    taken_back: set[str]


def by_ids(ask_ids: Sequence[int]) -> dict[int, Ask]:
    found: dict[int, Ask] = {}
    for part in chunks(ask_ids):
        found.update({one.id: one for one in db.session.scalars(select(Ask).where(Ask.id.in_(part)))})
    return found


def lock(ask_id: int) -> Ask | None:
    """One ask, held until the transaction ends."""
    return db.session.scalars(
        select(Ask).where(Ask.id == ask_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def of_ambassadors(ambassador_ids: Sequence[int]) -> dict[int, list[Ask]]:
    """What was asked of them, in the order in which it was."""
    found: dict[int, list[Ask]] = {}
    for part in chunks(ambassador_ids):
        for one in db.session.scalars(select(Ask).where(Ask.ambassador_id.in_(part)).order_by(Ask.id)):
            found.setdefault(one.ambassador_id, []).append(one)
    return found


def people(ambassador_ids: Sequence[int]) -> dict[int, Ambassador]:
    """These people of the board, also those who left it, as they are now."""
    statement = select(Ambassador).options(joinedload(Ambassador.customer), joinedload(Ambassador.complaint))
    found = db.session.scalars(
        statement.where(Ambassador.id.in_(ambassador_ids)).execution_options(populate_existing=True)
    )
    return {one.id: one for one in found}


def allowed(pairs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Allowed]:
    """What each of these people allows for their case, or for every case, and what they took back."""
    found = {pair: Allowed(set(), set()) for pair in pairs}
    case_of = dict(pairs)
    rows = db.session.execute(
        select(Consent.customer_id, Consent.complaint_id, Consent.purpose, Consent.withdrawn_at).where(
            Consent.customer_id.in_(list(case_of))
        )
    )
    for row in rows:
        case = case_of[row.customer_id]
        if row.complaint_id in (None, case):
            one = found[(row.customer_id, case)]
            (one.holds if row.withdrawn_at is None else one.taken_back).add(row.purpose)
    for one in found.values():
        one.taken_back.difference_update(one.holds)
    return found


def with_open_complaint(customer_ids: Sequence[int]) -> set[int]:
    """Those of them who wait for us: with whatever complaint."""
    return set(
        db.session.scalars(
            select(Complaint.customer_id)
            .where(Complaint.customer_id.in_(customer_ids), Complaint.status.in_(("open", "reopened")))
            .distinct()
        )
    )


def words(complaint_ids: Sequence[int]) -> dict[int, Words]:
    """What people wrote with the answer that counts, where that is a 'yes'; by complaint."""
    newest = (
        select(func.max(CheckIn.id))
        .join(Answer, Answer.check_in_id == CheckIn.id)
        .where(CheckIn.complaint_id.in_(complaint_ids), Answer.latest)
        .group_by(CheckIn.complaint_id)
    )
    rows = db.session.execute(
        select(CheckIn.complaint_id, Answer.id, Answer.comment, Answer.locale)
        .join(Answer, Answer.check_in_id == CheckIn.id)
        .where(CheckIn.id.in_(newest), Answer.latest, Answer.satisfied == "yes", Answer.comment.is_not(None))
    )
    return {row.complaint_id: Words(row.id, row.comment, row.locale) for row in rows}


def settle(ask_ids: Sequence[int], before: Sequence[str], **values: Any) -> list[Any]:
    """Gives asks of these states new values; those that changed."""
    found: list[Any] = []
    for part in chunks(ask_ids):
        changed = db.session.execute(
            update(Ask)
            .where(Ask.id.in_(part), Ask.status.in_(before))
            .values(**values)
            .returning(Ask.id, Ask.complaint_id, Ask.kind)
            .execution_options(synchronize_session="fetch")
        )
        found += changed.all()
    return found


def scheduled_of(customer_ids: Sequence[int]) -> list[int]:
    """The asks of these people whose mail did not go yet."""
    found: list[int] = []
    for part in chunks(customer_ids):
        found += db.session.scalars(select(Ask.id).where(Ask.customer_id.in_(part), Ask.status == "scheduled"))
    return found


def customers_of(complaint_ids: Sequence[int]) -> list[int]:
    """Whose complaints these are."""
    found: set[int] = set()
    for part in chunks(complaint_ids):
        rows = select(Complaint.customer_id).where(Complaint.id.in_(part), Complaint.customer_id.is_not(None))
        found.update(one for one in db.session.scalars(rows) if one is not None)
    return sorted(found)


def sent_before(moment: datetime, limit: int) -> list[int]:
    """The asks that were sent before this moment and never answered; the oldest first."""
    rows = select(Ask.id).where(Ask.status == "sent", Ask.sent_at < moment).order_by(Ask.sent_at).limit(limit)
    return list(db.session.scalars(rows))


def forget_lines(customer_ids: Sequence[int]) -> None:
    for part in chunks(customer_ids):
        db.session.execute(
            update(Ask).where(Ask.customer_id.in_(part)).values(line=None).execution_options(synchronize_session=False)
        )


def picture(customer_id: int, complaint_id: int) -> Picture | None:
    """The picture that a person sent for this case, the newest; only while they allow it to be used."""
    return db.session.scalars(
        select(Picture)
        .join(
            Consent,
            (Consent.customer_id == Picture.customer_id)
            & (Consent.complaint_id == Picture.complaint_id)
            & (Consent.purpose == "picture")
            & Consent.withdrawn_at.is_(None),
        )
        .where(Picture.customer_id == customer_id, Picture.complaint_id == complaint_id, Picture.gone_at.is_(None))
        .order_by(Picture.id.desc())
        .limit(1)
    ).first()


def pictures_of(customer_ids: Sequence[int]) -> list[Picture]:
    """The pictures of these people that are still there, held until the transaction ends."""
    found: list[Picture] = []
    for part in chunks(customer_ids):
        statement = select(Picture).where(Picture.customer_id.in_(part), Picture.gone_at.is_(None))
        found += db.session.scalars(statement.order_by(Picture.id).with_for_update())
    return found


def pictured(pairs: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of these people and cases for which a picture may be used."""
    if not pairs:
        return set()
    rows = db.session.execute(
        select(Consent.customer_id, Consent.complaint_id).where(
            tuple_(Consent.customer_id, Consent.complaint_id).in_(pairs),
            Consent.purpose == "picture",
            Consent.withdrawn_at.is_(None),
        )
    )
    return {(row.customer_id, row.complaint_id) for row in rows}


def known_files(files: Sequence[str]) -> tuple[set[str], set[str]]:
    """Of these files those that a row keeps, and those whose row was emptied."""
    kept: set[str] = set()
    gone: set[str] = set()
    for row in db.session.execute(select(Picture.file, Picture.gone_at).where(Picture.file.in_(files))):
        (kept if row.gone_at is None else gone).add(row.file)
    return kept, gone
