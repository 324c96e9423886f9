"""All SQL of destinations, invitations and reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core import inserts
from feedbackloop.core.db import plain
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Customer
from feedbackloop.reviews.models import Destination, Invitation, Review

# Destinations


def own_destination() -> Destination | None:
    return db.session.scalar(select(Destination).where(Destination.kind == "own"))


def insert_own(now: datetime) -> None:
    """Adds the organisation's own page where it is not there yet; two at once add one."""
    row = {"kind": "own", "platform": "own", "audience": "satisfied", "name": "own", "active": True, "position": 0}
    statement = inserts.insert_into(Destination).values({**row, "sample": False, "created_at": now})
    db.session.execute(statement.on_conflict_do_nothing())


def destinations() -> Sequence[Destination]:
    """All of them, in the order in which they are offered."""
    return db.session.scalars(select(Destination).order_by(Destination.position, Destination.id)).all()


def fitting(locale: str, places: Sequence[Destination]) -> list[Destination]:
    """Of these places the active ones for people who read this language."""
    return [one for one in places if one.active and one.locale in (None, locale)]


def offered(locale: str, audience: str) -> list[Destination]:
    """The active places for readers of this language that ask this audience: what was planned for satisfied people
    never leads to a place that asks everybody, and the other way round."""
    return [one for one in fitting(locale, destinations()) if one.audience == audience]


def destination(destination_id: int) -> Destination | None:
    return db.session.get(Destination, destination_id)


def customer(customer_id: int) -> Customer | None:
    return db.session.get(Customer, customer_id)


# Whom to invite


@dataclass(frozen=True)
class Yes:
    """A satisfied answer, and whose it is."""

    complaint_id: int
    cycle: int
    customer_id: int | None
    answered_at: datetime


def yes_answers(check_in_ids: Sequence[int]) -> list[Yes]:
    """The present answers to these check-ins that are a 'yes', in the order of the complaints."""
    found: list[Yes] = []
    for part in chunks(check_in_ids):
        rows = db.session.execute(
            select(CheckIn.complaint_id, CheckIn.cycle, Complaint.customer_id, Answer.answered_at)
            .join(Answer, Answer.check_in_id == CheckIn.id)
            .join(Complaint, Complaint.id == CheckIn.complaint_id)
            .where(CheckIn.id.in_(part), Answer.latest, Answer.satisfied == "yes")
        )
        found += [Yes(*row) for row in rows]
    return sorted(found, key=lambda yes: (yes.complaint_id, yes.cycle))


@dataclass(frozen=True)
class Asked:
    """What a person was asked before: when last, and for which complaints an invitation is still to go."""

    at: datetime | None
    planned_for: frozenset[int]


def asked(customer_ids: Sequence[int]) -> dict[int, Asked]:
    """By person; who was never asked is left out."""
    sent: dict[int, datetime] = {}
    planned: dict[int, set[int]] = {}
    for part in chunks(sorted(set(customer_ids))):
        rows = db.session.execute(
            select(
                Invitation.customer_id,
                Invitation.complaint_id,
                Invitation.status,
                # Who used the link got the mail, even where its server never told us so.
                func.coalesce(Invitation.sent_at, Invitation.clicked_at).label("at"),
            ).where(Invitation.customer_id.in_(part))
        )
        for row in rows:
            if row.at is not None:
                sent[row.customer_id] = max(row.at, sent.get(row.customer_id, row.at))
            elif row.status == "scheduled":
                planned.setdefault(row.customer_id, set()).add(row.complaint_id)
    return {one: Asked(sent.get(one), frozenset(planned.get(one, ()))) for one in sent.keys() | planned.keys()}


def invitations_of(complaint_ids: Sequence[int]) -> dict[tuple[int, int], Invitation]:
    """By complaint and cycle."""
    found: dict[tuple[int, int], Invitation] = {}
    for part in chunks(complaint_ids):
        rows = db.session.scalars(select(Invitation).where(Invitation.complaint_id.in_(part)))
        found.update({(row.complaint_id, row.cycle): row for row in rows})
    return found


# Invitations


def insert_invitation(row: Mapping[str, Any]) -> int | None:
    """The new id; None where the person has one that is still to go, or the complaint one of this cycle."""
    statement = inserts.insert_into(Invitation).values(dict(row)).on_conflict_do_nothing().returning(Invitation.id)
    return db.session.scalar(statement)


def reschedule(invitation_id: int, due_at: datetime, audience: str, occasion: str) -> bool:
    """Plans an invitation that was not sent anew; False where the person has another that is still to go."""
    values = {"status": "scheduled", "reason": None, "due_at": due_at, "plannings": Invitation.plannings + 1}
    values |= {"audience": audience, "occasion": occasion}
    try:
        with db.session.begin_nested():
            db.session.execute(update(Invitation).where(Invitation.id == invitation_id).values(values))
    except IntegrityError:
        return False
    return True


def invitation(invitation_id: int) -> Invitation | None:
    """One invitation with its person, complaint and destination."""
    return db.session.scalar(whole().where(Invitation.id == invitation_id))


def locked_invitation(invitation_id: int) -> Invitation:
    """The same, held until the transaction ends: what a person presses twice counts once."""
    held = (
        select(Invitation)
        .where(Invitation.id == invitation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(held).one()


def invitations(ids: Sequence[int]) -> list[Invitation]:
    """These invitations, with people and complaints, by id."""
    return [one for part in chunks(ids) for one in db.session.scalars(whole().where(Invitation.id.in_(part)))]


def scheduled_for(complaint_ids: Sequence[int]) -> list[Invitation]:
    # Mostly there is none: their ids first, which cost little.
    ids = [one for part in chunks(complaint_ids) for one in plain(_SCHEDULED, ids=list(part)).scalars()]
    return list(db.session.scalars(select(Invitation).where(Invitation.id.in_(ids)))) if ids else []


_SCHEDULED = (
    select(Invitation.id)
    .where(Invitation.complaint_id.in_(bindparam("ids", expanding=True)), Invitation.status == "scheduled")
    .order_by(Invitation.id)
)


def scheduled_for_people(customer_ids: Sequence[int]) -> list[Invitation]:
    found: list[Invitation] = []
    for part in chunks(customer_ids):
        of_them = select(Invitation).where(Invitation.status == "scheduled", Invitation.customer_id.in_(part))
        found += db.session.scalars(of_them)
    return found


def customers_of(invitation_ids: Sequence[int]) -> dict[int, int]:
    """The person that each invitation went to."""
    found: dict[int, int] = {}
    for part in chunks(invitation_ids):
        rows = db.session.execute(select(Invitation.id, Invitation.customer_id).where(Invitation.id.in_(part)))
        found.update({row.id: row.customer_id for row in rows})
    return found


def who_reviewed(customer_ids: Sequence[int]) -> set[int]:
    """Those of these people of whom an invitation led to a review."""
    found: set[int] = set()
    for part in chunks(customer_ids):
        wanted = select(Invitation.customer_id)
        found.update(
            db.session.scalars(wanted.where(Invitation.customer_id.in_(part), Invitation.status == "reviewed"))
        )
    return found


def whole() -> Select[Any]:
    """Invitations with what is shown of each."""
    return select(Invitation).options(
        joinedload(Invitation.customer), joinedload(Invitation.complaint), joinedload(Invitation.destination)
    )


# Reviews


def review_of(invitation_id: int) -> Review | None:
    return db.session.scalar(select(Review).where(Review.invitation_id == invitation_id))


def review(review_id: int) -> Review | None:
    return db.session.get(Review, review_id)


def locked_review(review_id: int) -> Review | None:
    held = select(Review).where(Review.id == review_id).with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(held)


def reviews_of_people(customer_ids: Sequence[int]) -> list[Review]:
    found: list[Review] = []
    for part in chunks(customer_ids):
        found += db.session.scalars(select(Review).where(Review.customer_id.in_(part)))
    return found


def reviewers(review_ids: Sequence[int]) -> Mapping[int, int]:
    """The person who wrote each review."""
    found: dict[int, int] = {}
    for part in chunks(review_ids):
        rows = db.session.execute(select(Review.id, Review.customer_id).where(Review.id.in_(part)))
        found.update({row.id: row.customer_id for row in rows})
    return found
