"""Replays the improvements of the sample."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from feedbackloop.extensions import db
from feedbackloop.improvements import service, tellings
from feedbackloop.improvements.models import Telling
from feedbackloop.improvements.service import Changes, NewImprovement, Words
from feedbackloop.mailing import past
from feedbackloop.sample.content import Table
from feedbackloop.sample.replay import Stage, Step


def steps_of(stage: Stage, told: Table) -> Iterator[Step]:
    """Everything that happens to one improvement. Its row's id is kept by its key, in `stage.improvements`."""
    key = told["key"]
    first, *later = told["step"]
    yield stage.at(first["at"]), lambda: _create(stage, told, first)
    for step in later:
        yield stage.at(step["at"]), lambda step=step: _change(stage, told, step)  # type: ignore[misc]
    if "published" in told:
        yield stage.at(told["published"]), lambda: _publish(stage, told)
    if "asked" in told:
        yield stage.at(told["asked"]), lambda: service.ask(stage.improvements[told["key"]], stage.actor(told["by"]))
    for mail in told.get("told", []):
        yield stage.at(mail["at"]), lambda mail=mail: _told(stage, key)  # type: ignore[misc]
    for reply in told.get("reply", []):
        yield stage.at(reply["at"]), lambda reply=reply: _reply(stage, key, reply)  # type: ignore[misc]


def _words(told: Table, step: Table) -> dict[str, Words]:
    return {
        locale: Words(told["you_said"][locale].strip(), step["we_did"][locale].strip()) for locale in told["you_said"]
    }


def _create(stage: Stage, told: Table, step: Table) -> None:
    made = service.create(
        NewImprovement(
            locale=told["locale"],
            texts=_words(told, step),
            status=step["status"],
            category=told["category"],
            complaint_ids=[stage.complaints[number] for number in told["complaints"]],
            sample=True,
        ),
        stage.actor(told["by"]),
    )
    stage.improvements[told["key"]] = made.id


def _change(stage: Stage, told: Table, step: Table) -> None:
    changes = Changes(status=step["status"], texts=_words(told, step), notes=step.get("note", {}))
    service.update(stage.improvements[told["key"]], changes, stage.actor(told["by"]))


def _publish(stage: Stage, told: Table) -> None:
    service.publish(stage.improvements[told["key"]], stage.actor(told["by"]))


def _told(stage: Stage, key: str) -> None:
    waiting = select(Telling.mail_id).where(
        Telling.improvement_id == stage.improvements[key], Telling.status == "scheduled"
    )
    past.note_sent([mail_id for mail_id in db.session.scalars(waiting) if mail_id is not None])


def _reply(stage: Stage, key: str, reply: Table) -> None:
    telling = db.session.scalars(
        select(Telling)
        .where(
            Telling.improvement_id == stage.improvements[key],
            Telling.complaint_id == stage.complaints[reply["complaint"]],
        )
        .order_by(Telling.id.desc())
        .limit(1)
    ).one()
    tellings.record_answer(telling.id, reply["helps"], reply.get("comment"))
