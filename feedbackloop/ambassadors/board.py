"""The board as marketing may read it. No query here touches what a person complained of, or an address; a name and
a quote are read only for those who allowed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, not_, or_, select, true

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import COLUMNS, band, first_name, is_put_off
from feedbackloop.config import settings
from feedbackloop.core import clock
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.extensions import db
from feedbackloop.people.models import Consent, Customer
from feedbackloop.reviews.models import Invitation

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filter:
    """What the board, its list and its exports show. The first of `locales` stands for everybody whose language is
    none of the others."""

    category: str | None = None
    locale: str | None = None
    since: datetime | None = None  # in their stage since
    consent: str | None = None  # of rules.CONSENTS
    locales: tuple[str, ...] = ()
    owner: int | str | None = None  # the id of a member of staff, or NOBODY
    score: str | None = None  # of rules.BANDS
    tag: str | None = None
    column: str | None = None  # of rules.COLUMNS, for the list


NOBODY = "nobody"


class Counts(dict[str, int]):
    """People by column. Of a column in `beyond` there are more than the number says: show it as '1,000+'."""

    beyond: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Card:
    """One person as the board shows them."""

    id: int
    version: int
    number: str
    stage: str
    stage_since: datetime
    not_now_until: date | None
    not_now_reason: str | None
    next_step: str | None
    next_step_on: date | None
    category: str | None
    done: str | None
    case_open: bool
    invitation_due: datetime | None = None
    consents: frozenset[str] = field(default_factory=frozenset)
    name: str | None = None
    quote: str | None = None
    quote_locale: str | None = None
    owner_id: int | None = None
    recommend: int | None = None
    tags: tuple[str, ...] = ()
    column: str = "satisfied"  # of rules.COLUMNS: the stage, or not_now
    locale: str | None = None

    @property
    def band(self) -> str:
        """Of rules.BANDS; '' for who gave no mark."""
        return band(self.recommend)


@dataclass(frozen=True)
class Cursor:
    """Where a column goes on: behind the row with this sort key and id."""

    key: int
    id: int

    @classmethod
    def read(cls, text: str | None) -> Cursor | None:
        """The cursor in an address; None for anything that is none of ours."""
        parts = (text or "").split("-")
        if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
            return None
        return cls(int(parts[0]), int(parts[1]))

    def __str__(self) -> str:
        return f"{self.key}-{self.id}"


_CARD = (
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
    Complaint.external_id,
    Complaint.category,
    Complaint.resolution,
    Complaint.status,
)


def version() -> int:
    """Grows with every change of the board that is committed; one cheap query."""
    return db.session.scalar(select(func.coalesce(func.sum(Ambassador.version), 0))) or 0


def counts(wanted: Filter) -> Counts:
    """How many people each column holds."""
    today = clock.now().astimezone(settings().timezone).date()
    column = case((_put_off(today), "not_now"), else_=Ambassador.stage)
    rows = db.session.execute(_matching(select(column, func.count()), wanted).group_by(column))
    return Counts(dict(rows.all()))


def columns(wanted: Filter, limit: int) -> dict[str, list[Card]]:
    """The first cards of every column, in one query."""
    return {name: cards(name, wanted, None, limit)[0] for name in COLUMNS}


def cards(column: str, wanted: Filter, after: Cursor | None, limit: int) -> tuple[list[Card], Cursor | None]:
    """At most `limit` cards, and where the column goes on. The newest in a stage first; `not_now`: the nearest day."""
    today = clock.now().astimezone(settings().timezone).date()
    found = _matching(select(*_CARD), wanted)
    if column == "not_now":
        found = found.where(_put_off(today)).order_by(Ambassador.not_now_until, Ambassador.id)
    else:
        found = found.where(Ambassador.stage == column, not_(_put_off(today)))
        found = found.order_by(Ambassador.stage_since.desc(), Ambassador.id.desc())
    if after is not None:
        found = found.where(_behind(column, after))
    rows = db.session.execute(found.limit(limit + 1)).all()
    goes_on = _cursor(column, rows[limit - 1]) if len(rows) > limit else None
    return _cards(rows[:limit]), goes_on


def card(ambassador_id: int) -> Card | None:
    """One person; None for who is not there or has left the board."""
    rows = db.session.execute(_matching(select(*_CARD), Filter()).where(Ambassador.id == ambassador_id)).all()
    return _cards(rows)[0] if rows else None


def categories() -> list[str]:
    """The categories on the board, in order."""
    rows = _matching(select(Complaint.category).distinct(), Filter()).where(Complaint.category.is_not(None))
    return sorted(db.session.scalars(rows))


def waiting_check_ins() -> int:
    """How many check-ins wait for an answer: who says 'yes' comes on the board."""
    return db.session.scalar(select(func.count()).select_from(CheckIn).where(CheckIn.status == "sent")) or 0


def _matching(found: Any, wanted: Filter) -> Any:
    found = (
        found.select_from(Ambassador)
        .join(Complaint, Complaint.id == Ambassador.complaint_id)
        .where(Ambassador.left_at.is_(None))
    )
    if wanted.category:
        found = found.where(Complaint.category == wanted.category)
    if wanted.locale:
        found = found.join(Customer, Customer.id == Ambassador.customer_id).where(_speaks(wanted))
    if wanted.since:
        found = found.where(Ambassador.stage_since >= wanted.since)
    if wanted.consent:
        found = found.where(exists().where(_holds(), Consent.purpose == wanted.consent))
    return found


def _speaks(wanted: Filter) -> ColumnElement[bool]:
    """People whose language is this one; for the default language also those whose language we do not offer."""
    if wanted.locale != wanted.locales[0]:
        return Customer.locale.istartswith(wanted.locale)
    others = [not_(Customer.locale.istartswith(one)) for one in wanted.locales[1:]]
    return or_(Customer.locale.is_(None), and_(true(), *others))


def _holds() -> ColumnElement[bool]:
    """A consent that holds, of this person, for everything or for the case they are shown by."""
    return and_(
        Consent.customer_id == Ambassador.customer_id,
        or_(Consent.complaint_id.is_(None), Consent.complaint_id == Ambassador.complaint_id),
        Consent.withdrawn_at.is_(None),
    )


def _put_off(today: date) -> ColumnElement[bool]:
    return and_(Ambassador.not_now_until.is_not(None), Ambassador.not_now_until > today)


def _behind(column: str, after: Cursor) -> ColumnElement[bool]:
    if column == "not_now":
        try:
            day = date.fromordinal(after.key)
        except (ValueError, OverflowError):
            return true()
        same = and_(Ambassador.not_now_until == day, Ambassador.id > after.id)
        return or_(Ambassador.not_now_until > day, same)
    try:
        since = _EPOCH + timedelta(microseconds=after.key)
    except OverflowError:
        return true()
    same = and_(Ambassador.stage_since == since, Ambassador.id < after.id)
    return or_(Ambassador.stage_since < since, same)


def _cursor(column: str, row: Row[Any]) -> Cursor:
    if column == "not_now":
        return Cursor(row.not_now_until.toordinal(), row.id)
    return Cursor((row.stage_since - _EPOCH) // timedelta(microseconds=1), row.id)


def _cards(rows: Sequence[Row[Any]]) -> list[Card]:
    consents = _consents([row.id for row in rows])
    names = _names([row.customer_id for row in rows if "name" in consents.get(row.id, ())])
    said = quotes([row.complaint_id for row in rows if "quote" in consents.get(row.id, ())])
    due = _invitations_due([row.complaint_id for row in rows if row.stage == "satisfied"])
    return [
        Card(
            id=row.id,
            version=row.version,
            number=row.external_id,
            stage=row.stage,
            stage_since=row.stage_since,
            not_now_until=row.not_now_until,
            not_now_reason=row.not_now_reason,
            next_step=row.next_step,
            next_step_on=row.next_step_on,
            category=row.category,
            done=row.resolution,
            case_open=row.status != "confirmed",
            invitation_due=due.get(row.complaint_id),
            consents=frozenset(consents.get(row.id, ())),
            name=first_name(names.get(row.customer_id)),
            quote=said.get(row.complaint_id, (None, None))[0],
            quote_locale=said.get(row.complaint_id, (None, None))[1],
        )
        for row in rows
    ]


def _consents(ambassador_ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    rows = db.session.execute(
        select(Ambassador.id, Consent.purpose).join(Consent, _holds()).where(Ambassador.id.in_(ambassador_ids))
    )
    for row in rows:
        found.setdefault(row.id, set()).add(row.purpose)
    return found


def _names(customer_ids: Sequence[int]) -> dict[int, str | None]:
    if not customer_ids:
        return {}
    rows = db.session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(customer_ids)))
    return dict(rows.all())


def quotes(complaint_ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """What people wrote with their latest 'yes', and its language."""
    if not complaint_ids:
        return {}
    rows = db.session.execute(
        select(CheckIn.complaint_id, Answer.comment, Answer.locale)
        .join(Answer, Answer.check_in_id == CheckIn.id)
        .where(
            CheckIn.complaint_id.in_(complaint_ids),
            Answer.latest,
            Answer.quote_consent,
            Answer.satisfied == "yes",
            Answer.comment.is_not(None),
        )
        .order_by(CheckIn.cycle)
    )
    return {row.complaint_id: (row.comment, row.locale) for row in rows}


def _invitations_due(complaint_ids: Sequence[int]) -> dict[int, datetime]:
    if not complaint_ids:
        return {}
    rows = db.session.execute(
        select(Invitation.complaint_id, Invitation.due_at).where(
            Invitation.complaint_id.in_(complaint_ids), Invitation.status == "scheduled"
        )
    )
    return dict(rows.all())
