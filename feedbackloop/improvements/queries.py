"""All SQL of improvements, their texts and the complaints behind them. That of told-you-so is in `telling_queries`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, and_, case, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from feedbackloop.complaints.models import Complaint
from feedbackloop.core.history import History
from feedbackloop.extensions import db
from feedbackloop.improvements.models import Improvement, ImprovementComplaint, ImprovementText
from feedbackloop.improvements.rules import STAGES, Words
from feedbackloop.mailing.queries import chunks

LINKS = cast(Table, ImprovementComplaint.__table__)

# In an address, for complaints of which a category or a root cause was not kept.
NOT_KNOWN = "-"

PUBLIC = and_(Improvement.published_at.is_not(None), Improvement.unpublished_at.is_(None))


@dataclass(frozen=True)
class Linked:
    """A complaint behind an improvement, without anything that tells who it was from."""

    id: int
    source: str
    external_id: str
    status: str
    category: str | None
    root_cause: str | None
    said: str | None  # in one sentence, where it was summed up; not for every role
    opened_at: datetime
    has_person: bool


def upsert(table: Any) -> Any:
    """An INSERT that can say what happens where the row is there already, in the words of this database."""
    return (postgresql_insert if db.session.get_bind().dialect.name == "postgresql" else sqlite_insert)(table)


# One improvement


def by_id(improvement_id: int) -> Improvement | None:
    return db.session.get(Improvement, improvement_id)


def lock(improvement_id: int) -> Improvement | None:
    """The improvement as it stands now, held until the transaction ends."""
    statement = select(Improvement).where(Improvement.id == improvement_id).with_for_update()
    return db.session.scalar(statement.execution_options(populate_existing=True))


def by_slug(slug: str) -> Improvement | None:
    return db.session.scalar(select(Improvement).where(Improvement.slug == slug))


def insert(values: Mapping[str, Any]) -> int | None:
    """The id of the new row; None where its slug is taken."""
    statement = upsert(Improvement).values(dict(values)).on_conflict_do_nothing(index_elements=["slug"])
    return db.session.scalar(statement.returning(Improvement.id))


def write_texts(improvement_id: int, texts: Mapping[str, Words | None]) -> None:
    """Sets the words of these languages; None takes a language out."""
    for locale, words in texts.items():
        if words is None:
            here = and_(ImprovementText.improvement_id == improvement_id, ImprovementText.locale == locale)
            db.session.execute(delete(ImprovementText).where(here))
            continue
        changed = asdict(words)
        statement = upsert(ImprovementText).values(improvement_id=improvement_id, locale=locale, **changed)
        db.session.execute(statement.on_conflict_do_update(index_elements=["improvement_id", "locale"], set_=changed))


def history_of(improvement_id: int) -> Sequence[History]:
    """What happened to it, in order."""
    return db.session.scalars(
        select(History)
        .where(History.subject == "improvement", History.subject_id == improvement_id)
        .order_by(History.id)
    ).all()


# The public log


def public_list(
    category: str | None,
    status: str | None,
    after: int | None,
    limit: int,
    among: Collection[int] | None = None,
) -> list[Improvement]:
    """Public improvements, the newest news first; after the one with the id `after`; with `among` only these."""
    statement = _filtered(select(Improvement), category, status, among)
    last = db.session.get(Improvement, after) if after is not None else None
    if last is not None and last.news_at is not None:
        earlier = and_(Improvement.news_at == last.news_at, Improvement.id < last.id)
        statement = statement.where(or_(Improvement.news_at < last.news_at, earlier))
    return list(db.session.scalars(statement.order_by(Improvement.news_at.desc(), Improvement.id.desc()).limit(limit)))


def public_count(category: str | None = None, status: str | None = None, among: Collection[int] | None = None) -> int:
    return db.session.scalar(_filtered(select(func.count()).select_from(Improvement), category, status, among)) or 0


def public_categories() -> list[str]:
    statement = select(Improvement.category).where(PUBLIC, Improvement.category.is_not(None)).distinct()
    return sorted((one for one in db.session.scalars(statement) if one), key=str.casefold)


def public_pages(limit: int) -> list[tuple[str, datetime, list[str]]]:
    """Slug, last change and languages of the newest public improvements, for a list of all pages."""
    newest = select(Improvement).where(PUBLIC).order_by(Improvement.news_at.desc(), Improvement.id.desc()).limit(limit)
    return [(one.slug, one.updated_at, [text.locale for text in one.texts]) for one in db.session.scalars(newest)]


def _filtered(
    statement: Select[Any], category: str | None, status: str | None, among: Collection[int] | None
) -> Select[Any]:
    statement = statement.where(PUBLIC)
    if among is not None:
        statement = statement.where(Improvement.id.in_(among))
    if category:
        statement = statement.where(Improvement.category == category)
    if status:
        statement = statement.where(Improvement.status == status)
    return statement


# The complaints behind it


def people_behind(improvement_ids: Collection[int]) -> dict[int, int]:
    """How many people raised each; complaints without a person count as one person each."""
    if not improvement_ids:
        return {}
    unknown = func.sum(case((Complaint.customer_id.is_(None), 1), else_=0))
    statement = (
        select(ImprovementComplaint.improvement_id, func.count(Complaint.customer_id.distinct()) + unknown)
        .join(Complaint, Complaint.id == ImprovementComplaint.complaint_id)
        .where(ImprovementComplaint.improvement_id.in_(improvement_ids))
        .group_by(ImprovementComplaint.improvement_id)
    )
    return {improvement_id: int(people) for improvement_id, people in db.session.execute(statement)}


def complaint_ids(improvement_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {one: [] for one in improvement_ids}
    statement = (
        select(ImprovementComplaint.improvement_id, ImprovementComplaint.complaint_id)
        .where(ImprovementComplaint.improvement_id.in_(improvement_ids))
        .order_by(ImprovementComplaint.complaint_id)
    )
    for improvement_id, complaint_id in db.session.execute(statement):
        found[improvement_id].append(complaint_id)
    return found


def existing_complaints(ids: Collection[int]) -> set[int]:
    found: set[int] = set()
    for part in chunks(sorted(ids)):
        found.update(db.session.scalars(select(Complaint.id).where(Complaint.id.in_(part))))
    return found


def link(improvement_id: int, ids: Collection[int], at: datetime) -> list[int]:
    """Links what is not linked yet; the complaints that are new."""
    rows = [{"improvement_id": improvement_id, "complaint_id": one, "linked_at": at} for one in sorted(ids)]
    if not rows:
        return []
    statement = upsert(LINKS).on_conflict_do_nothing(index_elements=["improvement_id", "complaint_id"])
    return list(db.session.scalars(statement.returning(LINKS.c.complaint_id), rows))


def unlink(improvement_id: int, ids: Collection[int]) -> None:
    for part in chunks(sorted(ids)):
        here = and_(ImprovementComplaint.improvement_id == improvement_id, ImprovementComplaint.complaint_id.in_(part))
        db.session.execute(delete(ImprovementComplaint).where(here))


def linked(improvement_id: int, limit: int) -> list[Linked]:
    """The complaints behind it, the newest first."""
    statement = (
        select(Complaint)
        .join(ImprovementComplaint, ImprovementComplaint.complaint_id == Complaint.id)
        .where(ImprovementComplaint.improvement_id == improvement_id)
        .order_by(Complaint.opened_at.desc(), Complaint.id.desc())
        .limit(limit)
    )
    return [
        Linked(
            id=one.id,
            source=one.source,
            external_id=one.external_id,
            status=one.status,
            category=one.category,
            root_cause=one.root_cause,
            said=one.summary or one.subject,
            opened_at=one.opened_at,
            has_person=one.customer_id is not None,
        )
        for one in db.session.scalars(statement)
    ]


def numbered(numbers: Collection[str]) -> dict[str, list[tuple[int, str]]]:
    """(id, source) of the complaints that sources know by these numbers."""
    found: dict[str, list[tuple[int, str]]] = {}
    for part in chunks(sorted(set(numbers))):
        statement = select(Complaint.external_id, Complaint.id, Complaint.source).where(Complaint.external_id.in_(part))
        for external_id, complaint_id, source in db.session.execute(statement.order_by(Complaint.id)):
            found.setdefault(external_id, []).append((complaint_id, source))
    return found


def number_of(ids: Collection[int]) -> dict[int, str]:
    """The numbers that sources know these complaints by."""
    found: dict[int, str] = {}
    for part in chunks(sorted(ids)):
        statement = select(Complaint.id, Complaint.external_id).where(Complaint.id.in_(part))
        found.update({row.id: row.external_id for row in db.session.execute(statement)})
    return found


def alike(category: str | None, root_cause: str | None) -> list[int]:
    """Complaints with this category and root cause. None leaves one open, both: none at all. NOT_KNOWN: not kept."""
    wanted = [
        column.is_(None) if value == NOT_KNOWN else column == value
        for column, value in ((Complaint.category, category), (Complaint.root_cause, root_cause))
        if value
    ]
    return list(db.session.scalars(select(Complaint.id).where(*wanted))) if wanted else []


# Lists of all


def by_ids(improvement_ids: Collection[int]) -> dict[int, Improvement]:
    statement = select(Improvement).where(Improvement.id.in_(improvement_ids))
    return {one.id: one for one in db.session.scalars(statement)}


def page(category: str | None, status: str | None, after: int | None, limit: int) -> list[int]:
    """The ids of improvements, drafts included, oldest first; those that follow the one with the id `after`."""
    statement = select(Improvement.id).order_by(Improvement.id).limit(limit)
    if category:
        statement = statement.where(Improvement.category == category)
    if status:
        statement = statement.where(Improvement.status == status)
    if after is not None:
        statement = statement.where(Improvement.id > after)
    return list(db.session.scalars(statement))


RUNNING = ("planned", "in_progress")
_VISIBLE = {
    "public": PUBLIC,
    "draft": Improvement.published_at.is_(None),
    "off": Improvement.unpublished_at.is_not(None),
    "asked": Improvement.asked_at.is_not(None),
}
_ORDERS = {
    "created": Improvement.created_at,
    "updated": Improvement.updated_at,
    "target": Improvement.target_on,
    "news": Improvement.news_at,
}


def staff_list(asked: Mapping[str, str], offset: int, limit: int) -> list[Improvement]:
    """Improvements as staff filter and sort them (status, category, visible, sort), the last changed first.

    The status `running` stands for everything that is still to be done. An unknown filter counts as none.
    """
    statement = select(Improvement)
    if asked["status"] == "running":
        statement = statement.where(Improvement.status.in_(RUNNING))
    elif asked["status"] in STAGES:
        statement = statement.where(Improvement.status == asked["status"])
    if asked["category"]:
        statement = statement.where(Improvement.category == asked["category"])
    if asked["visible"] in _VISIBLE:
        statement = statement.where(_VISIBLE[asked["visible"]])
    column = _ORDERS.get(asked["sort"].removeprefix("-"), Improvement.updated_at)
    downwards = asked["sort"].startswith("-") or asked["sort"] not in _ORDERS
    order = column.desc() if downwards else column.asc()
    return list(
        db.session.scalars(statement.order_by(order.nulls_last(), Improvement.id.desc()).offset(offset).limit(limit))
    )


def categories() -> list[str]:
    statement = select(Improvement.category).where(Improvement.category.is_not(None)).distinct()
    return sorted((one for one in db.session.scalars(statement) if one), key=str.casefold)
