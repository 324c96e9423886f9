"""Replays what marketing asked of people, and what they said to it."""

from __future__ import annotations

from collections.abc import Iterator

from feedbackloop.ambassadors import ask_queries, asks, person_service
from feedbackloop.ambassadors import queries as people_on_board
from feedbackloop.complaints import queries as complaints
from feedbackloop.sample.content import Table
from feedbackloop.sample.replay import Stage, Step, note_sent


def steps_of(stage: Stage, told: dict[str, list[Table]]) -> Iterator[Step]:
    """Everything that was asked and answered, each at its moment."""
    for one in told["ask"]:
        yield stage.at(one["at"]), lambda one=one: _ask(stage, one)  # type: ignore[misc]
        if "answered" in one:
            yield stage.at(one["answered"]), lambda one=one: _answer(stage, one)  # type: ignore[misc]
    for one in told["tag"]:
        yield stage.at(one["at"]), lambda one=one: _tag(stage, one)  # type: ignore[misc]


def _ask(stage: Stage, told: Table) -> None:
    may = asks.ask(_person(stage, told), told["kind"], told.get("line"), False, stage.actor(told["by"]))
    # Where a real mail server is set nobody of the sample is asked: that stands there, with its reason.
    if not may and may.reason != "sample_data":
        raise LookupError(f"{told['complaint']}: {may.reason}")
    if may and "answered" in told:
        note_sent(stage, told["complaint"], asks.KIND)


def _answer(stage: Stage, told: Table) -> None:
    found = ask_queries.of_ambassadors([_person(stage, told)]).popitem()[1][-1]
    if found.status == "not_sent":
        return
    words = ask_queries.words([found.complaint_id]).get(found.complaint_id)
    said = asks.Said(told["answers"], "nl", words.id if words else None)
    asks.answer(found.id, said, f"customer:{found.customer_id}")


def _tag(stage: Stage, told: Table) -> None:
    for tag in told["tags"]:
        person_service.tag(_person(stage, told), tag, stage.actor(told["by"]))


def _person(stage: Stage, told: Table) -> int:
    complaint_id = stage.complaints[told["complaint"]]
    customer_id = complaints.by_ids([complaint_id])[complaint_id].customer_id
    (person,) = people_on_board.held([customer_id] if customer_id else [])
    return person.id
