"""All SQL of those who follow the log, and of the issues that they are mailed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, func, select, update

from feedbackloop.core import inserts
from feedbackloop.extensions import db
from feedbackloop.improvements import follow_rules as rules
from feedbackloop.improvements.follow_models import Digest, Follower
from feedbackloop.improvements.models import Improvement
from feedbackloop.improvements.queries import PUBLIC
from feedbackloop.mailing.queries import chunks

FOLLOWERS, DIGESTS = cast(Table, Follower.__table__), cast(Table, Digest.__table__)


def by_id(follower_id: int) -> Follower | None:
    return db.session.get(Follower, follower_id)


def by_ids(ids: Collection[int]) -> dict[int, Follower]:
    found: dict[int, Follower] = {}
    for part in chunks(sorted(set(ids))):
        found.update({one.id: one for one in db.session.scalars(select(Follower).where(Follower.id.in_(part)))})
    return found


def lock(follower_id: int) -> Follower | None:
    return _held(select(Follower).where(Follower.id == follower_id))


def lock_by_key(key: str) -> Follower | None:
    return _held(select(Follower).where(Follower.address_key == key))


def _held(statement: Any) -> Follower | None:
    found: Follower | None = db.session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    return found


def insert(row: Mapping[str, Any]) -> int | None:
    """The id of the new row; None where this address is there already."""
    statement = inserts.insert_into(FOLLOWERS).values(dict(row)).on_conflict_do_nothing(index_elements=["address_key"])
    found: int | None = db.session.scalar(statement.returning(FOLLOWERS.c.id))
    return found


def end(ids: Collection[int], status: str, at: datetime) -> list[int]:
    """Leaves these rows empty, as what they ended as; those that had not ended before."""
    found: list[int] = []
    for part in chunks(sorted(ids)):
        statement = update(Follower).where(Follower.id.in_(part), Follower.status.in_(rules.LIVE))
        gone = statement.values(status=status, ended_at=at, address=None, address_key=None)
        found += db.session.scalars(gone.returning(Follower.id))
    db.session.expire_all()
    return found


def by_keys(keys: Collection[str]) -> list[int]:
    return list(db.session.scalars(select(Follower.id).where(Follower.address_key.in_(keys))))


def unconfirmed(asked_before: datetime, limit: int) -> list[int]:
    """Who was asked to confirm before then and did not."""
    waiting = select(Follower.id).where(Follower.status == rules.ASKED, Follower.asked_at < asked_before)
    return list(db.session.scalars(waiting.order_by(Follower.id).limit(limit)))


def counts() -> dict[str, int]:
    """How many there are of each status."""
    rows = db.session.execute(select(Follower.status, func.count()).group_by(Follower.status))
    return {**dict.fromkeys(rules.STATUSES, 0), **{row[0]: row[1] for row in rows}}


# Issues


def last_digest() -> Digest | None:
    return db.session.scalar(select(Digest).order_by(Digest.number.desc()).limit(1))


def digests(limit: int) -> list[Digest]:
    """The newest first."""
    return list(db.session.scalars(select(Digest).order_by(Digest.number.desc()).limit(limit)))


def by_numbers(numbers: Collection[int]) -> dict[int, Digest]:
    found = db.session.scalars(select(Digest).where(Digest.number.in_(numbers)))
    return {one.number: one for one in found}


def insert_digest(row: Mapping[str, Any]) -> bool:
    """False where somebody else made this issue."""
    statement = inserts.insert_into(DIGESTS).values(dict(row)).on_conflict_do_nothing(index_elements=["number"])
    return db.session.scalar(statement.returning(DIGESTS.c.id)) is not None


def first_confirmed_at() -> datetime | None:
    """Since when anybody who follows now does."""
    return db.session.scalar(select(func.min(Follower.confirmed_at)).where(Follower.status == rules.FOLLOWING))


def newest_news_at(after: datetime, until: datetime) -> datetime | None:
    """When the last thing became known after one moment and until another; None where nothing did."""
    within = (PUBLIC, Improvement.news_at > after, Improvement.news_at <= until)
    return db.session.scalar(select(func.max(Improvement.news_at)).where(*within))


def news(after: datetime, until: datetime) -> list[Improvement]:
    """What became known after one moment and until another, the newest first."""
    within = (PUBLIC, Improvement.news_at > after, Improvement.news_at <= until)
    statement = select(Improvement).where(*within).order_by(Improvement.news_at.desc(), Improvement.id.desc())
    return list(db.session.scalars(statement))


def following(confirmed_before: datetime, after: int, limit: int) -> Sequence[Any]:
    """id and address of those who followed before then, in the order of their ids."""
    here = (Follower.status == rules.FOLLOWING, Follower.confirmed_at < confirmed_before, Follower.id > after)
    return db.session.execute(
        select(Follower.id, Follower.address).where(*here).order_by(Follower.id).limit(limit)
    ).all()
