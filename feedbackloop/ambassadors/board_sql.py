"""The statements behind the board and its list, each compiled once for the shape of what is asked.

Two ways lead to the cards that a filter shows. `walk`: along the order, past whoever does not fit; right for those who
are many. `kinds`: from the counts to the kinds that fit, and of each kind its first ones by ix_ambassadors_kind; right
for those who are few, who could stand anywhere along the order. The counts, read first, say which costs less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    Executable,
    FromClause,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
    true,
    tuple_,
    union_all,
)

from feedbackloop.ambassadors.models import Ambassador, BoardChange, BoardCount, Tag
from feedbackloop.ambassadors.rules import BANDS, CONSENT_BITS
from feedbackloop.checkins.models import Answer
from feedbackloop.complaints.models import Complaint
from feedbackloop.core.db import written
from feedbackloop.core.types import UtcDateTime
from feedbackloop.people.models import Customer
from feedbackloop.reviews.models import Invitation

WALK, KINDS = "walk", "kinds"
NEWEST, OLDEST, LATER, NEXT, NUMBER, ANY = "newest", "oldest", "later", "next", "number", "any"
# By which column an order goes, of what type its key is, and whether it goes down.
_ORDERS: Mapping[str, tuple[Any, Any, bool]] = {
    NEWEST: (Ambassador.stage_since, UtcDateTime(), True),
    OLDEST: (Ambassador.stage_since, UtcDateTime(), False),
    LATER: (Ambassador.not_now_until, Date(), False),
    NEXT: (Ambassador.next_key, Date(), False),
    NUMBER: (Ambassador.number_key, String(), False),
}
_BY_KIND = (NEWEST, OLDEST)  # the orders in which each kind stands by its index
# What a probe of an index costs, counted in rows that are read along one.
_PROBE = 12
# More kinds than these are no longer few.
MOST_KINDS = 2_500
# How much more than on average a walk may have to pass: those who fit may stand together, and far away.
_CAUTION = 4


@dataclass(frozen=True)
class Part:
    """One column of the board, or all of them: the way to its cards."""

    column: str | None
    way: str
    order: str
    after: bool = False
    limit: int | None = None

    @property
    def given(self) -> str:
        """By which name the kinds of this part are given."""
        return f"kinds_{self.column or 'all'}"


@dataclass(frozen=True)
class Shape:
    """What decides the text of a statement: which filters are on, not what they say."""

    filters: tuple[str, ...] = ()
    postgresql: bool = True
    bit: int = 0
    others: int = 0  # languages that the default one leaves out


class Fitting(NamedTuple):
    """How many people fit a filter, among how many they stand, and of which kinds they are: None for too many."""

    people: int = 0
    among: int = 0
    kinds: frozenset[int] | None = frozenset()


def way(order: str, limit: int, found: Fitting, share: float = 1) -> str:
    """The cheaper way to so many cards of these people; of them a `share` fits what the counts do not tell apart."""
    if found.kinds is None or not found.people:
        return WALK
    kinds, passed = len(found.kinds), limit / share
    read = min(found.people, kinds * passed) if order in _BY_KIND else found.people
    return KINDS if kinds * _PROBE + read < _CAUTION * passed * found.among / found.people else WALK


# What fits


def _counted(table: type[BoardCount | BoardChange], shape: Shape) -> list[ColumnElement[bool]]:
    """The filters, of a kind."""
    found: dict[str, ColumnElement[bool]] = {
        "category": table.category == bindparam("category"),
        "locale": table.locale == bindparam("locale"),
        "other_locale": table.locale.not_in(_others(shape)),
        "owner": table.owner_id == bindparam("owner"),
        "nobody": table.owner_id == 0,
        "consent": table.consents.op("&")(shape.bit) != 0,
        "score": table.band == bindparam("score"),
    }
    return [found[name] for name in shape.filters if name in found]


def _fits(shape: Shape, names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """The filters, of a person."""
    # As a value, which is looked up for each who fits otherwise: an EXISTS may become a join with all who have the tag.
    tagged = select(Tag.tag).where(Tag.tag == bindparam("tag"), Tag.ambassador_id == Ambassador.id).scalar_subquery()
    found: dict[str, ColumnElement[bool]] = {
        "category": Ambassador.category == bindparam("category"),
        "locale": Ambassador.locale == bindparam("locale"),
        "other_locale": func.coalesce(Ambassador.locale, "").not_in(_others(shape)),
        "owner": Ambassador.owner_id == bindparam("owner"),
        "nobody": Ambassador.owner_id.is_(None),
        "consent": Ambassador.consents.op("&")(shape.bit) != 0,
        "score": Ambassador.recommend.between(bindparam("least"), bindparam("most")),
        "since": Ambassador.stage_since >= bindparam("since", type_=UtcDateTime()),
        "tag": tagged.is_not(None),
        "ids": Ambassador.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
        "wanted": Ambassador.id == bindparam("wanted"),
    }
    return [found[name] for name in names if name in found]


def _others(shape: Shape) -> list[Any]:
    return [bindparam(f"other{place}") for place in range(shape.others)]


# Who is shown, in which order


def _shown(part: Part, shape: Shape, columns: tuple[Any, ...]) -> Select[Any]:
    """These columns of the people of one part; along the order they are in it."""
    if part.way == KINDS:
        picked = _by_kind(part, shape).subquery()
        return select(*columns).join(picked, picked.c.id == Ambassador.id)
    # Where some do not fit, the index alone is read for them.
    narrow = bool(shape.filters) and part.limit is not None and len(columns) > 1
    found = select(*((Ambassador.id,) if narrow else columns))
    found = found.where(Ambassador.left_at.is_(None), *_fits(shape, shape.filters))
    if part.column is not None:
        # In words, so that the index of 'not now' serves it.
        found = found.where(Ambassador.board_column == written(part.column))
    if part.after:
        found = found.where(_behind(part.order, Ambassador))
    found = _ordered(found, part)
    if not narrow:
        return found
    picked = found.subquery()
    return select(*columns).join(picked, picked.c.id == Ambassador.id)


def _by_kind(part: Part, shape: Shape) -> Select[Any]:
    """Who they are, read from the index of kinds alone."""
    given = bindparam(part.given, type_=ARRAY(BigInteger))
    key, _type, down = _ORDERS.get(part.order, (Ambassador.stage_since, None, False))
    rest = tuple(name for name in shape.filters if name in ("since", "tag"))
    each = select(Ambassador.id, key).where(Ambassador.left_at.is_(None), *_fits(shape, rest))
    if part.order == ANY:
        return _limited(each.where(Ambassador.kind == any_(given)), part)
    if part.order in _BY_KIND:
        if part.after:
            each = each.where(_behind(part.order, Ambassador))
        kinds = func.unnest(given).table_valued("kind", name="kinds").render_derived()
        some: FromClause = _ordered(each.where(Ambassador.kind == kinds.c.kind).correlate(kinds), part).lateral()
        found = select(some.c.id).select_from(kinds.join(some, true()))
    else:
        # All of them, before the order is looked at: the planner would go along the order, past everybody else.
        some = each.where(Ambassador.kind == any_(given)).offset(written(0)).subquery()
        found = select(some.c.id)
        if part.after:
            found = found.where(_behind(part.order, some.c))
    order = [some.c[one].desc() if down else some.c[one] for one in (key.key, "id")]
    return _limited(found.order_by(*order), part)


def _ordered(found: Select[Any], part: Part) -> Select[Any]:
    if part.order != ANY:
        key, _type, down = _ORDERS[part.order]
        found = found.order_by(*((key.desc(), Ambassador.id.desc()) if down else (key, Ambassador.id)))
    return _limited(found, part)


def _limited(found: Select[Any], part: Part) -> Select[Any]:
    """As a number in the text: of one that is given later the planner would think that it is large."""
    return found if part.limit is None else found.limit(written(part.limit))


def _behind(order: str, those: Any) -> ColumnElement[bool]:
    key, kind, down = _ORDERS[order]
    here, there = (
        tuple_(getattr(those, key.key), those.id),
        tuple_(bindparam("key", type_=kind), bindparam("id", type_=BigInteger())),
    )
    return here < there if down else here > there


_OWN = (
    Ambassador.id,
    Ambassador.customer_id,
    Ambassador.complaint_id,
    Ambassador.version,
    Ambassador.stage,
    Ambassador.stage_since,
    Ambassador.board_column,
    Ambassador.not_now_until,
    Ambassador.not_now_reason,
    Ambassador.next_step,
    Ambassador.next_step_on,
    Ambassador.next_key,
    Ambassador.category,
    Ambassador.locale,
    Ambassador.consents,
    Ambassador.owner_id,
    Ambassador.recommend,
    Ambassador.number_key,
    Ambassador.quote_answer_id,
)


@lru_cache(1024)
def cards(parts: tuple[Part, ...], shape: Shape) -> Executable:
    """The cards of all these parts, each at most its limit; in order where it is one part."""
    shown = [_shown(part, shape, _OWN) for part in parts]
    found = (shown[0] if len(shown) == 1 else union_all(*(one.subquery().select() for one in shown))).subquery("shown")
    one = found.c
    # Words are read of those alone who allow it; who they are of all, to be taken out of what colleagues wrote.
    allowed = one.consents.op("&")(written(CONSENT_BITS["quote"])) != written(0)
    quotes = and_(Answer.id == one.quote_answer_id, allowed)
    due = select(func.min(Invitation.due_at)).where(
        Invitation.complaint_id == one.complaint_id,
        Invitation.status == written("scheduled"),
        one.stage == written("satisfied"),
    )
    tags = select((func.string_agg if shape.postgresql else func.group_concat)(Tag.tag, written("\n")))
    statement = (
        select(
            *(column for column in one if column.key not in ("customer_id", "complaint_id", "quote_answer_id")),
            Complaint.external_id,
            Complaint.resolution,
            Complaint.status,
            Customer.name,
            Customer.email,
            Customer.phone,
            Answer.comment,
            Answer.locale.label("quote_locale"),
            due.scalar_subquery().label("due_at"),
            tags.where(Tag.ambassador_id == one.id).scalar_subquery().label("tags"),
        )
        .select_from(found)
        .join(Complaint, Complaint.id == one.complaint_id)
        .join(Customer, Customer.id == one.customer_id)
        .outerjoin(Answer, quotes)
    )
    if len(parts) == 1 and parts[0].order != ANY:
        statement = statement.order_by(*_order_of(parts[0].order, one))
    return statement


def _order_of(order: str, one: Any) -> tuple[Any, ...]:
    key, _type, down = _ORDERS[order]
    return (one[key.key].desc(), one.id.desc()) if down else (one[key.key], one.id)


@lru_cache(1024)
def one_card(postgresql: bool) -> Executable:
    """The card of the person `wanted`."""
    return cards((Part(None, WALK, ANY),), Shape(("wanted",), postgresql))


# How many there are


@lru_cache(256)
def counted(shape: Shape) -> Executable:
    """By column: how many people fit, and of which kinds they are where those are not too many."""
    found = [
        select(table.board_column, table.people, table.kind).where(table.people != 0, *_counted(table, shape))
        for table in (BoardCount, BoardChange)
    ]
    one = union_all(*found).subquery().c
    kinds = case((func.count() <= MOST_KINDS, func.array_agg(one.kind))) if shape.postgresql else null()
    return select(one.board_column, func.sum(one.people), kinds).group_by(one.board_column)


@lru_cache(8)
def tagged(most: int) -> Executable:
    """The newest of those who have a tag, one more than `most` where there are more."""
    return (
        select(Tag.ambassador_id).where(Tag.tag == bindparam("tag")).order_by(Tag.ambassador_id.desc()).limit(most + 1)
    )


@lru_cache(1024)
def some(shape: Shape) -> Executable:
    """By column: how many fit of the few who are given by their ids."""
    fitting = Ambassador.left_at.is_(None), *_fits(shape, shape.filters)
    return select(Ambassador.board_column, func.count()).where(*fitting).group_by(Ambassador.board_column)


@lru_cache(1024)
def bounded(parts: tuple[Part, ...], shape: Shape) -> Executable:
    """By column: how many there are, but no more than the limit of its part."""
    found = []
    for part in parts:
        some = _shown(part, shape, (Ambassador.id,)).subquery()
        found.append(select(literal(part.column).label("board_column"), func.count()).select_from(some))
    return union_all(*found)


def values(
    shape: Shape,
    *,
    category: str | None,
    locale: str | None,
    others: tuple[str, ...],
    owner: int | None,
    score: str | None,
    since: datetime | None,
    tag: str | None,
) -> dict[str, Any]:
    """What the statements of this shape are given."""
    least, most = BANDS.get(score or "", (0, 0))
    known: dict[str, dict[str, Any]] = {
        "category": {"category": category},
        "locale": {"locale": locale},
        "other_locale": {f"other{place}": one for place, one in enumerate(others)},
        "owner": {"owner": owner},
        "score": {"score": score, "least": least, "most": most},
        "since": {"since": since},
        "tag": {"tag": tag},
    }
    return {name: value for one in shape.filters for name, value in known.get(one, {}).items()}
