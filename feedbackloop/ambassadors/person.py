"""One person as marketing may read them. No statement here reads what they complained of; their name, their words and
their picture are read only for those who allow it, and an address never."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, exists, func, literal, null, select, union_all

from feedbackloop.ambassadors import asks as asking
from feedbackloop.ambassadors import person_story as stories
from feedbackloop.ambassadors.ask_models import Ask, Note, Picture
from feedbackloop.ambassadors.ask_rules import Person
from feedbackloop.ambassadors.models import Ambassador, Tag
from feedbackloop.ambassadors.person_story import Happened
from feedbackloop.ambassadors.rules import first_name, is_put_off
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.core.decisions import Decision
from feedbackloop.core.personal import without_person
from feedbackloop.extensions import db
from feedbackloop.people.models import Consent, Customer
from feedbackloop.staff.models import Staff

# Of each kind of thing the page shows the newest so many.
MOST = 100


@dataclass(frozen=True)
class Allowed:
    """A consent that holds, in the words that the person agreed to."""

    id: int
    purpose: str
    given_at: datetime
    text: str
    text_version: str


@dataclass(frozen=True)
class Remark:
    """A note, with the name of who wrote it where that was a colleague."""

    text: str
    written_at: datetime
    by: str | None


@dataclass(frozen=True)
class Shown:
    """What the page and its JSON show; nothing else is known of a person there."""

    id: int
    version: int
    number: str
    stage: str
    stage_since: datetime
    not_now_until: date | None
    not_now_reason: str | None
    next_step: str | None
    next_step_on: date | None
    owner_id: int | None
    category: str | None
    locale: str | None
    done: str | None
    case_open: bool
    opened_at: datetime
    resolved_at: datetime | None
    recommend: int | None
    invitation_due: datetime | None = None
    consents: frozenset[str] = frozenset()
    allowed: Sequence[Allowed] = ()
    name: str | None = None
    quote: str | None = None
    quote_locale: str | None = None
    picture: Picture | None = None
    asks: Sequence[Ask] = ()
    notes: Sequence[Remark] = ()
    tags: Sequence[str] = ()
    known_tags: Sequence[str] = ()
    story: Sequence[Happened] = ()
    # Who may be given this person, by id; and the names of all colleagues who appear, as history names them.
    owners: dict[int, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    # For each kind of ask whether it may be asked now.
    may_ask: dict[str, Decision] = field(default_factory=dict)


def read(ambassador_id: int) -> Shown | None:
    """One person on the board; None for who is not there or has left it. The same few statements for everybody."""
    row = db.session.execute(_BASE.where(Ambassador.id == ambassador_id)).first()
    if row is None:
        return None
    allowed, ended = _allowed(row.customer_id, row.complaint_id)
    purposes = frozenset(one.purpose for one in allowed)
    asks = _asks(row.id)
    rounds = stories.rounds(row.complaint_id)
    quote = next((one for one in reversed(rounds) if one.quotable), None) if "quote" in purposes else None
    tags, known_tags = _tags(row.id)
    colleagues = _colleagues()
    names = {f"staff:{one.id}": one.name for one in colleagues}
    named = "name" in purposes

    def hide(words: str | None, name: str | None = row.name) -> str | None:
        """The words without who the person is."""
        return without_person(words, name, row.email, row.phone) if words else words

    def hide_own(words: str | None) -> str | None:
        """Their own words, which are allowed without the name, unless that is allowed as well."""
        return hide(words, None if named else row.name)

    invited = stories.invitations(row.customer_id)
    happened = stories.told(stories.Facts(row, rounds, invited, stories.changes(row.id, row.complaint_id), asks, quote))
    return Shown(
        id=row.id,
        version=row.version,
        number=row.external_id,
        stage=row.stage,
        stage_since=row.stage_since,
        not_now_until=row.not_now_until,
        not_now_reason=row.not_now_reason,
        next_step=row.next_step,
        next_step_on=row.next_step_on,
        owner_id=row.owner_id,
        category=row.category,
        locale=row.locale,
        done=hide(row.resolution),
        case_open=row.status != "confirmed" or row.waits,
        opened_at=row.opened_at,
        resolved_at=row.resolved_at,
        recommend=rounds[-1].recommend if rounds else None,
        invitation_due=next((one.due_at for one in invited if one.status == "scheduled"), None),
        consents=purposes,
        allowed=allowed,
        name=first_name(row.name) if named else None,
        quote=hide_own(quote.comment) if quote else None,
        quote_locale=quote.locale if quote else None,
        picture=_picture(row.customer_id, row.complaint_id) if "picture" in purposes else None,
        asks=asks,
        notes=_notes(row.id, names),
        tags=tags,
        known_tags=known_tags,
        story=[one.without(hide_own if one.own_words else hide) for one in happened],
        owners={one.id: one.name for one in colleagues if one.role == "marketing" and one.disabled_at is None},
        names=names,
        may_ask=asking.may_ask_each(_who(row, purposes, ended, rounds, asks)),
    )


def _who(
    row: Any, holds: frozenset[str], ended: frozenset[str], rounds: Sequence[stories.Asked], asks: Sequence[Ask]
) -> Person:
    today = clock.now().astimezone(settings().timezone).date()
    return Person(
        has_address=row.email is not None,
        erased=row.erased_at is not None,
        held=row.sample and not settings().local_mail,
        suppressed=asking.stopped([row.email]).get(row.email) if row.email else None,
        case_open=row.waits,
        put_off=is_put_off(row.not_now_until, today),
        wrote=bool(rounds and rounds[-1].wrote),
        holds=holds,
        taken_back=ended,
        past=asking.past(asks),
    )


_OTHER = select(Complaint.id, Complaint.customer_id, Complaint.status).subquery()
_BASE = (
    select(
        Ambassador.id,
        Ambassador.customer_id,
        Ambassador.complaint_id,
        Ambassador.version,
        Ambassador.stage,
        Ambassador.stage_since,
        Ambassador.not_now_until,
        Ambassador.not_now_reason,
        Ambassador.next_step,
        Ambassador.next_step_on,
        Ambassador.owner_id,
        Complaint.external_id,
        Complaint.category,
        Complaint.resolution,
        Complaint.status,
        Complaint.opened_at,
        Complaint.resolved_at,
        Customer.locale,
        # These three are read to take them out of what colleagues wrote; the name also for who allows it.
        Customer.name,
        Customer.email,
        Customer.phone,
        Customer.sample,
        Customer.erased_at,
        exists()
        .where(_OTHER.c.customer_id == Ambassador.customer_id, _OTHER.c.status.in_(("open", "reopened")))
        .label("waits"),
    )
    .join(Complaint, Complaint.id == Ambassador.complaint_id)
    .join(Customer, Customer.id == Ambassador.customer_id)
    .where(Ambassador.left_at.is_(None))
)


def _allowed(customer_id: int, complaint_id: int) -> tuple[list[Allowed], frozenset[str]]:
    """What holds for this case, or for all of theirs, one of a purpose; and what was taken back."""
    rows = db.session.execute(
        select(Consent.id, Consent.purpose, Consent.given_at, Consent.text, Consent.text_version, Consent.withdrawn_at)
        .where(
            Consent.customer_id == customer_id,
            (Consent.complaint_id == complaint_id) | Consent.complaint_id.is_(None),
        )
        .order_by(Consent.id.desc())
        .limit(MOST)
    ).all()
    newest = {
        row.purpose: Allowed(row.id, row.purpose, row.given_at, row.text, row.text_version)
        for row in rows
        if row.withdrawn_at is None
    }
    return list(newest.values()), frozenset(row.purpose for row in rows) - set(newest)


def _asks(ambassador_id: int) -> list[Ask]:
    newest = select(Ask).where(Ask.ambassador_id == ambassador_id).order_by(Ask.id.desc()).limit(MOST)
    return list(reversed(db.session.scalars(newest).all()))


def _notes(ambassador_id: int, names: dict[str, str]) -> list[Remark]:
    newest = select(Note).where(Note.ambassador_id == ambassador_id).order_by(Note.id.desc()).limit(MOST)
    return [Remark(one.text, one.written_at, names.get(one.written_by)) for one in db.session.scalars(newest)]


def _picture(customer_id: int, complaint_id: int) -> Picture | None:
    there = select(Picture).where(
        Picture.customer_id == customer_id, Picture.complaint_id == complaint_id, Picture.gone_at.is_(None)
    )
    return db.session.scalars(there.order_by(Picture.id.desc()).limit(1)).first()


def _colleagues() -> Sequence[Any]:
    """Everybody with an account: there are few, and some who left wrote notes."""
    return db.session.execute(select(Staff.id, Staff.name, Staff.role, Staff.disabled_at).order_by(Staff.name)).all()


def _tags(ambassador_id: int) -> tuple[list[str], list[str]]:
    """The tags of this person, and some that are in use: found by leaping from tag to tag, whatever their number."""
    first = select(func.min(Tag.tag).label("tag"), literal(1).label("n")).cte("known", recursive=True)
    following = select(func.min(Tag.tag)).where(Tag.tag > first.c.tag).scalar_subquery()
    known = first.union_all(select(following, first.c.n + 1).where(first.c.tag.is_not(None), first.c.n < MOST))
    own = select(Tag.tag.label("tag"), literal("own").label("kind")).where(Tag.ambassador_id == ambassador_id)
    used = select(known.c.tag, literal("known", String).label("kind")).where(known.c.tag.is_not(null()))
    rows = db.session.execute(union_all(own, used)).all()
    mine = sorted(row.tag for row in rows if row.kind == "own")
    return mine, sorted(row.tag for row in rows if row.kind == "known" and row.tag not in mine)
