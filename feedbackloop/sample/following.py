"""Replays those who follow the log of the sample by mail."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select, update

from feedbackloop.extensions import db
from feedbackloop.improvements import follow
from feedbackloop.improvements.follow_models import Digest, Follower
from feedbackloop.mailing import past
from feedbackloop.mailing.models import Outbox
from feedbackloop.sample.content import Table
from feedbackloop.sample.replay import Stage, Step


def steps_of(stage: Stage, followers: list[Table], digest: Table) -> Iterator[Step]:
    """Who asked and who confirmed, and the issue that is on its way."""
    for one in followers:
        yield stage.at(one["asked"]), lambda one=one: _ask(one)  # type: ignore[misc]
        if "confirmed" in one:
            yield stage.at(one["confirmed"]), lambda one=one: _confirm(one)  # type: ignore[misc]
    yield stage.at(digest["at"]), _make_digest


def _ask(told: Table) -> None:
    follow.ask(told["address"], told["locale"])
    db.session.execute(update(Follower).where(Follower.address == told["address"]).values(sample=True))


def _confirm(told: Table) -> None:
    follower_id = db.session.scalars(select(Follower.id).where(Follower.address == told["address"])).one()
    waiting = select(Outbox.id).where(Outbox.kind == follow.CONFIRMATION, Outbox.subject_id == follower_id)
    past.note_sent(list(db.session.scalars(waiting)))
    follow.confirm(follower_id)


def _make_digest() -> None:
    follow.make_digest()
    db.session.execute(update(Digest).values(sample=True))
