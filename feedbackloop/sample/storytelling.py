"""Replays the story library of the sample."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from feedbackloop.ambassadors import stories, story_answers
from feedbackloop.ambassadors.stories import About, Words
from feedbackloop.checkins.models import Answer, CheckIn
from feedbackloop.complaints import queries as complaints
from feedbackloop.extensions import db
from feedbackloop.mailing import past
from feedbackloop.sample.content import Table
from feedbackloop.sample.replay import Stage, Step


def steps_of(stage: Stage, told: list[Table]) -> Iterator[Step]:
    """Everything that happens to each story."""
    known: dict[int, int] = {}
    for number, one in enumerate(told):
        yield stage.at(one["at"]), lambda one=one, number=number: known.update({number: _begin(stage, one)})  # type: ignore[misc]
        if one.get("nobody"):
            yield stage.at(one["at"]), lambda one=one, number=number: _settle(stage, one, known[number])  # type: ignore[misc]
        if "asked" in one:
            yield stage.at(one["asked"]), lambda one=one, number=number: _ask(stage, one, known[number])  # type: ignore[misc]
        if "answered" in one:
            yield stage.at(one["answered"]), lambda one=one, number=number: _answer(one, known[number])  # type: ignore[misc]
        if "published" in one:
            yield stage.at(one["published"]), lambda one=one, number=number: _publish(stage, one, known[number])  # type: ignore[misc]


def _begin(stage: Stage, told: Table) -> int:
    complaint_id, actor = stage.complaints[told["complaint"]], stage.actor(told["by"])
    if told["kind"] == "quote":
        newest = select(Answer.id).join(CheckIn, CheckIn.id == Answer.check_in_id)
        newest = newest.where(CheckIn.complaint_id == complaint_id, Answer.latest).order_by(Answer.id.desc())
        return stories.quote("answer", db.session.scalars(newest.limit(1)).one(), actor, sample=True).id
    case = complaints.by_ids([complaint_id])[complaint_id]
    about = About(case.id, None if told.get("nobody") else case.customer_id, case.category, told["locale"])
    words = Words(told["text"].strip(), told["title"])
    return stories.begin(told["kind"], about, words, actor, sample=True).id


def _settle(stage: Stage, told: Table, story_id: int) -> None:
    stories.settle(story_id, stage.actor(told["by"]))


def _ask(stage: Stage, told: Table, story_id: int) -> None:
    stories.ask(story_id, stage.actor(told["by"]))
    if "answered" in told:
        past.note_sent(past.unsent((stories.MAIL,), stage.complaints[told["complaint"]]))


def _answer(told: Table, story_id: int) -> None:
    version = stories.held(story_id).versions[-1]
    words = told["words"].strip() if "words" in told else None
    story_answers.answer(version.id, told["answer"], words, told.get("name"))


def _publish(stage: Stage, told: Table, story_id: int) -> None:
    stories.publish(story_id, stage.actor(told["by"]))
