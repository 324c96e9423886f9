"""Owners by turn: who comes to a stage is given to the colleague of marketing who was given somebody longest ago."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from feedbackloop.ambassadors.models import Ambassador
from feedbackloop.ambassadors.suggestions import rules
from feedbackloop.ambassadors.suggestions.models import Rotation, Turn
from feedbackloop.ambassadors.suggestions.rules import Member
from feedbackloop.core import clock, history
from feedbackloop.core.history import Change
from feedbackloop.extensions import db
from feedbackloop.staff.models import Staff

BATCH = 200
ROLE = "marketing"

# What history says of an owner that nobody chose.
BY_TURN = "by_turn"


def rotation() -> Rotation | None:
    """How it is set; None where nobody ever did."""
    return db.session.get(Rotation, 1, populate_existing=True)


def colleagues() -> Sequence[Staff]:
    """Who may take part: active accounts of marketing."""
    able = (Staff.role == ROLE, Staff.disabled_at.is_(None))
    return db.session.scalars(select(Staff).where(*able).order_by(Staff.name, Staff.id)).all()


def taking_part() -> dict[int, Turn]:
    """Who takes part, disabled or not, by the id of the account."""
    return {one.staff_id: one for one in db.session.scalars(select(Turn))}


def set_rotation(active: bool, stage: str, members: Collection[int], actor: str) -> None:
    """Keeps who takes part and for which stage. Who joins is next; who came to the stage before now has no turn."""
    kept = db.session.get(Rotation, 1, with_for_update=True, populate_existing=True)
    if kept is None:
        kept = Rotation(id=1, active=False, stage=stage, since=clock.now(), looked_until=clock.now())
        db.session.add(kept)
    if active and (not kept.active or kept.stage != stage):
        kept.since = kept.looked_until = clock.now()
    kept.active, kept.stage = active, stage
    here, able = taking_part(), {one.id for one in colleagues()}
    for staff_id in sorted(able & set(members) - set(here)):
        db.session.add(Turn(staff_id=staff_id, given_at=None, given=0))
    for staff_id in set(here) - set(members):
        db.session.delete(here[staff_id])
    db.session.flush()
    detail = {"stage": stage, "members": sorted(able & set(members))}
    history.record(Change(actor, "owner_rotation", 1, "set", to_state="on" if active else "off", detail=detail))


def give_turns(limit: int = BATCH) -> int:
    """Gives an owner to who came to the stage and has none; how many, at most `limit`."""
    kept = db.session.get(Rotation, 1, with_for_update=True, populate_existing=True)
    if kept is None or not kept.active:
        return 0
    now = clock.now()
    turns = _turns()
    new = _newcomers(kept, limit) if turns else []
    order = rules.in_turn([Member(one.staff_id, one.given_at) for one in turns.values()], len(new))
    changes = []
    for place, (one, staff_id) in enumerate(zip(new, order, strict=True)):
        one.owner_id = staff_id
        one.version += 1
        # A moment of its own for each, so that the order of turns is kept within one run.
        turns[staff_id].given_at, turns[staff_id].given = _moment(now, place), turns[staff_id].given + 1
        detail = {"from": None, "to": staff_id}
        changes.append(
            Change("system", "ambassador", one.id, "owned", one.complaint_id, one.stage, one.stage, BY_TURN, detail)
        )
    if len(new) < limit:
        kept.looked_until = now
    db.session.flush()
    history.record_many(changes)
    return len(new)


def _moment(now: datetime, place: int) -> datetime:
    return now + timedelta(microseconds=place)


def _turns() -> dict[int, Turn]:
    able = and_(Staff.id == Turn.staff_id, Staff.role == ROLE, Staff.disabled_at.is_(None))
    found = select(Turn).join(Staff, able).order_by(Turn.staff_id).with_for_update(of=Turn)
    return {one.staff_id: one for one in db.session.scalars(found.execution_options(populate_existing=True))}


def _newcomers(kept: Rotation, limit: int) -> Sequence[Ambassador]:
    since = max(rules.look_from(kept.looked_until), kept.since)
    found = (
        select(Ambassador)
        .where(
            Ambassador.stage == kept.stage,
            Ambassador.stage_since >= since,
            Ambassador.owner_id.is_(None),
            Ambassador.left_at.is_(None),
        )
        .order_by(Ambassador.stage_since, Ambassador.id)
        .limit(limit)
        .with_for_update()
    )
    return db.session.scalars(found.execution_options(populate_existing=True)).all()
