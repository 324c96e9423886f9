"""All SQL of suggestions: whom a rule is to judge, what was suggested, how the rules are set. Never over all people at
once: a stretch of ids, or those that something happened to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, case, func, or_, select

from feedbackloop.ambassadors.board import Card
from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.rules import CONSENT_BITS, days_in_stage, first_name, is_put_off
from feedbackloop.ambassadors.suggestions.models import RuleSetting, Suggestion, SuggestionRound
from feedbackloop.ambassadors.suggestions.rules import DEFAULTS, RULES, SUGGESTED_STAGE, Person, Setting, read
from feedbackloop.checkins.models import Answer
from feedbackloop.complaints.models import Complaint
from feedbackloop.config import settings
from feedbackloop.core.db import among
from feedbackloop.core.inserts import insert_many
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Customer
from feedbackloop.recovery.models import RecoveryCase
from feedbackloop.reviews.models import OutsideReview, Review

_COUNTED = 100


@dataclass(frozen=True)
class Looked:
    """Somebody on the board, as a rule sees them."""

    id: int
    complaint_id: int
    person: Person


def rule_settings() -> dict[str, Setting]:
    """How each rule is set, in the order of the rules."""
    kept = {row.rule: row for row in db.session.scalars(select(RuleSetting))}
    return {
        rule: read(rule, kept[rule].active, kept[rule].settings) if rule in kept else DEFAULTS[rule] for rule in RULES
    }


def rule_setting(rule: str) -> RuleSetting | None:
    return db.session.get(RuleSetting, rule, populate_existing=True)


def stretch(after: int, size: int) -> Sequence[int]:
    """The next ids of people behind this one, in order."""
    return db.session.scalars(
        select(Ambassador.id).where(Ambassador.id > after).order_by(Ambassador.id).limit(size)
    ).all()


def who_may(first: int, last: int, consents: int) -> list[int]:
    """Those between these ids who are on the board, are no ambassadors, and allow any of what the rules ask for."""
    allows = Ambassador.consents.op("&")(consents) != 0
    found = select(Ambassador.id).where(Ambassador.id >= first, Ambassador.id <= last, allows, *_on_board())
    return list(db.session.scalars(found.order_by(Ambassador.id)))


def of_customers(customer_ids: Sequence[int]) -> list[int]:
    """The ids on the board of these people."""
    found: list[int] = []
    for part in chunks(sorted(set(customer_ids))):
        found += db.session.scalars(select(Ambassador.id).where(among(Ambassador.customer_id, part)))
    return sorted(found)


def looked(ambassador_ids: Sequence[int], now: datetime) -> list[Looked]:
    """These people as the rules see them; five statements for each few hundred."""
    found: list[Looked] = []
    for part in chunks(ambassador_ids):
        rows = db.session.scalars(select(Ambassador).where(among(Ambassador.id, part)).order_by(Ambassador.id)).all()
        customers = [row.customer_id for row in rows]
        ratings, waiting = _ratings(customers), _with_open_complaint(customers)
        before = _suggested(part)
        for row in rows:
            known, last = before.get(row.id, (frozenset(), None))
            person = Person(
                stage=row.stage,
                days=days_in_stage(row.stage_since, _day(now), settings().timezone),
                consents=consents_of(row.consents),
                recommend=row.recommend,
                rating=ratings.get(row.customer_id),
                open_complaint=row.customer_id in waiting,
                put_off=is_put_off(row.not_now_until, _day(now)),
                off_board=row.left_at is not None,
                since_suggested=(now - last).days if last else None,
                known=known,
            )
            found.append(Looked(row.id, row.complaint_id, person))
    return found


def consents_of(bits: int) -> frozenset[str]:
    return frozenset(purpose for purpose, bit in CONSENT_BITS.items() if bits & bit)


def _day(now: datetime) -> date:
    return now.astimezone(settings().timezone).date()


def _on_board() -> tuple[ColumnElement[bool], ...]:
    return Ambassador.left_at.is_(None), Ambassador.stage != SUGGESTED_STAGE


def _ratings(customer_ids: Sequence[int]) -> dict[int, int]:
    """What these people gave in their latest review that counts; on our own page or elsewhere."""
    own = select(Review.customer_id, Review.rating, Review.written_at)
    own = own.where(among(Review.customer_id, customer_ids), Review.status.in_(("pending", "published")))
    elsewhere = select(OutsideReview.customer_id, OutsideReview.rating, OutsideReview.written_at)
    elsewhere = elsewhere.where(among(OutsideReview.customer_id, customer_ids))
    rows = [*db.session.execute(own), *db.session.execute(elsewhere)]
    return {row.customer_id: row.rating for row in sorted(rows, key=lambda row: row.written_at)}


def _with_open_complaint(customer_ids: Sequence[int]) -> set[int]:
    """Those of whom any complaint waits for us, or is in recovery."""
    in_recovery = and_(RecoveryCase.complaint_id == Complaint.id, RecoveryCase.status == "open")
    waits = or_(Complaint.status.in_(("open", "reopened")), RecoveryCase.id.is_not(None))
    found = select(Complaint.customer_id).outerjoin(RecoveryCase, in_recovery)
    rows = db.session.scalars(found.where(among(Complaint.customer_id, customer_ids), waits))
    return {one for one in rows if one is not None}


def _suggested(ambassador_ids: Sequence[int]) -> dict[int, tuple[frozenset[str], datetime]]:
    """By which rules they were suggested, and when last. What was withdrawn before a decision counts as nothing."""
    rows = db.session.execute(
        select(Suggestion.ambassador_id, Suggestion.rule, Suggestion.suggested_at).where(
            among(Suggestion.ambassador_id, ambassador_ids), Suggestion.status != "withdrawn"
        )
    )
    found: dict[int, tuple[frozenset[str], datetime]] = {}
    for row in rows:
        known, last = found.get(row.ambassador_id, (frozenset(), row.suggested_at))
        found[row.ambassador_id] = (known | {row.rule}, max(last, row.suggested_at))
    return found


def insert(rows: Sequence[Mapping[str, Any]]) -> set[int]:
    """Adds suggestions, once for each person and rule; the people for whom one is new. One that was withdrawn before
    anybody decided on it is made again."""
    if not rows:
        return set()
    again = {(row["ambassador_id"], row["rule"]): row for row in rows}
    new: set[int] = set()
    for part in chunks(sorted({row["ambassador_id"] for row in rows})):
        gone = select(Suggestion).where(among(Suggestion.ambassador_id, part), Suggestion.status == "withdrawn")
        for one in db.session.scalars(gone.order_by(Suggestion.id).with_for_update()):
            row = again.pop((one.ambassador_id, one.rule), None)
            if row is not None:
                one.status, one.reason, one.decided_at, one.decided_by = "waiting", None, None, None
                one.facts, one.suggested_at = row["facts"], row["suggested_at"]
                new.add(one.ambassador_id)
    db.session.flush()
    added = insert_many(
        cast(Table, Suggestion.__table__),
        list(again.values()),
        once=("ambassador_id", "rule"),
        returning=("ambassador_id",),
    )
    return new | {row.ambassador_id for row in added}


def waiting_of(ambassador_ids: Sequence[int]) -> list[Suggestion]:
    """The suggestions that wait for these people, held."""
    found: list[Suggestion] = []
    for part in chunks(ambassador_ids):
        statement = select(Suggestion).where(among(Suggestion.ambassador_id, part), Suggestion.status == "waiting")
        found += db.session.scalars(statement.order_by(Suggestion.id).with_for_update())
    return found


def who_waits(first: int, last: int) -> list[int]:
    """The people between these ids for whom a suggestion waits."""
    between = (Suggestion.ambassador_id >= first, Suggestion.ambassador_id <= last, Suggestion.status == "waiting")
    return list(db.session.scalars(select(Suggestion.ambassador_id).where(*between).distinct()))


def held(suggestion_id: int) -> Suggestion | None:
    """One suggestion, held until the transaction ends."""
    return db.session.scalars(
        select(Suggestion)
        .where(Suggestion.id == suggestion_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def by_id(suggestion_id: int) -> Suggestion | None:
    return db.session.get(Suggestion, suggestion_id)


def waiting(today: date, after: int | None, limit: int) -> Sequence[Suggestion]:
    """What marketing may decide on, the newest first; nobody who is off the board or put off for later."""
    found = _shown(select(Suggestion), today)
    if after is not None:
        found = found.where(Suggestion.id < after)
    return db.session.scalars(found.order_by(Suggestion.id.desc()).limit(limit)).all()


def count_waiting(today: date) -> int:
    """How many wait for a decision; a hundred stands for 'more than fits on the page'."""
    some = _shown(select(Suggestion.id), today).limit(_COUNTED).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def decided(limit: int) -> Sequence[Suggestion]:
    """What was decided on last."""
    done = and_(Suggestion.status.in_(("accepted", "declined")), Suggestion.decided_at.is_not(None))
    return db.session.scalars(
        select(Suggestion).where(done).order_by(Suggestion.decided_at.desc(), Suggestion.id.desc()).limit(limit)
    ).all()


def _shown(found: Any, today: date) -> Any:
    later = Ambassador.not_now_until
    return found.join(Ambassador, Ambassador.id == Suggestion.ambassador_id).where(
        Suggestion.status == "waiting", *_on_board(), or_(later.is_(None), later <= today)
    )


def held_round() -> SuggestionRound:
    """How far the sweep came, held: one sweep at a time."""
    insert_many(
        cast(Table, SuggestionRound.__table__),
        [{"id": 1, "swept_to": 0, "seen": {}, "last_seen": {}}],
        once=("id",),
    )
    one = select(SuggestionRound).where(SuggestionRound.id == 1).with_for_update()
    return db.session.scalars(one.execution_options(populate_existing=True)).one()


def last_round() -> SuggestionRound | None:
    return db.session.get(SuggestionRound, 1)


def mask(asked: Collection[str]) -> int:
    """The sum of the bits of these consents."""
    return sum(CONSENT_BITS[one] for one in asked)


def cards(ambassador_ids: Sequence[int]) -> dict[int, Card]:
    """These people as their cards show them, in one statement: a name and a quote only where their consent holds."""
    name = case((_allows("name"), Customer.name))
    quote, quote_locale = case((_allows("quote"), Answer.comment)), case((_allows("quote"), Answer.locale))
    rows = db.session.execute(
        select(Ambassador, Complaint.external_id, Complaint.resolution, Complaint.status, name, quote, quote_locale)
        .join(Complaint, Complaint.id == Ambassador.complaint_id)
        .join(Customer, Customer.id == Ambassador.customer_id)
        .outerjoin(Answer, Answer.id == Ambassador.quote_answer_id)
        .where(among(Ambassador.id, ambassador_ids))
    )
    return {row[0].id: _card(*row) for row in rows}


def _allows(purpose: str) -> ColumnElement[bool]:
    bits: ColumnElement[int] = Ambassador.consents.op("&")(CONSENT_BITS[purpose])
    return bits != 0


def _card(
    one: Ambassador,
    number: str,
    done: str | None,
    status: str,
    name: str | None,
    quote: str | None,
    quote_locale: str | None,
) -> Card:
    return Card(
        id=one.id,
        version=one.version,
        number=number,
        stage=one.stage,
        stage_since=one.stage_since,
        not_now_until=one.not_now_until,
        not_now_reason=one.not_now_reason,
        next_step=one.next_step,
        next_step_on=one.next_step_on,
        category=one.category,
        done=done,
        case_open=status != "confirmed",
        consents=consents_of(one.consents),
        name=first_name(name),
        quote=quote,
        quote_locale=quote_locale,
        owner_id=one.owner_id,
        recommend=one.recommend,
        column=one.board_column,
        locale=one.locale,
    )
