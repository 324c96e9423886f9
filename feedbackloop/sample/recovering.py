"""Replays what colleagues did in recovery cases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from feedbackloop.core import clock
from feedbackloop.recovery import discretion, letters, public_replies, queries, service
from feedbackloop.recovery.discretion import Wish
from feedbackloop.recovery.letters import Letter
from feedbackloop.recovery.public_replies import Draft
from feedbackloop.sample.replay import Stage, Step, note_sent


def steps_of(stage: Stage, told: dict[str, list[dict[str, Any]]]) -> Iterator[Step]:
    """Everything that colleagues did, each at its moment."""
    for kind, make in _STEPS.items():
        for one in told.get(kind, []):
            yield stage.at(one["at"]), lambda make=make, one=one: make(stage, one)  # type: ignore[misc]
    for one in told.get("public", []):
        if "placed" in one:
            yield stage.at(one["placed"]), lambda one=one: _place(stage, one)  # type: ignore[misc]


def _write(stage: Stage, told: dict[str, Any]) -> None:
    letter = Letter(str(uuid.uuid4()), told["body"].strip(), told.get("situation"))
    letters.send(_case(stage, told), letter, stage.staff[told["by"]], stage.actor(told["by"]))
    note_sent(stage, told["complaint"], letters.KIND)


def _spend(stage: Stage, told: dict[str, Any]) -> None:
    wish = Wish(str(uuid.uuid4()), told["amount"], told["rule"], told["reason"].strip())
    discretion.spend(_case(stage, told), wish, stage.staff[told["by"]], stage.actor(told["by"]))


def _end(stage: Stage, told: dict[str, Any]) -> None:
    service.record_outcome(_case(stage, told), told["outcome"], told["reason"].strip(), stage.actor(told["by"]))


def _draft(stage: Stage, told: dict[str, Any]) -> None:
    draft = Draft(told["body"].strip(), told["locale"], told["situation"], 0)
    public_replies.save(stage.complaints[told["complaint"]], draft, stage.actor(told["by"]))


def _place(stage: Stage, told: dict[str, Any]) -> None:
    reply = public_replies.of_complaint(stage.complaints[told["complaint"]])
    if reply is None:
        raise LookupError(told["complaint"])
    by = told["by"]
    public_replies.place(reply.id, reply.version, told["url"], clock.now(), stage.staff[by], stage.actor(by))


def _case(stage: Stage, told: dict[str, Any]) -> int:
    """The newest case of a complaint."""
    complaint_id = stage.complaints[told["complaint"]]
    return int(queries.for_complaints([complaint_id])[complaint_id][-1]["id"])


_STEPS = {"letter": _write, "spending": _spend, "outcome": _end, "public": _draft}
