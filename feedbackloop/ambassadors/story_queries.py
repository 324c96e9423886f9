"""All SQL of the story library: what staff see, what the public sees, what may be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.story_models import Story, StoryVersion
from feedbackloop.ambassadors.story_rules import EXCEPTION, NOBODY
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.mailing.queries import chunks
from feedbackloop.people.models import Consent
from feedbackloop.recovery.models import Spending
from feedbackloop.reviews.models import Review

# What was spent without a rule, or with a second person's word on it.
_SPENT = ("spent", "approved")


# One story


def by_id(story_id: int) -> Story | None:
    """The story with its versions, read anew."""
    return db.session.scalar(_whole().where(Story.id == story_id))


def lock(story_id: int) -> Story | None:
    """The story as it stands now, held until the transaction ends."""
    db.session.execute(select(Story.id).where(Story.id == story_id).with_for_update())
    return by_id(story_id)


def version(version_id: int) -> StoryVersion | None:
    return db.session.get(StoryVersion, version_id)


def versions(ids: Sequence[int]) -> dict[int, StoryVersion]:
    """These versions with their stories, people and cases."""
    found: dict[int, StoryVersion] = {}
    deep = joinedload(StoryVersion.story)
    for part in chunks(ids):
        rows = db.session.scalars(
            select(StoryVersion)
            .where(StoryVersion.id.in_(part))
            .options(deep.joinedload(Story.customer), deep.joinedload(Story.complaint))
        )
        found.update({row.id: row for row in rows})
    return found


def add(row: Story | StoryVersion) -> None:
    db.session.add(row)
    db.session.flush()


def _whole() -> Select[Story]:
    options = (joinedload(Story.customer), joinedload(Story.complaint), selectinload(Story.versions))
    return select(Story).options(*options).execution_options(populate_existing=True)


def history_of(story_id: int) -> Sequence[History]:
    """What happened to it, in order."""
    wanted = select(History).where(History.subject == "story", History.subject_id == story_id)
    return db.session.scalars(wanted.order_by(History.id)).all()


def held_of(customer_ids: Sequence[int], statuses: Collection[str]) -> list[Story]:
    """The stories of these people that have one of these statuses, held until the transaction ends."""
    return _held(Story.customer_id, customer_ids, Story.status.in_(statuses))


def held_about(complaint_ids: Sequence[int], statuses: Collection[str]) -> list[Story]:
    """The same, of these complaints."""
    return _held(Story.complaint_id, complaint_ids, Story.status.in_(statuses))


def held_for_erasure(customer_ids: Sequence[int]) -> list[Story]:
    """Every story of these people, and those about their complaints that name nobody."""
    theirs = select(Complaint.id).where(Complaint.customer_id.in_(customer_ids))
    found = _held(Story.customer_id, customer_ids)
    known = {one.id for one in found}
    about = select(Story).where(Story.complaint_id.in_(theirs)).order_by(Story.id)
    return found + [one for one in db.session.scalars(about.with_for_update()) if one.id not in known]


def _held(column: Any, ids: Sequence[int], *more: ColumnElement[bool]) -> list[Story]:
    found: list[Story] = []
    for part in chunks(sorted(set(ids))):
        statement = select(Story).where(column.in_(part), *more).order_by(Story.id).with_for_update()
        found += db.session.scalars(statement.execution_options(populate_existing=True))
    return found


# What a story stands on


def _consent(purpose: Any) -> ColumnElement[bool]:
    """A consent of the story's person that holds, for everything or for the case it is about."""
    return exists().where(
        Consent.customer_id == Story.customer_id,
        or_(Consent.complaint_id.is_(None), Consent.complaint_id == Story.complaint_id),
        Consent.purpose == purpose,
        Consent.withdrawn_at.is_(None),
    )


def allowed(story_ids: Sequence[int]) -> dict[int, set[str]]:
    """What the people of these stories allow, by story."""
    found: dict[int, set[str]] = {}
    if story_ids:
        held = or_(Consent.complaint_id.is_(None), Consent.complaint_id == Story.complaint_id)
        rows = db.session.execute(
            select(Story.id, Consent.purpose)
            .join(Consent, Consent.customer_id == Story.customer_id)
            .where(Story.id.in_(story_ids), held, Consent.withdrawn_at.is_(None))
            .distinct()
        )
        for story_id, purpose in rows:
            found.setdefault(story_id, set()).add(purpose)
    return found


def source_of(story: Story) -> str | None:
    """The words that a quote is taken from, as their writer has them now; None where they are not (any more) theirs to
    be shown."""
    if story.answer_id is not None:
        return db.session.scalar(
            select(Answer.comment).where(
                Answer.id == story.answer_id, Answer.latest, Answer.quote_consent, Answer.satisfied == "yes"
            )
        )
    if story.review_id is not None:
        return db.session.scalar(select(Review.text).where(Review.id == story.review_id, Review.status == "published"))
    return None


def is_still_said(story: Story) -> bool:
    """Whether a quote's words still stand where they were taken from, for one that nobody had to agree to."""
    return story.stands_on != "quote" or source_of(story) is not None


# The public


def _source_stands() -> ColumnElement[bool]:
    answered = exists().where(
        Answer.id == Story.answer_id, Answer.latest, Answer.quote_consent, Answer.satisfied == "yes"
    )
    reviewed = exists().where(Review.id == Story.review_id, Review.status == "published")
    return or_(Story.stands_on != "quote", answered, reviewed)


def _public() -> ColumnElement[bool]:
    """Published, and what it stands on holds at this moment: nothing else decides what the public sees."""
    return and_(
        Story.status == "published",
        or_(Story.stands_on == NOBODY, _consent(Story.stands_on)),
        _source_stands(),
    )


def public_list(category: str, locale: str, after: int | None, limit: int) -> list[Story]:
    """Published stories, the newest first; after the one with the id `after`. Empty texts choose nothing."""
    statement = select(Story).where(_public())
    if category:
        statement = statement.where(Story.category == category)
    if locale:
        statement = statement.where(Story.locale == locale)
    last = db.session.get(Story, after) if after is not None else None
    if last is not None and last.published_at is not None:
        same = and_(Story.published_at == last.published_at, Story.id < last.id)
        statement = statement.where(or_(Story.published_at < last.published_at, same))
    return list(db.session.scalars(statement.order_by(Story.published_at.desc(), Story.id.desc()).limit(limit)))


def public_story(slug: str) -> Story | None:
    return db.session.scalar(select(Story).where(Story.slug == slug, _public()))


def public_categories() -> list[str]:
    found = db.session.scalars(select(Story.category).where(_public(), Story.category.is_not(None)).distinct())
    return sorted((one for one in found if one), key=str.casefold)


def public_pages(limit: int) -> list[tuple[str, datetime]]:
    """Slug and last change of the newest, for a list of all pages."""
    newest = select(Story.slug, Story.updated_at).where(_public())
    rows = db.session.execute(newest.order_by(Story.published_at.desc(), Story.id.desc()).limit(limit))
    return [(row.slug, row.updated_at) for row in rows]


# Staff


def staff_list(asked: Mapping[str, str], before: int | None, limit: int) -> list[Story]:
    """The library, the newest first, with the filters that are not empty; before the one with the id `before`."""
    statement = select(Story).options(joinedload(Story.complaint))
    for name in ("status", "kind", "locale", "category"):
        if asked.get(name):
            statement = statement.where(getattr(Story, name) == asked[name])
    if before is not None:
        statement = statement.where(Story.id < before)
    return list(db.session.scalars(statement.order_by(Story.id.desc()).limit(limit)))


def categories() -> list[str]:
    found = db.session.scalars(select(Story.category).where(Story.category.is_not(None)).distinct())
    return sorted((one for one in found if one), key=str.casefold)


@dataclass(frozen=True)
class Quotable:
    """Words that their writer allows to be shown and that are not in the library yet. `id`: of the answer or review."""

    id: int
    customer_id: int
    complaint_id: int
    number: str
    category: str | None
    locale: str | None
    text: str


def _may_quote() -> ColumnElement[bool]:
    return exists().where(
        Consent.customer_id == Complaint.customer_id,
        or_(Consent.complaint_id.is_(None), Consent.complaint_id == Complaint.id),
        Consent.purpose == "quote",
        Consent.withdrawn_at.is_(None),
    )


_CASE = (Complaint.customer_id, Complaint.id.label("complaint_id"), Complaint.external_id, Complaint.category)


def quotable_answers(before: int | None, limit: int, only: int | None = None) -> list[Quotable]:
    """What people wrote with a 'yes', the newest first."""
    statement = (
        select(Answer.id, Answer.locale, Answer.comment.label("text"), *_CASE)
        .join(CheckIn, CheckIn.id == Answer.check_in_id)
        .join(Complaint, Complaint.id == CheckIn.complaint_id)
        .where(Answer.latest, Answer.quote_consent, Answer.satisfied == "yes", Answer.comment.is_not(None))
        .where(Complaint.status == "confirmed", _may_quote(), ~exists().where(Story.answer_id == Answer.id))
    )
    return _quotable(statement, Answer.id, before, limit, only)


def quotable_reviews(before: int | None, limit: int, only: int | None = None) -> list[Quotable]:
    """Reviews on our own page whose writer allows a quote, the newest first."""
    statement = (
        select(Review.id, Review.locale, Review.text, *_CASE)
        .join(Complaint, Complaint.id == Review.complaint_id)
        .where(Review.status == "published", Review.text.is_not(None), Review.customer_id == Complaint.customer_id)
        .where(_may_quote(), ~exists().where(Story.review_id == Review.id))
    )
    return _quotable(statement, Review.id, before, limit, only)


def _quotable(statement: Any, key: Any, before: int | None, limit: int, only: int | None) -> list[Quotable]:
    if before is not None:
        statement = statement.where(key < before)
    if only is not None:
        statement = statement.where(key == only)
    rows = db.session.execute(statement.order_by(key.desc()).limit(limit))
    return [
        Quotable(row.id, row.customer_id, row.complaint_id, row.external_id, row.category, row.locale, row.text)
        for row in rows
    ]


@dataclass(frozen=True)
class Exceptional:
    """A complaint in which something else was done than a rule of ours says, and whose person calls it solved.

    `why` is spent (money, without a rule) or resolved (it names the rule that it was resolved against).
    """

    id: int
    number: str
    category: str | None
    rule: str
    done: str | None
    why: str
    has_person: bool


def exceptions(before: int | None, limit: int, only: int | None = None) -> list[Exceptional]:
    """Exceptions that worked and that are not told yet, the newest complaint first."""
    case = (Complaint.id, Complaint.external_id, Complaint.category, Complaint.resolution, Complaint.customer_id)
    spent = exists().where(Spending.complaint_id == Complaint.id, Spending.status.in_(_SPENT))
    named = select(*case, Complaint.rule, spent.label("spent")).where(Complaint.rule.is_not(None))
    # Without a rule on the complaint, the colleague who spent something named the rule.
    unnamed = (
        select(*case, func.max(Spending.rule).label("rule"), true().label("spent"))
        .join(Spending, Spending.complaint_id == Complaint.id)
        .where(Complaint.rule.is_(None), Spending.status.in_(_SPENT))
        .group_by(*case)
    )
    rows = [row for one in (named, unnamed) for row in db.session.execute(_untold(one, before, only).limit(limit))]
    return [
        Exceptional(
            id=row.id,
            number=row.external_id,
            category=row.category,
            rule=row.rule,
            done=row.resolution,
            why="spent" if row.spent else "resolved",
            has_person=row.customer_id is not None,
        )
        for row in sorted(rows, key=lambda row: row.id, reverse=True)[:limit]
    ]


def _untold(statement: Any, before: int | None, only: int | None) -> Any:
    told = exists().where(Story.complaint_id == Complaint.id, Story.kind == EXCEPTION)
    statement = statement.where(Complaint.status == "confirmed", ~told)
    if before is not None:
        statement = statement.where(Complaint.id < before)
    if only is not None:
        statement = statement.where(Complaint.id == only)
    return statement.order_by(Complaint.id.desc())


def case_of(ambassador_id: int) -> tuple[int, int] | None:
    """Person and case of somebody on the board; None for who left it."""
    row = db.session.execute(
        select(Ambassador.customer_id, Ambassador.complaint_id).where(
            Ambassador.id == ambassador_id, Ambassador.left_at.is_(None)
        )
    ).one_or_none()
    return (row.customer_id, row.complaint_id) if row else None


def ambassador_of(customer_id: int | None) -> int | None:
    """The card of this person, for a link."""
    found = select(Ambassador.id).where(Ambassador.customer_id == customer_id, Ambassador.left_at.is_(None))
    return db.session.scalar(found) if customer_id is not None else None
